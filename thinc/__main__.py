"""`python -m thinc`: see `thinc.cli`."""

import sys

from thinc.cli import main

if __name__ == "__main__":
    sys.exit(main())

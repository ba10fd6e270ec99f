"""`make bench`: the table of ops and models. See `python -m thinc bench --help`."""

import sys

from thinc.cli import main

if __name__ == "__main__":
    sys.exit(main(["bench", *sys.argv[1:]]))

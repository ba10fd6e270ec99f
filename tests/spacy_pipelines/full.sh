#!/usr/bin/env bash
# All of quick.sh; pipelines exchanged with the thinc that spaCy itself asks for; spaCy's own tests on both; speed
# and accuracy of both, side by side. About forty minutes on one core.
#
#     full.sh PYTHON
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd) root=$(cd "$(dirname "$0")/../.." && pwd)
"$here/environment.sh" "$1" "$root/build/spacy/theirs"
THINC_SPACY_PEER=$root/build/spacy/theirs/bin/python "$here/quick.sh" "$1"
cd "$root/build/spacy"
export PYTHONPATH=''
"$1" "$here/suite.py" ours theirs
"$1" "$here/compare.py" ours theirs

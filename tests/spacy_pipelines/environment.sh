#!/usr/bin/env bash
# Make a virtual environment with spaCy and the thinc that spaCy's own requirements bring, or a given one over it.
#
#     environment.sh PYTHON FOLDER [WHEEL]
#
# What is there already stays: only the wheel is installed anew.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
python=$1 folder=$2 wheel=${3:-}
if ! "$folder/bin/python" -c "import spacy, pytest, mock" 2>/dev/null; then
    "$python" -m venv "$folder"
    "$folder/bin/python" -m pip install -q -r "$here/requirements.txt" -c "$here/../../build-constraints.txt"
fi
if [ -n "$wheel" ]; then
    "$folder/bin/python" -m pip install -q --no-deps --force-reinstall "$wheel"
fi

#!/usr/bin/env bash
# Install this checkout, as a wheel, over the thinc of an environment with spaCy; then test its C-level interfaces
# and spaCy pipelines there.
#
#     quick.sh PYTHON [PYTEST ARGUMENTS]      PYTHON has the build requirements, and the extensions built
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd) root=$(cd "$(dirname "$0")/../.." && pwd)
python=$1
shift
wheels=$root/build/spacy/wheels
rm -rf "$wheels"
(cd "$root" && THINC_REQUIRE_COMPILED=1 "$python" -m pip wheel -q --no-deps --no-build-isolation -w "$wheels" .)
"$here/environment.sh" "$python" "$root/build/spacy/ours" "$wheels"/*.whl
# From a folder without a thinc in it: what is tested is the installed one.
cd "$root/build/spacy"
PYTHONPATH='' ours/bin/pytest -q -c "$root/pyproject.toml" --rootdir "$root" \
    "$root/tests/capi" "$root/tests/spacy_pipelines" "$@"

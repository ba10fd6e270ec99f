#!/usr/bin/env bash
# Builds the extensions under the address and undefined-behaviour sanitizers, in a folder of their own, and runs the
# op tests on them at every level that this machine has, and those of the CUDA kernels on the host. Usage: tests/sanitize.sh PYTHON [pytest arguments]
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
python=$1
[[ $python == */* ]] && python=$(cd "$(dirname "$python")" && pwd)/$(basename "$python")
shift
library=$root/build/sanitize/library
compiler=${CXX:-g++}

cd "$root"
THINC_REQUIRE_COMPILED=1 THINC_SANITIZE=address,undefined "$python" setup.py -q \
    build --build-base build/sanitize --build-lib "$library"

# From its folder, the sanitized library is what `import thinc` finds first.
cd "$library"
export PYTHONPATH=$library
# The interpreter is not instrumented: the runtime has to be there before it.
preload=$("$compiler" -print-file-name=libasan.so):$("$compiler" -print-file-name=libstdc++.so)
# CPython frees little at exit, and some tests ask for impossible amounts of memory.
export ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
# Python's own small-object allocator would hide errors from the sanitizer.
export PYTHONMALLOC=malloc

run() { LD_PRELOAD=$preload "$python" "$@"; }

run -c 'import thinc, sys; sys.exit(thinc.__path__[0] != sys.argv[1] + "/thinc")' "$library"
levels=$(run -c 'from thinc.backends.cpu import _isa; print(*_isa.available())')
for level in $levels; do
    echo "== $level"
    # Page faults are those of the sanitizer; the levels are run by this loop. What a sanitizer says must get past
    # pytest, which captures Python's output only.
    THINC_ISA=$level run -m pytest -q -x --capture=sys --rootdir "$root" -c "$root/pyproject.toml" \
        -k 'not page_fault and not every_other_level and not levels_with and not baseline_level' "$@" "$root/tests/ops"
done

echo "== CUDA kernels on the host"
THINC_SANITIZED_CUDA=1 run -m pytest -q -x --rootdir "$root" -c "$root/pyproject.toml" \
    --ignore "$root/tests/cuda/test_compilation.py" "$@" "$root/tests/cuda"

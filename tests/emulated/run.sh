#!/usr/bin/env bash
# The kernels for 64-bit Arm on a machine of another kind: cross-compiled, run in an emulator, and compared, bit for
# bit, with those for x86-64-v3. Needs g++ for aarch64-linux-gnu, qemu-aarch64, and a machine with AVX2.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
folder=$root/build/emulated
flags=(-std=c++17 -O3 -ffp-contract=off -fno-math-errno -fno-trapping-math -Wno-psabi -I"$root/include")
mkdir -p "$folder"

build() { # LEVEL COMPILER...
    local level=$1 objects=()
    shift
    for theme in gemm normalization activations embedding optimizers; do
        "$@" "${flags[@]}" -DLEVEL="$level" -c "$root/thinc/backends/cpu/$theme.isa.cpp" -o "$folder/$theme.$level.o"
        objects+=("$folder/$theme.$level.o")
    done
    "$@" "${flags[@]}" -DLEVEL="$level" "$root/tests/emulated/digests.cpp" "${objects[@]}" -static -o "$folder/digests.$level"
}

build neon aarch64-linux-gnu-g++
build v3 g++ -march=x86-64-v3
qemu-aarch64 "$folder/digests.neon" | tee "$folder/neon.txt"
"$folder/digests.v3" | diff "$folder/neon.txt" -
echo "the same bits at neon and v3"

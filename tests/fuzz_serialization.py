"""Load many damaged models: `python tests/fuzz_serialization.py --inputs 200000 --seed 0`."""

import argparse
import warnings

from support.msgpack_fuzz import Fuzzer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    warnings.simplefilter("error")
    fuzzer = Fuzzer(arguments.seed)
    step = 10_000
    for start in range(0, arguments.inputs, step):
        fuzzer.run(min(step, arguments.inputs - start))
        print(f"{start + step:,} inputs: {fuzzer.loaded:,} loaded, {fuzzer.refused:,} refused", flush=True)


if __name__ == "__main__":
    main()

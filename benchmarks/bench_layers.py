"""Every layer against an earlier release. See `python benchmarks/bench_layers.py --help`."""

from thinc.bench.layers import main

if __name__ == "__main__":
    main()

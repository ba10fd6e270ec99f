"""`make bench`: the table of ops and models. See `python benchmarks/bench_ops.py --help`."""

from thinc.bench.run import main

if __name__ == "__main__":
    main()

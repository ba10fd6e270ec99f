"""Runs rows of the table in whatever installation of the library this interpreter has.

Started as a script, with the path of `rows.py` and the name of a clock. Reads lines `[row, calls]` and
answers with the seconds per call, or with null for a row that the installation cannot run.
"""

import json
import runpy
import sys
from time import perf_counter, process_time

__all__: list = []


def main() -> None:
    sys.path.pop(0)  # this script's folder is inside another installation
    # A dataclass looks its module up by name.
    table = {row.name: row for row in runpy.run_path(sys.argv[1], run_name="__main__")["ROWS"]}
    import thinc  # noqa: PLC0415
    import thinc.api as api  # noqa: PLC0415

    ops, ready = api.NumpyOps(), {}
    now = {"wall": perf_counter, "cpu": process_time}[sys.argv[2]]
    for line in sys.stdin:
        name, calls = json.loads(line)
        if name == "version":
            print(json.dumps(thinc.__version__), flush=True)
            continue
        if name not in ready:
            try:
                ready[name] = table[name].make(api, ops)
                ready[name]()
            except Exception:  # an earlier release fails in ways of its own
                ready[name] = None
        function, start = ready[name], now()
        if function is None:
            print("null", flush=True)
            continue
        for _ in range(calls):
            function()
        print(json.dumps((now() - start) / calls), flush=True)


if __name__ == "__main__":
    main()

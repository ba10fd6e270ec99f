"""Throughput of one model in several threads, and in several processes: see --help.

The model is that of the speed table (`thinc.bench.rows.tok2vec`), the data 2000 words. Each window lets all
workers predict for a moment; the best window counts, since other programs can only take time away.
"""

import argparse
import multiprocessing
import threading
import time

from thinc import api
from thinc.bench.rows import tok2vec


def predictions_within(seconds, model, ids):
    """How many predictions per second fit."""
    start, count = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        model.predict(ids)
        count += 1
    return count / (time.perf_counter() - start)


def in_threads(n, seconds, model, ids):
    rates, ready = [0.0] * n, threading.Barrier(n)

    def work(index):
        ready.wait()
        rates[index] = predictions_within(seconds, model, ids)

    workers = [threading.Thread(target=work, args=(index,)) for index in range(n)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return sum(rates)


def serve(orders, rates, words):
    model, ids = tok2vec(api, api.NumpyOps())
    ids = ids[:words]
    while (seconds := orders.get()) is not None:
        rates.put(predictions_within(seconds, model, ids))


def in_processes(workers, seconds):
    for orders, _, _ in workers:
        orders.put(seconds)
    return sum(rates.get() for _, rates, _ in workers)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--most", type=int, default=multiprocessing.cpu_count(), help="workers (default: the CPUs)"
    )
    parser.add_argument("--windows", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=0.1, help="length of a window")
    parser.add_argument("--words", type=int, default=2000, help="rows of a prediction, at most 2000")
    args = parser.parse_args()
    model, ids = tok2vec(api, api.NumpyOps())
    ids = ids[: args.words]
    context = multiprocessing.get_context("spawn")
    workers = []
    for _ in range(args.most):
        queues = context.Queue(), context.Queue()
        process = context.Process(target=serve, args=(*queues, args.words), daemon=True)
        process.start()
        workers.append((*queues, process))
    in_processes(workers, args.seconds)
    best = {}
    for _ in range(args.windows):
        for n in range(1, args.most + 1):
            for kind, rate in (
                ("threads", in_threads(n, args.seconds, model, ids)),
                ("processes", in_processes(workers[:n], args.seconds)),
            ):
                best[kind, n] = max(best.get((kind, n), 0.0), rate)
    for orders, _, process in workers:
        orders.put(None)
        process.join()
    for (kind, n), rate in sorted(best.items()):
        print(f"{n} {kind:<10} {rate * args.words:>12,.0f} words/s  {rate / best[kind, 1]:.2f}x")


if __name__ == "__main__":
    main()

"""Speed and accuracy of a spaCy pipeline on two thincs, side by side, on one core.

    python compare.py OURS THEIRS [--seeds N] [--rounds R]      the folders of the environments

The pipeline is spaCy's "efficiency" configuration with a tagger, a morphologizer and a parser, trained for
400 steps. Accuracy is the mean over seeds, since two runs that differ in the last bit part ways; the speeds
are those of one and the same trained pipeline, measured in turns.
"""

import argparse
import json
import os
import statistics
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
SCORES = ["tag_acc", "pos_acc", "morph_acc", "dep_uas", "dep_las", "sents_f"]
SPEEDS = {
    "pipe": "words/s in nlp.pipe",
    "tok2vec": "words/s in tok2vec.predict",
    "update": "words/s in nlp.update",
}
LEAST = {"pipe": 2.0, "tok2vec": 5.0, "update": 2.5}
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": ""}


def call(environment, *arguments):
    """Run that environment's Python on one core; returns what it printed."""
    command = [str(environment / "bin" / "python"), *map(str, arguments)]
    pinned = (
        (lambda: os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}))
        if hasattr(os, "sched_setaffinity")
        else None
    )
    env = {**os.environ, **ONE_THREAD}
    return subprocess.run(
        command, check=True, env=env, preexec_fn=pinned, stdout=subprocess.PIPE, text=True
    ).stdout


def trained(environment, work, seed):
    """Train with `spacy train`; returns the folder of the pipeline and its scores on the development text."""
    output = work / f"{environment.name}-{seed}"
    call(
        environment, "-m", "spacy", "train", work / "efficiency.cfg", "--output", output,
        "--paths.train", work / "train.spacy", "--paths.dev", work / "dev.spacy", "--system.seed", seed,
        "--training.max_steps", 400, "--training.eval_frequency", 400,
    )  # fmt: skip
    meta = json.loads((output / "model-last" / "meta.json").read_text())
    return output / "model-last", {name: 100 * meta["performance"][name] for name in SCORES}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("environments", type=Path, nargs=2)
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    ours, theirs = environments = [path.absolute() for path in args.environments]
    work = Path("compare").absolute()
    work.mkdir(exist_ok=True)
    call(theirs, HERE / "text.py", work, "--per-document", 10)
    components = ["-p", "tagger,morphologizer,parser", "-o", "efficiency", "--force"]
    call(theirs, "-m", "spacy", "init", "config", work / "efficiency.cfg", *components)
    runs = {each: [trained(each, work, seed) for seed in range(args.seeds)] for each in environments}
    model = runs[theirs][0][0]
    speeds = {each: [] for each in environments}
    for _ in range(args.rounds):
        for each in environments:
            speeds[each].append(json.loads(call(each, HERE / "speed_of_one.py", model, work / "train.spacy")))

    versions = {each: speeds[each][0]["thinc"] for each in environments}
    print(f"{'':28}{versions[ours]:>12}{versions[theirs]:>12}{'ratio':>9}{'wanted':>9}")
    slow = []
    for key, label in SPEEDS.items():
        a, b = (statistics.median(run[key] for run in speeds[each]) for each in environments)
        print(f"{label:28}{a:12,.0f}{b:12,.0f}{a / b:9.2f}{LEAST[key]:9.1f}")
        if a / b < LEAST[key]:
            slow.append(key)
    print(f"\n{'after 400 steps, ' + str(args.seeds) + ' seeds':28}{'':24}{'diff.':>9}{'std. err.':>11}")
    for name in SCORES:
        lists = [[scores[name] for _, scores in runs[each]] for each in environments]
        a, b = map(statistics.mean, lists)
        error = (
            sum(statistics.variance(values) / len(values) for values in lists) ** 0.5 if args.seeds > 1 else 0
        )
        print(f"{name:28}{a:12.2f}{b:12.2f}{a - b:+9.2f}{error:11.2f}")
    if slow:
        raise SystemExit(f"slower than wanted: {', '.join(slow)}")


if __name__ == "__main__":
    main()

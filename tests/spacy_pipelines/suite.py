"""spaCy's own tests in two environments: the first must not fail where the second passes.

python suite.py OURS THEIRS      the folders of the environments
"""

import argparse
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter
from pathlib import Path

OPTIONS = ["--pyargs", "spacy", "-q", "-p", "no:cacheprovider", "-W", "ignore"]


def outcomes(environment):
    """What became of each test, by name. A run that crashed has no report, and ends this one."""
    report = environment / "suite.xml"
    report.unlink(missing_ok=True)
    log = environment / "suite.log"
    with log.open("w") as output:
        command = [environment / "bin" / "pytest", *OPTIONS, f"--junitxml={report}"]
        subprocess.run(command, stdout=output, stderr=subprocess.STDOUT)
    if not report.exists():
        sys.exit(f"spaCy's tests ended early in {environment.name}: see {log}")
    found = {}
    for case in ElementTree.parse(report).iter("testcase"):
        kinds = {child.tag for child in case} & {"failure", "error", "skipped"}
        name = f"{case.get('classname')}.{case.get('name')}"
        found[name] = "failed" if kinds & {"failure", "error"} else "skipped" if kinds else "passed"
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("environments", type=Path, nargs=2)
    environments = [path.absolute() for path in parser.parse_args().environments]
    ours, theirs = (outcomes(environment) for environment in environments)
    for environment, found in zip(environments, (ours, theirs), strict=True):
        counts = ", ".join(f"{count} {outcome}" for outcome, count in Counter(found.values()).most_common())
        print(f"{environment.name}: {counts}")
    bad = [name for name, outcome in ours.items() if outcome == "failed" and theirs.get(name) != "failed"]
    gone = [name for name, outcome in theirs.items() if outcome == "passed" and name not in ours]
    for name in bad + gone:
        print("only in the second:", name)
    sys.exit(bool(bad or gone))


if __name__ == "__main__":
    main()

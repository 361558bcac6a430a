"""Prints the mutation score per class and of a package, from PIT's report, and the mutants that no test noticed."""

import argparse
import collections
import csv
import sys

NOTICED = {"KILLED", "TIMED_OUT", "MEMORY_ERROR"}
FOUND = NOTICED | {"SURVIVED", "NO_COVERAGE"}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("report")
    parser.add_argument("package")
    arguments = parser.parse_args()
    by_class = collections.defaultdict(lambda: [0, 0])
    survivors = []
    with open(arguments.report, encoding="utf-8", newline="") as report:
        for _, name, mutator, method, line, status, *_ in csv.reader(report):
            if status not in FOUND:
                continue
            noticed = status in NOTICED
            short = name.removeprefix(arguments.package + ".").split("$")[0]
            by_class[short][0] += noticed
            by_class[short][1] += 1
            if not noticed:
                mutation = mutator.rsplit(".", 1)[-1].removesuffix("Mutator")
                survivors.append(f"{short}.{method}:{line} {mutation} {status.lower()}")
    if not by_class:
        sys.exit(f"no mutants in {arguments.package}")
    print("\n".join(sorted(survivors)))
    print(f"{'class':40} {'noticed':>9} {'of':>6} {'score':>7}")
    for name, (noticed, of) in sorted(by_class.items()):
        print(f"{name:40} {noticed:9} {of:6} {100 * noticed / of:6.1f}%")
    noticed = sum(row[0] for row in by_class.values())
    of = sum(row[1] for row in by_class.values())
    print(f"{arguments.package:40} {noticed:9} {of:6} {100 * noticed / of:6.1f}%")


main()

"""Measures the program by running its own demo, and prints the figures beside upstream's.

Each repetition is a demo of its own: a new control plane, a new controller. Medians are what counts; the range shows how
far they can be trusted.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys

# Karpenter 1.14.1 with its KWOK provider on a test bed as ours: Deployment of 200 pods without requests.
UPSTREAM = {
    "firstNodeClaimSeconds": "3.2–3.4",
    "allPodsReadySeconds": "7.1–7.2",
    "nodesGoneSeconds": "43–48",
    "controllerPeakRssMiB": "93 MB",
}

TITLES = {
    "firstNodeClaimSeconds": "first NodeClaim, s",
    "allPodsReadySeconds": "all pods Ready, s",
    "nodesGoneSeconds": "nodes gone, s",
    "nodes": "nodes",
    "pricePerHourUsd": "price, $ per hour",
    "secondRoundNodeClaims": "NodeClaims of a second round",
    "podsMoreThanPlanned": "pods more than planned on a node",
    "controllerPeakRssMiB": "controller, peak MiB",
    "controllerReadySeconds": "controller ready, s",
    "controllerReadySecondsWithoutCache": "the same without start-up cache, s",
    "idleCpuPercentOfCore": "controller idle, % of a core",
}


class Program:
    """The built distribution, started as ./x starts it."""

    def __init__(self, java, dist, cache):
        self.java = java
        self.dist = dist
        self.cache = cache

    def demo(self, *arguments, cache=True):
        """Runs one demo and returns its figures; ends this script when the demo fails."""
        aot = os.path.join(self.dist, "karpenter.aot")
        command = [
            self.java,
            "@" + os.path.join(self.dist, "java.args"),
            "-Dkarpenter.dist=" + self.dist,
            "-Dkarpenter.cache=" + self.cache,
        ]
        if os.path.exists(aot):
            command.append("-XX:AOTCache=" + aot)
        if not cache:
            command.append("-Dkarpenter.aot=false")
        command += ["karpenter.app.Main", "demo", "--json", *arguments]
        run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        if run.returncode != 0:
            sys.stderr.write(run.stderr)
            sys.exit(f"bench: the demo ended with exit code {run.returncode}")
        return json.loads(run.stdout.splitlines()[-1])


def demo(program, options):
    for _ in range(options.repetitions):
        yield program.demo("--replicas", str(options.replicas))


def start(program, options):
    for _ in range(options.repetitions):
        figures = program.demo("--start-only")
        without = program.demo("--start-only", cache=False)
        yield {
            "controllerReadySeconds": figures["controllerReadySeconds"],
            "controllerReadySecondsWithoutCache": without["controllerReadySeconds"],
            "controllerPeakRssMiB": figures["controllerPeakRssMiB"],
        }


def idle(program, options):
    for _ in range(options.repetitions):
        figures = program.demo("--replicas", str(options.replicas), "--idle", str(options.seconds))
        yield {name: figures[name] for name in ("idleCpuPercentOfCore", "controllerPeakRssMiB")}


BENCHES = {"demo": demo, "start": start, "idle": idle}


def number(value):
    return f"{value:.4f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def table(rows):
    """Prints rows of texts as columns, the first flush left."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        cells = [cell.ljust(w) if i == 0 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths))]
        print("  ".join(cells).rstrip())


def summarize(runs, upstream):
    """Median, least and most of each figure that all runs have."""
    summary = {}
    for name in TITLES:
        values = [run[name] for run in runs if run.get(name) is not None]
        if len(values) == len(runs):
            summary[name] = {"median": round(statistics.median(values), 4), "min": min(values), "max": max(values)}
    rows = [["", "median", "least", "most", "Karpenter"]]
    for name, figures in summary.items():
        rows.append([TITLES[name], *(number(figures[key]) for key in ("median", "min", "max")), upstream.get(name, "")])
    table(rows)
    return summary


def arguments():
    parser = argparse.ArgumentParser(prog="./x bench", description=__doc__)
    parser.add_argument("name", choices=BENCHES)
    parser.add_argument("--java", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--dist", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--cache", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--repetitions", type=int, default=5, help="how many demos to run (5)")
    parser.add_argument("--replicas", type=int, default=200, help="pods of the Deployment (200)")
    parser.add_argument("--seconds", type=int, default=120, help="idle: length of the measurement (120)")
    parser.add_argument("--json", action="store_true", help="print the summary as JSON in the last line")
    options = parser.parse_args()
    if options.repetitions < 1:
        parser.error("--repetitions: at least 1")
    return options


def main():
    options = arguments()
    program = Program(options.java, options.dist, options.cache)
    runs = []
    for run in BENCHES[options.name](program, options):
        runs.append(run)
        shown = ", ".join(f"{TITLES[name]} {number(run[name])}" for name in TITLES if run.get(name) is not None)
        print(f"{len(runs)}/{options.repetitions}: {shown}", file=sys.stderr, flush=True)
    # Upstream was measured in this story alone.
    summary = summarize(runs, UPSTREAM if options.name == "demo" and options.replicas == 200 else {})
    if options.json:
        print(json.dumps({"bench": options.name, "replicas": options.replicas, "figures": summary, "runs": runs}))


main()

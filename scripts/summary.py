"""Adds up the test reports of all languages and prints the closing line of a run."""

import argparse
import glob
import json
import sys
import xml.etree.ElementTree as ElementTree


def java():
    passed = failed = skipped = 0
    names = []
    for path in glob.glob("*/target/surefire-reports/TEST-*.xml") + glob.glob("*/target/failsafe-reports/TEST-*.xml"):
        for case in ElementTree.parse(path).getroot().iter("testcase"):
            if case.find("failure") is not None or case.find("error") is not None:
                failed += 1
                names.append(f"{case.get('classname')}.{case.get('name')}")
            elif case.find("skipped") is not None:
                skipped += 1
            else:
                passed += 1
    return passed, failed, skipped, names


def go():
    passed = failed = skipped = 0
    names = []
    try:
        lines = open("testbed/target/go-test.json", encoding="utf-8").read().splitlines()
    except FileNotFoundError:
        return 0, 0, 0, []
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:
            continue
        action = event.get("Action")
        if "Test" not in event:
            if action == "fail":
                failed += 1
                names.append(event.get("Package", "?"))
            continue
        if action == "pass":
            passed += 1
        elif action == "fail":
            failed += 1
            names.append(f"{event.get('Package')}.{event['Test']}")
        elif action == "skip":
            skipped += 1
    return passed, failed, skipped, names


def demo(path):
    """The demo counts as one test: its last line must hold the figures."""
    try:
        figures = json.loads(open(path, encoding="utf-8").read())
        ok = figures["nodesGoneSeconds"] > 0 and figures["allPodsReadySeconds"] > 0
    except (OSError, ValueError, KeyError, TypeError):
        ok = False
    return (1, 0, 0, []) if ok else (0, 1, 0, ["demo"])


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--demo", help="file with the demo's closing JSON line")
    options = arguments.parse_args()
    parts = [java(), go()]
    if options.demo:
        parts.append(demo(options.demo))
    passed, failed, skipped = (sum(part[i] for part in parts) for i in range(3))
    for part in parts:
        for name in part[3]:
            print(f"failed: {name}")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    sys.exit(1 if failed or not passed else 0)


main()

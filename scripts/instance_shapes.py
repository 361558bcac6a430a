"""Writes the shapes of instance types as CSV: instance_type,cores,memory_mib,pods.

The shapes are those that the package moto ships for its stand-in of EC2. It is used where it is installed, else fetched in the
pinned version with pip, into the folder given. Only x86 types of the families c, m and r count.
"""

import argparse
import gzip
import importlib.util
import json
import os
import re
import subprocess
import sys
import zipfile

MOTO = "5.2.1"
RESOURCE = "moto/ec2/resources/instance_types.json.gz"


def installed():
    """The resource of an installed package, or None."""
    found = importlib.util.find_spec("moto")
    if found is None or found.origin is None:
        return None
    path = os.path.join(os.path.dirname(os.path.dirname(found.origin)), RESOURCE)
    if not os.path.exists(path):
        return None
    with open(path, "rb") as file:
        return file.read()


def fetched(folder):
    """The resource of the pinned package, fetched unless it was before; or None."""
    wheel = os.path.join(folder, f"moto-{MOTO}-py3-none-any.whl")
    if not os.path.exists(wheel):
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, f"moto=={MOTO}"]
        if subprocess.run(command, check=False, stdout=sys.stderr).returncode != 0:
            return None
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(RESOURCE)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", required=True, help="where a fetched package is kept")
    parser.add_argument("--output", required=True)
    options = parser.parse_args()
    packed = installed() or fetched(options.folder)
    if packed is None:
        sys.exit("no instance data: moto is neither installed nor to be had from the package index")
    lines = ["instance_type,cores,memory_mib,pods"]
    for name, shape in sorted(json.loads(gzip.decompress(packed)).items()):
        if not re.match(r"[cmr][3-9]", name) or "x86_64" not in shape["ProcessorInfo"]["SupportedArchitectures"]:
            continue
        network = shape["NetworkInfo"]
        # An address of each interface is the interface's own; two pods use the host's network.
        pods = network["MaximumNetworkInterfaces"] * (network["Ipv4AddressesPerInterface"] - 1) + 2
        lines.append(f'{name},{shape["VCpuInfo"]["DefaultVCpus"]},{shape["MemoryInfo"]["SizeInMiB"]},{pods}')
    with open(options.output, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


main()

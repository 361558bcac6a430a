#!/usr/bin/env bash
# Fails when a file still holds both sides of a merge. In code the compiler would say so, in documents and manifests nobody.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

outcome=0
grep -rnIE --exclude-dir=.git --exclude-dir=.cache --exclude-dir=target --exclude-dir=bin '^(<{7}|>{7}) ' . || outcome=$?
# 1 is for no line found, more for files that couldn't be read.
if [ "$outcome" -ne 1 ]; then
  echo "conflicts of a merge are left in these lines: decide for one side" >&2
  exit 1
fi

#!/usr/bin/env bash
# Proves that the build's guards bite: plants a conflict of a merge, a null dereference, and a decision that reads the clock and a
# file, into a copy of the tree, and expects each check to fail for that very reason.
#
#   planted.sh MVN...   the Maven command line to build with
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

copy=$(mktemp -d "${TMPDIR:-/tmp}/karpenter-planted.XXXXXX")
log="$copy.log"
trap 'rm -rf "$copy" "$log"' EXIT
git ls-files -z | xargs -0 tar -cf - | tar -xf - -C "$copy"
planted="$copy/core/src/main/java/karpenter/core/resource/Planted.java"

# expect WHAT REASON COMMAND...: the command must fail, and its output must name the reason.
expect() {
  local what=$1 reason=$2
  shift 2
  if (cd "$copy" && "$@") >"$log" 2>&1; then
    echo "planted: $what went through the build" >&2
    exit 1
  fi
  if ! grep -q "$reason" "$log"; then
    echo "planted: the build failed for another reason than $what:" >&2
    tail -n 30 "$log" >&2
    exit 1
  fi
  echo "planted: $what fails the build, as it should" >&2
}

printf '%s %s\n' '<<<<<<<' main >"$copy/planted.md"
expect "a conflict of a merge" "decide for one side" bash scripts/conflict_markers.sh
rm "$copy/planted.md"

cat >"$planted" <<'JAVA'
package karpenter.core.resource;

import java.util.Map;

/** Planted. */
public final class Planted {
    private Planted() {}

    /** Dereferences what may be null. */
    public static int length(Map<String, String> labels) {
        return labels.get("absent").length();
    }
}
JAVA
expect "a null dereference" "NullAway" "$@" compile -pl core -am

cat >"$planted" <<'JAVA'
package karpenter.core.resource;

import java.time.Instant;

/** Planted. */
public final class Planted {
    private Planted() {}

    /** Reads the clock. */
    public static Instant now() {
        return Instant.now();
    }
}
JAVA
expect "a decision that reads the clock" "coreIsPure" \
  "$@" package -pl app -am -Dtest=ArchitectureTest -Dsurefire.failIfNoSpecifiedTests=false

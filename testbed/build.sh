#!/usr/bin/env bash
# Builds the test bed's binaries from source. README.md says what they are.
#
#   build.sh [out-dir]           controlplane, kwok and cluster
#   build.sh kubectl [out-dir]   kubectl, for people who look at a cluster by hand
#   build.sh oracle [out-dir]    the scheduler oracle
#
# The out-dir is $KARPENTER_TESTBED_BIN when not given, else bin/ beside this
# script. A binary whose sources did not change is left alone.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here"

fail() { echo "testbed: $*" >&2; exit 1; }

group=base
case "${1:-}" in
  kubectl | oracle) group=$1; shift ;;
  -h | --help) sed -n '2,9s/^# \{0,1\}//p' "$here/build.sh"; exit 0 ;;
  -*) fail "no option $1" ;;
esac
out=${1:-${KARPENTER_TESTBED_BIN:-$here/bin}}
mkdir -p "$out"
out=$(cd "$out" && pwd)

command -v go >/dev/null || fail "go is not on the PATH; Go 1.26 is needed (https://go.dev/doc/install)"
# Never another toolchain than the installed one, never another go.mod than ours.
export GOTOOLCHAIN=local GOFLAGS="-mod=readonly -buildvcs=false" GOWORK=off
go_version=$(go env GOVERSION) || fail "go does not work"
case "$go_version" in
  go1.26*) ;;
  *) echo "testbed: built and tested with Go 1.26, this is $go_version" >&2 ;;
esac

# Clients refuse a server whose version they can't parse.
kubernetes=$(awk '$1 == "k8s.io/kubernetes" { print $2; exit }' go.mod)
IFS=. read -r major minor _ <<<"${kubernetes#v}"
version=k8s.io/component-base/version
ldflags="-s -w -X $version.gitVersion=$kubernetes -X $version.gitMajor=$major"
ldflags="$ldflags -X $version.gitMinor=$minor -X $version.gitTreeState=clean"

# stamp FOLDER... prints a hash of what the binary is made of.
stamp() {
  {
    echo "$go_version $(go env GOOS GOARCH CGO_ENABLED | tr '\n' ' ') $ldflags"
    find "$@" go.mod go.sum -type f ! -name '*_test.go' -print0 | LC_ALL=C sort -z | xargs -0 cat
  } | git hash-object --stdin
}

free_mb() { df -Pk "$1" | awk 'NR == 2 { print int($4 / 1024) }'; }
used_mb() { if [ -e "$1" ]; then du -sk "$1" | awk '{ print int($1 / 1024) }'; else echo 0; fi; }

# Modules (0.8 GB) and Go's build cache (3.3 GB with kubectl and tests) grow the
# first time, and links need room for a while; the binaries take 0.3 GB.
check_disk() {
  local cache modules need free
  cache=$(go env GOCACHE) modules=$(go env GOMODCACHE)
  need=$((6000 - $(used_mb "$cache") - $(used_mb "$modules")))
  [ "$need" -gt 1500 ] || need=1500
  mkdir -p "$cache"
  free=$(free_mb "$cache")
  [ "$free" -ge "$need" ] || fail "$free MB free for Go's caches, about $need MB are needed. Maybe free some, or set GOCACHE and GOMODCACHE to another disk"
  free=$(free_mb "$out")
  [ "$free" -ge 600 ] || fail "$free MB free in $out, 600 MB are needed"
}

disk_checked=
# build NAME FOLDER...: the package is cmd/NAME, the folders are its own sources.
build() {
  local name=$1; shift
  local begin=$SECONDS wanted log pid compiled next
  wanted=$(stamp "$@")
  if [ -x "$out/$name" ] && [ "$(cat "$out/.$name.stamp" 2>/dev/null)" = "$wanted" ]; then
    echo "testbed: $name is up to date"
    return
  fi
  [ -n "$disk_checked" ] || { check_disk; disk_checked=yes; }
  echo "testbed: building $name ($kubernetes, $go_version); the first time fetches modules and takes several minutes"
  log=$(mktemp "${TMPDIR:-/tmp}/testbed-build.XXXXXX")
  go build -v -ldflags "$ldflags" -o "$out/.$name.$$" "./cmd/$name" >"$log" 2>&1 &
  pid=$!
  # shellcheck disable=SC2064 # the values of now are meant
  trap "kill $pid 2>/dev/null; rm -f '$log' '$out/.$name.$$'" EXIT
  # A line at least every ten seconds: a person sees that it lives.
  next=10
  while kill -0 "$pid" 2>/dev/null; do
    sleep 0.2
    if [ $((SECONDS - begin)) -ge "$next" ]; then
      next=$((next + 10))
      # -v prints a package's path when its compilation starts; links print nothing.
      compiled=$(grep -vc '^go: ' "$log" || true)
      echo "testbed:   $name: $((SECONDS - begin)) s, $compiled packages compiled, now $(tail -n 1 "$log")"
    fi
  done
  if ! wait "$pid"; then
    tail -n 30 "$log" >&2
    fail "building $name failed"
  fi
  mv -f "$out/.$name.$$" "$out/$name"
  echo "$wanted" >"$out/.$name.stamp"
  trap - EXIT
  rm -f "$log"
  echo "testbed: $name built in $((SECONDS - begin)) s ($(used_mb "$out/$name") MB)"
}

begin=$SECONDS
case $group in
  base)
    build cluster cmd/cluster internal
    build controlplane cmd/controlplane
    build kwok cmd/kwok
    ;;
  *)
    [ -d "cmd/$group" ] || fail "there is no cmd/$group yet"
    build "$group" "cmd/$group"
    ;;
esac
echo "testbed: done in $((SECONDS - begin)) s, binaries in $out"

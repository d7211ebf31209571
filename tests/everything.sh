#!/usr/bin/env bash
# What `make test` runs: checks beside the collecting of tests, then every test. A suite makes and removes
# thousands of small files and waits for each to be on disk: where the machine has the room they lie in memory.
set -euo pipefail
bin=$1

for left in /dev/shm/commonroll-tests-*; do # of runs that ended without tidying up
  [ -d "$left" ] && [ -O "$left" ] && ! kill -0 "${left##*-}" 2>/dev/null && rm -rf -- "$left"
done
if [ -w /dev/shm ] && [ "$(df --output=avail -k /dev/shm | tail -1)" -gt 6000000 ] &&
  awk '/MemAvailable/ { exit $2 < 10000000 }' /proc/meminfo; then
  export TMPDIR=/dev/shm/commonroll-tests-$$
  mkdir -m 711 "$TMPDIR" # a test asks as another user
fi

"$bin/python" -m pytest --collect-only -qq >/dev/null 2>&1 &
collecting=$!
make --no-print-directory check
wait "$collecting" || true
if "$bin/python" -m pytest -n 3 --no-loadscope-reorder -m "not postgres and not either" &&
  COMMONROLL_TEST_DATABASE=postgres "$bin/python" -m pytest -n 3 --no-loadscope-reorder -m "not vault" \
    tests/server --ignore=tests/server/pages; then
  case ${TMPDIR:-} in /dev/shm/commonroll-tests-$$) rm -rf -- "$TMPDIR" ;; esac
else
  echo "what failing tests left is in ${TMPDIR:-/tmp}" >&2
  exit 1
fi

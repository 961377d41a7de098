#!/usr/bin/env bash
# Installs what is missing and passes all tests; ends with a line that counts the groups.
set -uo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/say.sh"

set -e
Scripts/need-swift.sh
Scripts/need-packages.sh
Scripts/need-venv.sh .venv Scripts/requirements-lab.txt Scripts/requirements-test.txt
PYTHON=.venv/bin/python Scripts/fetch-weights.sh
set +e

passed=0
failed=()
group() { # group NAME COMMAND...
  local name=$1
  shift
  say "$name"
  if "$@"; then passed=$((passed + 1)); else failed+=("$name"); fi
}

group "layout and layers" Scripts/lint.sh
group "build" swift build --build-tests
# Threads that wait for each other give the core to other work soon.
export GOMP_SPINCOUNT=${GOMP_SPINCOUNT:-1000}
group "Swift tests" swift test --skip-build
group "release build" Scripts/build-release.sh
group "setup scripts" Tests/Scripts/test_setup.sh
[ ! -d Tests/Conformance ] || group "conformance" Scripts/conformance.sh
group "notebooks" Scripts/run-notebooks.sh --check

for name in "${failed[@]}"; do echo "FAILED: $name"; done
echo "$passed passed, ${#failed[@]} failed"
[ ${#failed[@]} -eq 0 ]

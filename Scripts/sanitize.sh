#!/usr/bin/env bash
# All Swift tests, and the built kernel among hostile clients, under ThreadSanitizer and AddressSanitizer:
# sanitize.sh [thread|address] [PART...]; with parts named, those only: test targets, or `built-kernel`.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/say.sh"

Scripts/need-swift.sh
Scripts/need-packages.sh
Scripts/need-venv.sh .venv Scripts/requirements-lab.txt Scripts/requirements-test.txt
sanitizers=(thread address)
case ${1:-} in thread | address) sanitizers=("$1"); shift ;; esac
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(ZMQShimTests ModelIOTests DisplayTests KernelTests CAMRuntimeTests EndToEndTests built-kernel)
export SWIFT_BACKTRACE="enable=no" CAMKERNEL_SANITIZED=1
# Threads that wait for each other give the core to other work soon: under a sanitizer they wait long.
export GOMP_SPINCOUNT=${GOMP_SPINCOUNT:-1000}
reports=$(mktemp -d)
log=$(mktemp)
trap 'rm -rf "$reports" "$log"' EXIT
failed=()

# Whatever a sanitizer writes into $reports is a finding, in whichever process, however the tests end.
judge() { # judge NAME STATUS
  if compgen -G "$reports/*" >/dev/null; then
    cat "$reports"/* >&2
    rm -f "$reports"/*
    failed+=("$1: reports above")
  elif [ "$2" -ne 0 ]; then
    failed+=("$1: failed tests")
  fi
}

for sanitizer in "${sanitizers[@]}"; do
  build=".build/$sanitizer"
  say "$sanitizer sanitizer: build"
  swift build --build-tests --sanitize="$sanitizer" --scratch-path "$build"
  # libzmq and oneDNN are not instrumented: what they hand from thread to thread looks like a race.
  export TSAN_OPTIONS="suppressions=$root/Scripts/tsan-suppressions.txt:history_size=4:log_path=$reports/thread"
  export LSAN_OPTIONS="suppressions=$root/Scripts/leak-suppressions.txt:print_suppressions=0"
  export ASAN_OPTIONS="detect_leaks=1:log_path=$reports/address"
  for target in "${targets[@]}"; do
    say "$sanitizer sanitizer: $target"
    status=0
    if [ "$target" = built-kernel ]; then
      # Sanitizers keep freed memory for a while, so what settles is judged generously.
      CAMKERNEL_BINARY="$root/$build/debug/camkernel" CAMKERNEL_TEST_SLACK_MB=1024 .venv/bin/python -m pytest -q -p no:cacheprovider \
        Tests/Conformance/test_kernel.py Tests/Conformance/test_life.py Tests/Conformance/test_hostile_messages.py || status=$?
    else
      # One target at a time, each in a process of its own: what a sanitizer remembers does not add up.
      swift test --skip-build --disable-xctest --sanitize="$sanitizer" --scratch-path "$build" --filter "^$target\\." 2>&1 | tee "$log" || status=$?
      ! grep -q "Test run with 0 tests" "$log" || fail "$target: there is no such test"
    fi
    judge "$sanitizer sanitizer, $target" "$status"
  done
done
for name in "${failed[@]}"; do echo "FAILED: $name" >&2; done
[ ${#failed[@]} -eq 0 ] || exit 1
say "sanitizers: nothing found"

#!/usr/bin/env bash
# The tests, and the built kernel among hostile clients, under ThreadSanitizer and AddressSanitizer: sanitize.sh [thread|address] [FILTER]
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/say.sh"

Scripts/need-swift.sh
Scripts/need-packages.sh
Scripts/need-venv.sh .venv Scripts/requirements-lab.txt Scripts/requirements-test.txt
sanitizers=(thread address)
case ${1:-} in thread | address) sanitizers=("$1"); shift ;; esac
filter=${1:-}
export SWIFT_BACKTRACE="enable=no"
export CAMKERNEL_ROOMS=${CAMKERNEL_ROOMS:-KernelTests,ZMQShimTests,ModelIOTests,DisplayTests,camkernel}
reports=$(mktemp -d)
trap 'rm -rf "$reports"' EXIT
# libzmq and oneDNN are not instrumented: what they hand from thread to thread looks like a race.
thread_options="suppressions=$root/Scripts/tsan-suppressions.txt:history_size=4"
# Swift keeps what lives as long as the process without a way to free it.
address_options="detect_leaks=0"

for sanitizer in "${sanitizers[@]}"; do
  say "$sanitizer sanitizer: tests"
  export TSAN_OPTIONS="$thread_options" ASAN_OPTIONS="$address_options"
  build=".build/$sanitizer"
  swift build --build-tests --sanitize="$sanitizer" --scratch-path "$build"
  swift test --skip-build --sanitize="$sanitizer" --scratch-path "$build" ${filter:+--filter "$filter"}

  say "$sanitizer sanitizer: the built kernel"
  export TSAN_OPTIONS="$thread_options:log_path=$reports/$sanitizer" ASAN_OPTIONS="$address_options:log_path=$reports/$sanitizer"
  # Sanitizers keep freed memory for a while, so what settles is judged generously.
  CAMKERNEL_BINARY="$root/$build/debug/camkernel" CAMKERNEL_TEST_SLACK_MB=1024 .venv/bin/python -m pytest -q -p no:cacheprovider \
    Tests/Conformance/test_kernel.py Tests/Conformance/test_life.py Tests/Conformance/test_hostile_messages.py
  if compgen -G "$reports/$sanitizer.*" >/dev/null; then
    cat "$reports/$sanitizer".* >&2
    fail "the $sanitizer sanitizer has something to say about the kernel: see above"
  fi
done
say "sanitizers: nothing found"

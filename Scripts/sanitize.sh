#!/usr/bin/env bash
# The tests of what takes bytes from outside, under ThreadSanitizer and AddressSanitizer: sanitize.sh [FILTER]
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/say.sh"

# libzmq and oneDNN are not instrumented: what they hand from thread to thread looks like a race.
export TSAN_OPTIONS="suppressions=$root/Scripts/tsan-suppressions.txt ${TSAN_OPTIONS:-}"
export SWIFT_BACKTRACE="enable=no"
export CAMKERNEL_ROOMS=${CAMKERNEL_ROOMS:-KernelTests,ZMQShimTests,ModelIOTests,DisplayTests}
filter=${1:-}
for sanitizer in thread address; do
  say "$sanitizer sanitizer"
  swift test --sanitize=$sanitizer --scratch-path ".build/$sanitizer" ${filter:+--filter "$filter"}
done

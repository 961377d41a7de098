#!/usr/bin/env bash
# The kernel's tests under ThreadSanitizer and AddressSanitizer: sanitize.sh [FILTER]
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/say.sh"

export CAMKERNEL_ROOMS=${CAMKERNEL_ROOMS:-KernelTests,ZMQShimTests,ModelIOTests,DisplayTests}
filter=${1:-}
for sanitizer in thread address; do
  say "$sanitizer sanitizer"
  swift test --sanitize=$sanitizer --scratch-path ".build/$sanitizer" ${filter:+--filter "$filter"}
done

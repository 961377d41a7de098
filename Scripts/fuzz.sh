#!/usr/bin/env bash
# The fuzzers, so many seconds each (60): fuzz.sh [SECONDS]
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/say.sh"
export SWIFT_BACKTRACE="enable=no"
Fuzz/language.sh "${1:-60}"
exec Fuzz/run.sh all "${1:-60}"

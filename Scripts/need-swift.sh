#!/usr/bin/env bash
# Is there a Swift 6 to build with?
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/say.sh"

command -v swift >/dev/null ||
  fail "Swift 6 is not installed: follow https://www.swift.org/install/linux/, open a new shell and run this again"
version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\)\.\([0-9]*\).*/\1 \2/p' | head -n 1)
[ -n "$version" ] || fail "'swift --version' does not work: reinstall Swift from https://www.swift.org/install/linux/"
[ "${version% *}" -ge 6 ] ||
  fail "Swift ${version/ /.} is too old, 6.0 or later is needed: see https://www.swift.org/install/linux/"

#!/usr/bin/env bash
# Builds the release binary; says nothing where there is nothing to do.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/say.sh"

log=$(mktemp)
trap 'rm -f "$log"' EXIT
newest=$(find Package.swift Sources -newer .build/release/camkernel -print -quit 2>/dev/null || echo missing)
[ -n "$newest" ] || exit 0
say "building the release binary (some minutes the first time)"
if ! swift build -c release --product camkernel >"$log" 2>&1; then
  grep -E 'error' "$log" | sort -u | head -n 20 >&2
  fail "the build failed: 'make release' shows all of it"
fi
touch .build/release/camkernel

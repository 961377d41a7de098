#!/usr/bin/env bash
# Installs the Debian packages that are missing; extra names may be given. Asks apt only where something is missing.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/say.sh"

installed() { dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q '^install ok installed$'; }

# The first of several names that this system knows.
known() {
  local name
  for name in ${1//|/ }; do
    if apt-cache show "$name" >/dev/null 2>&1; then echo "$name"; return; fi
  done
  echo "${1%%|*}"
}

wanted=$(grep -v '^#' Scripts/debian-packages.txt)
python3 -c 'import ensurepip, venv' >/dev/null 2>&1 || wanted="$wanted python3-venv"
missing=()
for entry in $wanted "$@"; do
  found=no
  for name in ${entry//|/ }; do
    if command -v dpkg-query >/dev/null && installed "$name"; then found=yes; fi
  done
  [ "$found" = yes ] || missing+=("$entry")
done
[ ${#missing[@]} -gt 0 ] || exit 0

command -v apt-get >/dev/null ||
  fail "this is no Debian or Ubuntu: install the libraries that Scripts/debian-packages.txt names, as your system calls them"
names=()
for entry in "${missing[@]}"; do names+=("$(known "$entry")"); done
rights=()
if [ "$(id -u)" -ne 0 ]; then
  if command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
    rights=(sudo)
  else
    fail "these packages are missing and installing them needs rights: run 'sudo apt-get install ${names[*]}', then this again"
  fi
fi
say "installing ${names[*]}"
"${rights[@]}" apt-get update -qq >/dev/null 2>&1 || true
names=()
for entry in "${missing[@]}"; do names+=("$(known "$entry")"); done
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! "${rights[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${names[@]}" >"$log" 2>&1; then
  grep -E '^E:' "$log" | head -n 3 >&2 || true
  fail "apt could not install ${names[*]}: is the network there? Then run 'apt-get update' and this again"
fi

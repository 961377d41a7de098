#!/usr/bin/env bash
# Makes the project's virtual environment from pinned requirements: need-venv.sh FOLDER REQUIREMENTS...
# What is there already is not touched; what fails half-way is removed.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/say.sh"

folder=$1
shift
# One mark for each list, so that who needs fewer of them installs nothing again.
mark() { echo "$folder/.installed-${1##*/}-"; }
stamp() { echo "$(mark "$1")$(cksum <"$1" | tr -d ' ')"; }
missing=no
for file in "$@"; do [ -f "$(stamp "$file")" ] || missing=yes; done
[ "$missing" = yes ] || exit 0

command -v python3 >/dev/null || fail "Python 3 is not installed: run 'sudo apt-get install python3 python3-venv', then this again"
python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' ||
  fail "$(python3 --version) is too old, JupyterLab needs 3.10 or later"
log=$(mktemp)
had=$([ -d "$folder" ] && echo yes || echo no)
clean_up() {
  status=$?
  rm -f "$log"
  if [ "$status" -ne 0 ] && [ "$had" = no ]; then rm -rf "$folder"; fi
}
trap clean_up EXIT
trap 'exit 130' INT TERM

say "installing $* into $folder"
python3 -m venv "$folder" >"$log" 2>&1 || {
  tail -n 3 "$log" >&2
  fail "no virtual environment could be made: run 'sudo apt-get install python3-venv', then this again"
}
requirements=()
for file in "$@"; do requirements+=(-r "$file"); done
if ! "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --retries 2 --timeout 20 "${requirements[@]}" >"$log" 2>&1; then
  grep -i error "$log" | tail -n 2 >&2 || true
  fail "pip could not install $*: is the network there? Then run this again"
fi
for file in "$@"; do
  rm -f "$(mark "$file")"*
  touch "$(stamp "$file")"
done

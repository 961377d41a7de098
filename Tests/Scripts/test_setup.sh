#!/usr/bin/env bash
# The setup scripts on machines that lack something: made of a PATH with nothing but what a case puts there.
set -uo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

# A PATH with the ordinary tools and nothing of what the scripts install.
tools() {
  bin="$work/bin"
  rm -rf "$bin"
  mkdir -p "$bin"
  local tool
  for tool in bash env dirname sed head grep cat cksum tr mktemp rm mkdir touch tail ls chmod; do
    ln -s "$(command -v $tool)" "$bin/$tool"
  done
  ln -s "$(readlink -f "$(command -v python3)")" "$bin/python3"
}

fake() { # fake NAME BODY
  rm -f "$bin/$1" # it may be a link to the machine's own tool, which writing would change
  printf '#!/bin/bash\n%s\n' "$2" >"$bin/$1"
  chmod +x "$bin/$1"
}

expect() { # expect SENTENCE STATUS TEXT COMMAND...
  local sentence=$1 status=$2 text=$3
  shift 3
  local found code
  found=$(env -i PATH="$bin" HOME="$work/home" "$@" 2>&1 </dev/null)
  code=$?
  if [ $code -eq "$status" ] && [[ $found == *"$text"* ]] && [ "$(wc -l <<<"$found")" -le 4 ]; then
    passed=$((passed + 1))
    echo "ok      $sentence"
  else
    failed=$((failed + 1))
    printf 'FAILED  %s\n  status %s, expected %s\n  said: %s\n' "$sentence" $code "$status" "$found"
  fi
}

tools
expect "no Swift: one sentence says where to get it" 1 "Swift 6 is not installed: follow https://www.swift.org" \
  "$root/Scripts/need-swift.sh"

tools
fake swift 'echo "Swift version 5.10.1 (swift-5.10.1-RELEASE)"'
expect "an old Swift is named with its version" 1 "Swift 5.10 is too old, 6.0 or later is needed" "$root/Scripts/need-swift.sh"

tools
fake swift 'echo "Swift version 6.3.1 (swift-6.3.1-RELEASE)"'
expect "Swift 6 is enough, and nothing is said" 0 "" "$root/Scripts/need-swift.sh"

tools
fake dpkg-query 'echo "install ok installed"'
expect "nothing missing: apt is not asked" 0 "" "$root/Scripts/need-packages.sh"

tools
fake dpkg-query 'exit 1'
fake apt-cache 'exit 0'
fake apt-get 'echo never; exit 99'
fake id 'echo 1000'
expect "no rights and no sudo: the command to run is shown" 1 "run 'sudo apt-get install libzmq3-dev" \
  "$root/Scripts/need-packages.sh"

tools
fake dpkg-query 'exit 1'
fake apt-cache 'exit 0'
fake apt-get '[ "$1" = update ] && exit 100; echo "E: Unable to fetch some archives"; exit 100'
fake id 'echo 0'
expect "no network: apt's reason and what to do" 1 "is the network there?" "$root/Scripts/need-packages.sh"

tools
expect "no Debian: the list of libraries is named" 1 "install the libraries that Scripts/debian-packages.txt names" \
  "$root/Scripts/need-packages.sh"

tools
rm "$bin/python3"
expect "no Python: what to install" 1 "Python 3 is not installed" "$root/Scripts/need-venv.sh" "$work/venv" /dev/null

tools
echo "camkernel-needs-a-package-that-does-not-exist" >"$work/requirements.txt"
fake python3 'if [ "$1" = -m ]; then mkdir -p "$3/bin"; printf "#!/bin/bash\necho ERROR: no network; exit 1\n" > "$3/bin/python"; chmod +x "$3/bin/python"; fi'
expect "pip fails: a sentence, and no half of an environment stays" 1 "pip could not install" \
  "$root/Scripts/need-venv.sh" "$work/venv" "$work/requirements.txt"
[ ! -e "$work/venv" ] || { failed=$((failed + 1)); echo "FAILED  half of an environment stayed"; }

tools
fake python3 'if [ "$1" = -m ]; then mkdir -p "$3/bin"; printf "#!/bin/bash\necho called >> %s; exit 0\n" "$3/calls" > "$3/bin/python"; chmod +x "$3/bin/python"; fi'
expect "an environment is made" 0 "installing" "$root/Scripts/need-venv.sh" "$work/venv" "$work/requirements.txt"
expect "a second call does no work" 0 "" "$root/Scripts/need-venv.sh" "$work/venv" "$work/requirements.txt"
[ "$(wc -l <"$work/venv/calls")" -eq 1 ] || { failed=$((failed + 1)); echo "FAILED  the second call did work"; }
echo "another-package" >"$work/more.txt"
expect "another list is installed" 0 "installing" "$root/Scripts/need-venv.sh" "$work/venv" "$work/requirements.txt" "$work/more.txt"
expect "one of two lists needs no work" 0 "" "$root/Scripts/need-venv.sh" "$work/venv" "$work/requirements.txt"
[ "$(wc -l <"$work/venv/calls")" -eq 2 ] || { failed=$((failed + 1)); echo "FAILED  one of two lists was installed again"; }
echo "a-newer-package" >"$work/requirements.txt"
expect "a list that changed is installed" 0 "installing" "$root/Scripts/need-venv.sh" "$work/venv" "$work/requirements.txt"
expect "the other list stays" 0 "" "$root/Scripts/need-venv.sh" "$work/venv" "$work/more.txt"
[ "$(wc -l <"$work/venv/calls")" -eq 3 ] || { failed=$((failed + 1)); echo "FAILED  a changed list was not installed once"; }

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

# Sourced by the other scripts: how they speak, and where they are.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit 1

# One sentence on stderr that says what is wrong and what to do; ends the script.
fail() {
  echo "camkernel: $*" >&2
  exit 1
}

say() { echo "==> $*"; }

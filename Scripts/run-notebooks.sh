#!/usr/bin/env bash
# Executes the notebooks with the release binary: in place, or with --check into outputs/notebooks; extra names choose some.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/say.sh"

Scripts/need-swift.sh
Scripts/need-packages.sh
Scripts/need-venv.sh .venv Scripts/requirements-lab.txt Scripts/requirements-test.txt
Scripts/build-release.sh
.build/release/camkernel install --prefix .venv >/dev/null

folder=notebooks
store=--store
if [ "${1:-}" = --check ]; then
  shift
  folder=outputs/notebooks
  store=
  mkdir -p "$folder"
fi
names=("$@")
[ ${#names[@]} -gt 0 ] || names=(notebooks/*.ipynb)
status=0
export VIRTUAL_ENV="$root/.venv"
for name in "${names[@]}"; do
  start=$SECONDS
  log=$(mktemp)
  if .venv/bin/jupyter nbconvert --to notebook --execute --log-level WARN --ExecutePreprocessor.timeout=900 \
    --output-dir "$folder" --output "$(basename "$name")" "$name" 2>"$log" && .venv/bin/python Tests/Notebooks/check.py $store "$folder/$(basename "$name")"; then
    echo "ok      $(basename "$name") ($((SECONDS - start)) s)"
  else
    # Of a traceback only what the cell said.
    sed -n '/An error occurred while executing/,$p' "$log" >&2
    grep -q 'An error occurred' "$log" || tail -n 3 "$log" >&2
    echo "FAILED  $(basename "$name")"
    status=1
  fi
  rm -f "$log"
done
exit $status

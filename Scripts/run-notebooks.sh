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
if [ "${1:-}" = --check ]; then
  shift
  folder=outputs/notebooks
  mkdir -p "$folder"
fi
names=("$@")
[ ${#names[@]} -gt 0 ] || names=(notebooks/*.ipynb)
status=0
export VIRTUAL_ENV="$root/.venv"
for name in "${names[@]}"; do
  start=$SECONDS
  if .venv/bin/jupyter nbconvert --to notebook --execute --log-level WARN --ExecutePreprocessor.timeout=900 \
    --output-dir "$folder" --output "$(basename "$name")" "$name" && .venv/bin/python Tests/Notebooks/check.py "$folder/$(basename "$name")"; then
    echo "ok      $(basename "$name") ($((SECONDS - start)) s)"
  else
    echo "FAILED  $(basename "$name")"
    status=1
  fi
done
exit $status

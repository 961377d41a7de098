#!/usr/bin/env bash
# Opens JupyterLab on the notebooks with our kernel; installs and builds what is missing. Arguments go to JupyterLab.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/say.sh"

Scripts/need-swift.sh
Scripts/need-packages.sh
Scripts/need-venv.sh .venv Scripts/requirements-lab.txt
PYTHON=.venv/bin/python Scripts/fetch-weights.sh >/dev/null || say "going on without the weights of efficientnet-lite0"
Scripts/build-release.sh
.build/release/camkernel install --prefix .venv >/dev/null

arguments=()
[ "$(id -u)" -ne 0 ] || arguments+=(--allow-root)
say "opening JupyterLab"
export PATH="$root/.venv/bin:$PATH" VIRTUAL_ENV="$root/.venv"
exec .venv/bin/jupyter lab --ServerApp.root_dir="$root/notebooks" "${arguments[@]}" "$@"

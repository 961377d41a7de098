#!/usr/bin/env bash
# Our kernel and ipykernel side by side in one run.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/say.sh"

Scripts/need-swift.sh
Scripts/need-packages.sh
Scripts/need-venv.sh .venv Scripts/requirements-lab.txt Scripts/requirements-test.txt
Scripts/build-release.sh
PYTHON=$root/.venv/bin/python exec .venv/bin/python Benchmarks/bench_kernel.py "$@"

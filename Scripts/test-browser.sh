#!/usr/bin/env bash
# The browser test: JupyterLab with our kernel in headless Chromium. Screenshots go to outputs/browser.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/say.sh"

Scripts/need-swift.sh
Scripts/need-packages.sh "chromium|chromium-browser"
Scripts/need-venv.sh .venv Scripts/requirements-lab.txt Scripts/requirements-test.txt
PYTHON=.venv/bin/python Scripts/fetch-weights.sh >/dev/null
Scripts/build-release.sh
.build/release/camkernel install --prefix .venv >/dev/null
exec .venv/bin/python Tests/Browser/test_jupyterlab.py "$@"

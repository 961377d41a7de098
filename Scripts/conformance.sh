#!/usr/bin/env bash
# The built kernel judged from outside: jupyter_kernel_test, frontends, hostile clients. Arguments go to pytest.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/say.sh"

Scripts/need-swift.sh
Scripts/need-packages.sh
Scripts/need-venv.sh .venv Scripts/requirements-lab.txt Scripts/requirements-test.txt
Scripts/build-release.sh
.build/release/camkernel install --prefix .venv >/dev/null
exec .venv/bin/python -m pytest -q -p no:cacheprovider Tests/Conformance "$@"

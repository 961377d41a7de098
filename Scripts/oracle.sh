#!/usr/bin/env bash
# What needs other libraries to compare with: oracle.sh exports|check|onnx|bench-engine|bench-cam|bench-train [ARGUMENTS].
# ORACLE names the folder of the exports (../oracle-out), ORACLE_PYTHON an interpreter that has the packages already.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/say.sh"

out=${ORACLE:-../oracle-out}
verb=${1:?exports, check, onnx, bench-engine, bench-cam or bench-train}
shift

if [ -n "${ORACLE_PYTHON:-}" ]; then
  python=$ORACLE_PYTHON
else
  Scripts/need-venv.sh .venv-oracle Tests/Oracle/requirements.txt
  python=.venv-oracle/bin/python
fi

exports() {
  [ -f "$out/efficientnet-lite0/meta.json" ] || "$python" Tests/Oracle/export.py "$out"
}

cases() {
  [ -f "$out/onnx-cases/cases.tsv" ] || "$python" Tests/Oracle/onnx_cases.py "$out/onnx-cases"
}

bench() {
  swift build -c release --product camkernel-bench
  "$python" "Benchmarks/$1.py" --camkernel .build/release/camkernel-bench "${@:2}"
}

case $verb in
exports)
  "$python" Tests/Oracle/export.py "$out" "$@"
  cases
  "$python" Tests/Oracle/train_parity.py write "$out"
  if [ -n "${ORACLE_KERAS_PYTHON:-}" ]; then
    "$ORACLE_KERAS_PYTHON" Tests/Oracle/export_keras.py "$out"
  else
    Scripts/need-venv.sh .venv-keras Tests/Oracle/requirements-keras.txt
    .venv-keras/bin/python Tests/Oracle/export_keras.py "$out"
  fi
  ;;
check)
  exports
  swift build -c release --product camkernel
  "$python" Tests/Oracle/check_engine.py "$out" "$@"
  ;;
onnx)
  cases
  CAMKERNEL_ORACLE=$(cd "$out" && pwd) swift test --filter ONNXCaseTests "$@"
  ;;
bench-engine) exports && bench bench_engine --nets "$out" "$@" ;;
bench-cam) exports && bench bench_cam --nets "$out" "$@" ;;
bench-train) bench bench_train "$@" ;;
*) fail "there is no '$verb': exports, check, onnx, bench-engine, bench-cam or bench-train" ;;
esac

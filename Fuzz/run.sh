#!/usr/bin/env bash
# Runs one fuzzer, or all: Fuzz/run.sh [NAME|all] [SECONDS]
set -euo pipefail
cd "$(dirname "$0")"
chosen=${1:-all}
seconds=${2:-60}

seeds() {
  local fixtures=../Tests/Fixtures/modelio
  case $1 in
    FuzzFrames) ls ../Tests/Fixtures/wire/*.frames ;;
    FuzzJSON) ls ../Tests/Fixtures/wire/*.json ;;
    FuzzSafeTensors) ls $fixtures/*.safetensors ;;
    FuzzPyTorch) ls $fixtures/*.pth $fixtures/*.pt $fixtures/*.ckpt ;;
    FuzzNumPy) ls $fixtures/*.npy $fixtures/*.npz ;;
    FuzzKeras) ls $fixtures/*.h5 $fixtures/*.keras ;;
    FuzzONNX) ls $fixtures/*.onnx ;;
    FuzzPNG) ls ../Tests/Fixtures/display/*.png ;;
    FuzzJPEG) ls ../Tests/Fixtures/display/*.jpg ;;
    FuzzDataset) ls $fixtures/cifar* ;;
  esac
}

env -u CAMKERNEL_ROOMS swift build -c release --quiet
mkdir -p findings
failed=()
for name in $(ls Sources | grep '^Fuzz'); do
  [ "$chosen" = all ] || [ "$chosen" = "$name" ] || continue
  corpus=corpus/$name
  mkdir -p "$corpus"
  seeds "$name" | xargs -r cp -t "$corpus"
  echo "$name: $seconds seconds"
  log=$(mktemp)
  .build/release/"$name" -max_total_time="$seconds" -rss_limit_mb=1024 -malloc_limit_mb=512 -timeout=10 -verbosity=0 \
    -print_final_stats=1 -artifact_prefix="findings/$name-" "$corpus" >"$log" 2>&1 && status=0 || status=$?
  grep -E 'number_of_executed_units|peak_rss|ERROR|SUMMARY|fatal' "$log" || tail -n 3 "$log" >&2
  # A fuzzer that did not even start has found nothing either.
  if [ $status -ne 0 ] || ! grep -q number_of_executed_units "$log" || ls findings/"$name"-* >/dev/null 2>&1; then
    failed+=("$name")
  fi
  rm -f "$log"
done
[ ${#failed[@]} -eq 0 ] || { echo "findings in: ${failed[*]} (Fuzz/findings)"; exit 1; }
echo "no findings"

#!/usr/bin/env bash
# The fuzzer of the command language, which stands alone and so needs no package: Fuzz/language.sh [SECONDS]
set -euo pipefail
cd "$(dirname "$0")"
build=.build/language
mkdir -p "$build" corpus/FuzzLanguage findings
flags=(-swift-version 6 -enable-upcoming-feature ExistentialAny -enable-upcoming-feature InternalImportsByDefault
  -enable-upcoming-feature MemberImportVisibility -package-name camkernel -sanitize=fuzzer,address -O -parse-as-library)
swiftc "${flags[@]}" -emit-module -emit-module-path "$build/Language.swiftmodule" -emit-library -static \
  -module-name Language ../Sources/Kernel/Language/*.swift -o "$build/libLanguage.a"
swiftc "${flags[@]}" -I "$build" -L "$build" -lLanguage Language/FuzzLanguage.swift -o "$build/FuzzLanguage" \
  2> >(grep -v "Cannot export local symbol" >&2)
echo "FuzzLanguage: ${1:-60} seconds"
"$build/FuzzLanguage" -max_total_time="${1:-60}" -rss_limit_mb=1024 -timeout=10 -verbosity=0 -print_final_stats=1 \
  -artifact_prefix=findings/FuzzLanguage- corpus/FuzzLanguage 2>&1 | grep -E 'number_of_executed_units|peak_rss|ERROR|SUMMARY|fatal'

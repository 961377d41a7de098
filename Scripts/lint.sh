#!/usr/bin/env bash
# Layout of code, who may import what, file sizes, and the rooms that must stand alone.
set -uo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/say.sh"
status=0
complain() { echo "lint: $*" >&2; status=1; }

if command -v swift >/dev/null; then
  sources=(Package.swift Sources Tests)
  [ ! -d Fuzz ] || sources+=(Fuzz)
  swift format lint --strict --recursive "${sources[@]}" || status=1
else
  complain "swift is missing, so the layout was not checked"
fi

# Each C module is imported by one target (Display spreads over folders), and always internally.
while read -r module owner; do
  while IFS=: read -r file _ line; do
    case $file in "$owner"*) ;; *) complain "$file imports $module, which belongs to $owner" ;; esac
    case $line in
      "import "* | "public import "* | "package import "*) complain "$file: '$line' must be 'internal import'" ;;
    esac
  done < <(grep -rnE "^(@[a-zA-Z_]+ )*([a-z]+ )?import $module$" --include='*.swift' Sources)
done <<'OWNERS'
CZMQ Sources/ZMQShim/
CSodium Sources/Kernel/Wire/
CDNNL Sources/CAMRuntime/
CMemory Sources/CAMRuntime/
CPNG Sources/Display/
CJPEG Sources/Display/
CWebP Sources/Display/
CCairo Sources/Display/
CHDF5 Sources/ModelIO/
CZlib Sources/ModelIO/
CCurl Sources/ModelIO/
OWNERS

# Product code does without Foundation, and rooms know only those below them.
forbid() { # forbid FOLDER MODULES...
  local folder=$1 module
  shift
  for module in "$@"; do
    grep -rlE "^([a-z]+ )?import $module$" --include='*.swift' "Sources/$folder" 2>/dev/null | while read -r file; do
      echo "lint: $file must not import $module" >&2
    done
    ! grep -rqE "^([a-z]+ )?import $module$" --include='*.swift' "Sources/$folder" 2>/dev/null || status=1
  done
}
for room in ZMQShim ModelIO CAMRuntime Display Kernel camkernel; do forbid $room Foundation; done
forbid ZMQShim ModelIO CAMRuntime Display Kernel
forbid ModelIO ZMQShim CAMRuntime Display Kernel CDNNL
forbid CAMRuntime ZMQShim Display Kernel
forbid Display ZMQShim ModelIO CAMRuntime Kernel

# Files stay small; generated tables are named so.
while read -r lines file; do
  case $file in total | *Tables.swift | *KernelspecFiles.swift) continue ;; esac
  [ "$lines" -le 400 ] || complain "$file has $lines lines, 400 is the most"
done < <(git ls-files '*.swift' '*.c' '*.h' '*.py' | xargs wc -l)

python3 Scripts/make-kernelspec.py --check ||
  complain "the program holds another kernelspec than kernelspec/: run Scripts/make-kernelspec.py"

# Language/ stands alone, Wire/ with the seam that it serves.
flags=(-swift-version 6 -enable-upcoming-feature ExistentialAny -enable-upcoming-feature InternalImportsByDefault
  -enable-upcoming-feature MemberImportVisibility -package-name camkernel)
swiftc -typecheck "${flags[@]}" Sources/Kernel/Language/*.swift || complain "Sources/Kernel/Language does not stand alone"
swiftc -typecheck "${flags[@]}" -I Sources/CSodium Sources/Kernel/Session/{Interpreter,Output,CommTarget}.swift \
  $(find Sources/Kernel/Wire -name '*.swift') || complain "Sources/Kernel/Wire does not stand alone"
# The fuzzers link chosen files of the kernel: they must stand together, whatever moves.
swiftc -typecheck "${flags[@]}" -I Sources/CSodium -I Sources/CLinux $(find -L Fuzz/Sources/Kernel -name '*.swift') ||
  complain "the fuzzers do not find what they need: link it into Fuzz/Sources/Kernel"

# No words that mark unfinished work.
if git grep -nwE 'TODO|FIXME|XXX|HACK' -- '*.swift' '*.py' '*.sh' '*.md' ':!Scripts/lint.sh' ':!STYLE.md' >&2; then
  complain "unfinished work is marked above"
fi
[ $status -ne 0 ] || say "lint: clean"
exit $status

#!/usr/bin/env bash
# The project on a Debian that has nothing but Swift, gcc, git and Python: test-fresh.sh [bookworm|trixie] [COMMAND]
# Runs 'make test' (or COMMAND) there in a clone of what is committed here, in a folder of its own under outputs/fresh.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/say.sh"

suite=${1:-bookworm}
command=${2:-make test}
[ "$(id -u)" -eq 0 ] || fail "a system in a folder needs root's rights: run this as root"
Scripts/need-swift.sh
Scripts/need-packages.sh debootstrap
system=$root/outputs/fresh/$suite
toolchain=$(dirname "$(dirname "$(readlink -f "$(command -v swift)")")")

if [ ! -e "$system/made" ]; then
  say "$suite into $system"
  rm -rf "$system"
  mkdir -p "$system"
  debootstrap --variant=minbase --include=gcc,g++,make,git,python3,ca-certificates,tzdata,curl,libxml2,libedit2,libsqlite3-0,libncurses6 \
    "$suite" "$system" >"$root/outputs/fresh/$suite.log" || fail "debootstrap failed, see outputs/fresh/$suite.log"
  touch "$system/made"
fi
rm -rf "$system/root/camkernel"
git clone --quiet "$root" "$system/root/camkernel"

say "$command in $suite"
export system toolchain command
# A private space of mounts: they go with it. The certificates are this machine's, for networks that sign anew.
exec unshare --mount --propagation private bash -euc '
  for place in proc sys dev; do mount --rbind /$place "$system/$place"; done
  mkdir -p "$system/opt/swift"
  mount --bind -o ro "$toolchain" "$system/opt/swift"
  cp /etc/resolv.conf /etc/hosts "$system/etc/"
  mount --bind -o ro /etc/ssl/certs "$system/etc/ssl/certs"
  certificates=/etc/ssl/certs/ca-certificates.crt
  exec chroot "$system" /usr/bin/env -i HOME=/root LANG=C.UTF-8 PIP_CERT=$certificates SSL_CERT_FILE=$certificates \
    PATH=/opt/swift/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    bash -c "cd /root/camkernel && $command"'

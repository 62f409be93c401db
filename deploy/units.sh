#!/bin/sh
# Puts the two units in place, and one file of the owner's as a drop-in of both; a part of deploy/install.sh.
# With DESTDIR below a folder.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
etc=${ETC:-/etc/optimizer}
units=${UNITS:-/etc/systemd/system}
dest=${DESTDIR:-}

mkdir -p "$dest$etc" "$dest$units"
if [ ! -e "$dest$etc/service.conf" ]; then cp "$here/systemd/service.conf" "$dest$etc/service.conf"; fi
for unit in optimizer.service optimizer-release.service; do
    cp "$here/systemd/$unit" "$dest$units/$unit"
    mkdir -p "$dest$units/$unit.d"
    ln -sf -- "$etc/service.conf" "$dest$units/$unit.d/owner.conf"
done

# From 254 on, systemd sets off OnSuccess= and OnFailure= before each restart unless it is told not to. Older versions
# do not know the setting; there, ExecCondition= of optimizer-release.service sees the restart.
version=$(systemctl --version 2>/dev/null | sed -n '1s/^systemd \([0-9]*\).*/\1/p')
if [ "${version:-0}" -ge 254 ]; then
    printf '[Service]\nRestartMode=direct\n' >"$dest$units/optimizer.service.d/restart.conf"
fi

#!/bin/sh
# Installs the optimizer as a systemd service on Raspberry Pi OS (64 bit), Debian 12 or later, and their kin:
#
#   sudo sh deploy/install.sh
#
# It makes /opt/optimizer (its own Python environment, from the locked and hashed versions), /etc/optimizer with
# an example to edit, and the units. Started again it updates the program and touches nothing in /etc/optimizer.
# The service is neither enabled nor started: that is the owner's, once `optimizer check` is content.
# With DESTDIR it puts all of this below a folder, as deploy/build-deb.sh needs it.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
prefix=${PREFIX:-/opt/optimizer}
etc=${ETC:-/etc/optimizer}
units=${UNITS:-/etc/systemd/system}
dest=${DESTDIR:-}

die() {
    printf 'install: %s\n' "$*" >&2
    exit 1
}

[ -w "$dest$(dirname -- "$prefix")" ] || die "$prefix cannot be written; start it with sudo."

python=''
for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
[ -n "$python" ] || die "Python >= 3.11 not found; Debian 12 (bookworm) has it: apt install python3 python3-venv"
"$python" -c 'import ensurepip' 2>/dev/null || die "Python lacks its venv module: apt install python3-venv"

# Built beside the old one and swapped in at the end: an update that fails leaves the running program whole.
new=$dest$prefix.new
rm -rf -- "$new"
"$python" -m venv --copies "$new"
pip() { "$new/bin/python" -m pip --disable-pip-version-check --no-input "$@"; }
# The locked pip comes first and resolves nothing, so a later release of a package changes nothing here.
for file in pip run; do
    pip install --quiet --no-deps --require-hashes -r "$root/requirements/$file.txt"
done
pip install --quiet --no-deps --no-build-isolation --no-index "$root"
missing=$(pip check) || die "the locked packages do not fit this Python: $missing"
# An environment knows its own path; scripts are made to name the one it is about to have.
for script in "$new"/bin/*; do
    [ -L "$script" ] || [ ! -f "$script" ] || ! head -c 2 "$script" | grep -q '#!' || sed -i "1s|$new|$prefix|" "$script"
done
sed -i "s|$new|$prefix|" "$new/pyvenv.cfg"
mkdir -p "$new/share"
cp "$root/README.md" "$root/LICENSE" "$new/share/"
rm -rf -- "$dest$prefix.old"
[ ! -d "$dest$prefix" ] || mv -- "$dest$prefix" "$dest$prefix.old"
mv -- "$new" "$dest$prefix"
rm -rf -- "$dest$prefix.old"
"$dest$prefix/bin/python" -P -m optimizer version

mkdir -p "$dest$etc/secrets"
chmod 0700 "$dest$etc/secrets"
if [ ! -e "$dest$etc/site.yaml" ]; then
    cp "$root/site.example.yaml" "$dest$etc/site.yaml"
    # The folder that systemd gives the service, said here so that commands started by hand use it too.
    printf '\nstate_dir: /var/lib/optimizer\n' >>"$dest$etc/site.yaml"
fi
if [ ! -e "$dest$etc/rules" ]; then cp -R "$root/rules" "$dest$etc/rules"; fi
mkdir -p "$dest$etc/schema" # what an editor checks them by, of this version
cp "$root/schema/rules.schema.json" "$dest$etc/schema/"

DESTDIR=$dest ETC=$etc UNITS=$units sh "$root/deploy/units.sh"
if [ -n "$dest" ]; then exit 0; fi
if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi

cat <<NEXT

Installed. Now:
  1. edit $etc/site.yaml (addresses, fuse, wiring) and, if you like, $etc/rules
  2. $prefix/bin/optimizer check --config $etc/site.yaml
  3. sudo $prefix/bin/optimizer run --config $etc/site.yaml --observe    (watch it decide; it writes to no device)
  4. sudo systemctl enable --now optimizer

Secrets for the service are named in $etc/service.conf.
NEXT

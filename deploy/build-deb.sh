#!/bin/sh
# Builds a Debian package for this release of Debian and this architecture, with Debian's own dpkg-deb:
#
#   sh deploy/build-deb.sh [FOLDER]        FOLDER/optimizer_VERSION_ARCH.deb, by default in dist/
#
# It stages what deploy/install.sh installs, with Debian's Python and the locked and hashed wheels, and adds
# deploy/debian. Two builds of one commit on one Debian release are the same, byte for byte. It needs no root.
set -eu
umask 022
LC_ALL=C
PYTHONHASHSEED=0
export LC_ALL PYTHONHASHSEED

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
out=${1:-$root/dist}
python=/usr/bin/python3

die() {
    printf 'build-deb: %s\n' "$*" >&2
    exit 1
}

command -v dpkg-deb >/dev/null || die "dpkg-deb is missing. Build on Debian 12 or later, or on Raspberry Pi OS."
[ -x "$python" ] || die "$python is missing: apt install python3 python3-venv"
command -v systemctl >/dev/null || die "systemctl is missing, whose version decides on a setting of the units: apt install systemd"
minor=$("$python" -c 'import sys; print(sys.version_info[1])')
if [ -z "${SOURCE_DATE_EPOCH:-}" ]; then
    SOURCE_DATE_EPOCH=$(git -C "$root" log -1 --format=%ct) || die "not a git checkout: set SOURCE_DATE_EPOCH"
fi
export SOURCE_DATE_EPOCH
number=$(sed -n 's/^__version__ = "\(.*\)"$/\1/p' "$root/optimizer/__init__.py")
[ -n "$number" ] || die "optimizer/__init__.py names no version"
# The wheels are those of one Python. A later Debian has a later one, and so a later version of the package.
version=$number+py3.$minor
arch=$(dpkg --print-architecture)

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
stage=$work/stage
mkdir -p "$stage/opt"
# Only Debian's programs: the environment is that of /usr/bin/python3 on the other machine.
PATH=/usr/bin:/bin DESTDIR=$stage UNITS=/usr/lib/systemd/system sh "$root/deploy/install.sh" >"$work/log" 2>&1 ||
    die "$(cat "$work/log")"

prefix=$stage/opt/optimizer
"$prefix/bin/python" -m pip uninstall --yes --quiet --root-user-action=ignore \
    editables hatchling pathspec pluggy tomlkit trove-classifiers pip
find "$prefix/bin" -name 'python*' -exec rm -- {} +
rm -f -- "$prefix"/bin/[Aa]ctivate*
for name in python python3; do ln -s "/usr/bin/python3.$minor" "$prefix/bin/$name"; done
# What names the folder of the build, and the checksums of such files.
find "$prefix" -name __pycache__ -prune -exec rm -rf -- {} +
find "$prefix" -name direct_url.json -delete
find "$prefix" -path '*.dist-info/RECORD' -exec sed -i '/direct_url\.json,/d; /__pycache__/d; s|^\(\.\./.*/bin/[^,]*\),.*|\1,,|' {} +
sed -i '/^command = /d' "$prefix/pyvenv.cfg"
"/usr/bin/python3.$minor" -m compileall -q --invalidation-mode unchecked-hash -s "$stage" "$prefix/lib"
if grep -rlF -- "$work" "$stage"; then die "these files name the folder of the build"; fi

# The owner writes site.yaml; the package brings the example, and the schema of its version for editors.
mv -- "$stage/etc/optimizer/site.yaml" "$prefix/share/site.example.yaml"
mkdir -p "$prefix/share/schema" "$stage/usr/bin" "$stage/usr/share/doc/optimizer" "$stage/DEBIAN"
mv -- "$stage/etc/optimizer/schema/rules.schema.json" "$prefix/share/schema/"
rmdir "$stage/etc/optimizer/schema"
ln -s /opt/optimizer/share/schema "$stage/etc/optimizer/schema"
ln -s /opt/optimizer/bin/optimizer "$stage/usr/bin/optimizer"
cp "$root/LICENSE" "$stage/usr/share/doc/optimizer/copyright"

sed -e "s/@VERSION@/$version/; s/@ARCH@/$arch/; s/@MINOR@/$minor/g; s/@NEXT@/$((minor + 1))/" \
    -e "s/@SIZE@/$(du -sk --apparent-size "$stage" | cut -f1)/" "$root/deploy/debian/control" >"$stage/DEBIAN/control"
(cd "$stage" && find etc/optimizer -type f | sort | sed 's|^|/|') >"$stage/DEBIAN/conffiles"
(cd "$stage" && find . -path ./DEBIAN -prune -o -type f -print | sed 's|^\./||' | sort | xargs -d '\n' md5sum) \
    >"$stage/DEBIAN/md5sums"
for script in preinst postinst prerm postrm; do
    install -m 0755 "$root/deploy/debian/$script" "$stage/DEBIAN/$script"
done
chmod 0755 "$stage"
find "$stage" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +

mkdir -p "$out"
deb=$out/optimizer_${version}_$arch.deb
dpkg-deb --root-owner-group -Zxz --build "$stage" "$deb" >/dev/null
printf '%s\n' "$deb"

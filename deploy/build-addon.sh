#!/bin/sh
# Puts the add-on of Home Assistant together with the program, as a folder that the supervisor can build:
#
#   sh deploy/build-addon.sh [FOLDER]      FOLDER is by default dist/home-assistant
#
# Copy FOLDER/optimizer into the folder /addons of Home Assistant, or publish FOLDER as a git repository of its own.
set -eu
umask 022

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
out=${1:-$root/dist/home-assistant}

if [ -e "$out" ]; then
    printf 'build-addon: %s is there already. Remove it, or name another folder.\n' "$out" >&2
    exit 1
fi
mkdir -p "$(dirname -- "$out")"
cp -R "$root/deploy/home-assistant" "$out"
source=$out/optimizer/source
mkdir -p "$source/requirements"
cp "$root/requirements/pip.txt" "$root/requirements/run.txt" "$source/requirements/"
for name in optimizer rules schema pyproject.toml README.md LICENSE site.example.yaml; do
    cp -R "$root/$name" "$source/$name"
done
find "$out" -name __pycache__ -prune -exec rm -rf -- {} +
cp "$root/optimizer/serve/web/static/icon-192.png" "$out/optimizer/icon.png"
cp "$root/CHANGELOG.md" "$out/optimizer/CHANGELOG.md"
printf '%s\n' "$out"

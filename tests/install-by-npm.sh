#!/bin/sh
# Put what only tests use and only npm has into the folder given; say why where that cannot be.
# The tests that need it are skipped then; nothing of the product uses it.
# Usage: install-by-npm.sh FOLDER PACKAGE@VERSION…
folder=$1
shift
mkdir -p "$folder"
for package in "$@"; do
    if [ -e "$folder/node_modules/${package%@*}" ]; then continue; fi
    if ! command -v npm >/dev/null; then
        echo "Without npm, $package is not here: its tests are skipped."
        continue
    fi
    if ! said=$(npm install --prefix "$folder" --no-audit --no-fund --loglevel=error \
            --fetch-retries=1 --fetch-timeout=20000 "$package" 2>&1); then
        echo "npm could not get $package (its tests are skipped): $(echo "$said" | tail -1)"
    fi
done

#!/bin/sh
# Put Stripe's own command line into the folder given, by npm; say why where that cannot be.
# The tests that need it are skipped then; nothing of the product uses it.
version=1.52.0
if [ -x "$1/node_modules/.bin/stripe" ]; then exit 0; fi
if ! command -v npm >/dev/null; then
    echo "Without npm, Stripe's own command line does not try the simulator (30 tests skipped)."
    exit 0
fi
mkdir -p "$1"
if ! said=$(npm install --prefix "$1" --no-save --no-audit --no-fund --loglevel=error \
        --fetch-retries=1 --fetch-timeout=20000 "@stripe/cli@$version" 2>&1); then
    echo "npm could not get @stripe/cli@$version (30 tests skipped): $(echo "$said" | tail -1)"
fi

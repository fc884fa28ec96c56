#!/bin/sh
# Print the path of a Chromium; install Debian's where we may; else say exactly how.
for name in chromium chromium-browser google-chrome; do
    if command -v "$name"; then exit 0; fi
done
mac="/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
if [ -x "$mac" ]; then echo "$mac"; exit 0; fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing Chromium for the browser journeys …" >&2
    apt-get update -qq >&2 && apt-get install -y -qq chromium >/dev/null 2>&1
    if command -v chromium; then exit 0; fi
fi
echo "The browser journeys need Chromium. On Debian or Ubuntu: sudo apt-get install chromium" >&2
exit 1

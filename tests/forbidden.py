"""Scan what is tracked for secrets, machine paths and registry addresses. Run by `make check`."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent

FORBIDDEN = {
    "a live Stripe key": re.compile(r"\b[sr]k_live_[0-9A-Za-z]{8,}"),
    "a Stripe test key of a real account": re.compile(r"\bsk_test_[0-9A-Za-z]{40,}"),
    "a webhook secret": re.compile(r"\bwhsec_[0-9A-Za-z]{24,}"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "a cloud key": re.compile(r"\bAKIA[0-9A-Z]{16}\b"),
    "a path of one machine": re.compile(r"(?<![\w.])/(?:home|root|work|Users)/\w"),
    "a social security number": re.compile(r"\b(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}\b"),
}
IN_LOCKS = {"an address in a lock file": re.compile(r"https?://|file:")}
BINARY_ALLOWED = {".png", ".woff2"}


def main() -> int:
    """Print each finding; exit 1 when there is one."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    findings = [
        finding
        for name in listed.stdout.decode().split("\0")
        if name and (ROOT / name).is_file()
        for finding in scan(name)
    ]
    print("\n".join(findings) or "Nothing forbidden is tracked.")  # noqa: T201 — a command's answer
    return 1 if findings else 0


def scan(name: str) -> list[str]:
    """What is forbidden in one file, each with its line."""
    path = ROOT / name
    content = path.read_bytes()
    if b"\0" in content:
        return [] if path.suffix in BINARY_ALLOWED else [f"{name}: a binary file"]
    rules = FORBIDDEN | (IN_LOCKS if name.startswith("requirements/") else {})
    return [
        f"{name}:{number}: {what}"
        for number, line in enumerate(content.decode(errors="replace").splitlines(), start=1)
        for what, pattern in rules.items()
        if pattern.search(line)
    ]


if __name__ == "__main__":
    sys.exit(main())

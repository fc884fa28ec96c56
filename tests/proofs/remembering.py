"""What `make proof` has proven of this very code: an interrupted run goes on where it stood.

Kept in pytest's cache, piece by piece, under a digest of all code that a proof could depend on.
"""

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

import pytest

_ROOT: Final = Path(__file__).parents[2]
_CODE: Final = ("portal", "migrations", "tests/contracts", "tests/payments", "tests/proofs")

Counts = dict[str, int]


@cache
def digest_of_code() -> str:
    """Another one as soon as a line of it is another one."""
    digest = hashlib.sha256()
    for folder in _CODE:
        for path in sorted((_ROOT / folder).rglob("*.py")):
            digest.update(path.relative_to(_ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def recall(config: pytest.Config, nodeid: str) -> Counts | None:
    """What a piece counted when this code passed it; None when it has not yet."""
    cache_ = _cache(config)
    kept = cache_.get(_key(nodeid), None) if cache_ else None
    return kept["counts"] if kept and kept["code"] == digest_of_code() else None


def remember(config: pytest.Config, nodeid: str, counts: Counts) -> None:
    """It passed."""
    if (cache_ := _cache(config)) is not None:
        cache_.set(_key(nodeid), {"code": digest_of_code(), "counts": counts})


def _key(nodeid: str) -> str:
    return f"proofs/{hashlib.sha256(nodeid.encode()).hexdigest()[:32]}"


def _cache(config: pytest.Config) -> pytest.Cache | None:
    """None where pytest was told to keep nothing."""
    kept: pytest.Cache | None = getattr(config, "cache", None)
    return kept

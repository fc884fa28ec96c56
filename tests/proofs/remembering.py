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
_PAGES: Final = ("templates", "static", "translations", "tests/web")
_OF_PAGES: Final = "test_accessible.py"
"""The proof that depends on these, too."""

Counts = dict[str, int]


@cache
def digest_of_code(*, with_pages: bool = False) -> str:
    """Another one as soon as a line of it is another one; ``with_pages``, or of what is drawn."""
    paths = [path for folder in _CODE for path in (_ROOT / folder).rglob("*.py")]
    if with_pages:
        paths += [path for folder in _PAGES for path in (_ROOT / folder).rglob("*.*")]
    digest = hashlib.sha256()
    for path in sorted(paths):
        if path.is_file() and path.suffix not in (".pyc", ".mo"):
            digest.update(path.relative_to(_ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def recall(config: pytest.Config, nodeid: str) -> Counts | None:
    """What a piece counted when this code passed it; None when it has not yet."""
    cache_ = _cache(config)
    kept = cache_.get(_key(nodeid), None) if cache_ else None
    return kept["counts"] if kept and kept["code"] == _digest_for(nodeid) else None


def remember(config: pytest.Config, nodeid: str, counts: Counts) -> None:
    """It passed."""
    if (cache_ := _cache(config)) is not None:
        cache_.set(_key(nodeid), {"code": _digest_for(nodeid), "counts": counts})


def _digest_for(nodeid: str) -> str:
    return digest_of_code(with_pages=_OF_PAGES in nodeid)


def _key(nodeid: str) -> str:
    return f"proofs/{hashlib.sha256(nodeid.encode()).hexdigest()[:32]}"


def _cache(config: pytest.Config) -> pytest.Cache | None:
    """None where pytest was told to keep nothing."""
    kept: pytest.Cache | None = getattr(config, "cache", None)
    return kept

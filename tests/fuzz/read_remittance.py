"""Looks for a file that breaks the 835 reader, for as long as you let it. No test runs this.

It needs atheris (``pip install atheris`` in an environment of its own, from the root folder):

    PYTHONPATH=. python tests/fuzz/read_remittance.py -max_total_time=3300 corpus/

``corpus/`` holds some small 835 files to begin with and receives what reaches new code. What is
found stays behind as ``crash-…``: make it a test in ``tests/remittances`` before you mend it.
"""

import sys

import atheris  # type: ignore[import-untyped,import-not-found,unused-ignore] # no dependency

with atheris.instrument_imports(include=["portal"]):
    from tests.remittances.sane_reading import reading_of

_SIZES = (1, 7, 107, 4_096)


def read_one(data: bytes) -> None:
    """Raises whatever is no law of reading, and nothing else."""
    size = _SIZES[len(data) % len(_SIZES)] if len(data) < _SIZES[-1] else 0
    reading_of(data, read_size=size)


if __name__ == "__main__":
    atheris.Setup(sys.argv, read_one)
    atheris.Fuzz()

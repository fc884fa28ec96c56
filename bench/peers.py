"""For the record: what other readers of 835s take for the same file, beside the floor and ours.

They live in .venv-bench (`make bench-peers`). pyx12's full validation would take minutes on the
large file, so it reads one a twentieth of the size, and is held against the floor's rate.
"""

import tempfile
from collections.abc import Mapping
from importlib.metadata import distributions
from pathlib import Path

from bench.large_file import MIDDLE_LINES, LargeFile, write_large_file
from bench.measuring import Figures, print_result, run_alone, take_turns
from bench.read_remittance import reading

ROUNDS = 3
ON_LARGE_FILE = ("oxedi_stream", "oxedi_parse_file", "pyx12_segments", "edi_835_parser")
ON_MIDDLE_FILE = ("pyx12_document",)

_PEERS = Path(__file__).parent.parent / ".venv-bench"
_PYTHON = _PEERS / "bin" / "python"


def main() -> None:
    """Print one JSON line, or why there are no figures."""
    if not _PYTHON.exists():
        print("peers: skipped, for no other readers are installed; `make bench-peers` does.")
        return
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
        large = write_large_file(Path(folder))
        middle = write_large_file(Path(folder), lines=MIDDLE_LINES)
        taken = take_turns(
            {name: reading(name, large.path) for name in ("floor", "ours")}
            | {name: lambda name=name: _peer(name, large) for name in ON_LARGE_FILE}
            | {name: lambda name=name: _peer(name, middle) for name in ON_MIDDLE_FILE},
            rounds=ROUNDS,
        )
        files = dict.fromkeys(taken, large) | dict.fromkeys(ON_MIDDLE_FILE, middle)
        floor_rate = large.megabytes / taken["floor"]["cpu_seconds"]
        print_result(
            "peers",
            {
                "file": large.written_by,
                "megabytes": large.megabytes,
                "rounds": ROUNDS,
                "versions": _versions(),
                "readers": {
                    name: _row(figures, files[name], floor_rate) for name, figures in taken.items()
                },
            },
        )


def _peer(name: str, file: LargeFile) -> Figures:
    return run_alone(["-m", "bench.peer_readers", name, str(file.path)], python=str(_PYTHON))


def _row(figures: Figures, file: LargeFile, floor_rate: float) -> Mapping[str, float]:
    rate = file.megabytes / figures["cpu_seconds"]
    return {
        "megabytes": file.megabytes,
        "cpu_seconds": figures["cpu_seconds"],
        "megabytes_a_second": round(rate, 2),
        "ratio": round(floor_rate / rate, 2),
        "peak_mb": figures["peak_mb"],
    }


def _versions() -> Mapping[str, str]:
    packages = [str(path) for path in _PEERS.glob("lib/python*/site-packages")]
    named = {"oxedi", "pyx12", "edi-835-parser"}
    return {
        one.name: one.version
        for one in sorted(distributions(path=packages), key=lambda one: one.name)
        if one.name in named
    }


if __name__ == "__main__":
    main()

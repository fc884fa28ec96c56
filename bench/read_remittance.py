"""How fast and in how much memory `era check` reads a large remittance, beside bench/floor_reader.

Aims: at most 1.5 times the floor's CPU, at most 48 MB.
"""

import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from bench.floor_reader import read_sums
from bench.large_file import write_large_file
from bench.measuring import Figures, print_result, run_alone, take_turns
from portal.remittances.check import check_file

ROUNDS = 7
_READERS = {"floor": "floor_reader", "ours": "our_reader"}


def main() -> None:
    """Print one JSON line."""
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
        large = write_large_file(Path(folder))
        sums = same_sums(large.path)
        taken = take_turns(
            {name: reading(name, large.path) for name in ("floor", "ours")}, rounds=ROUNDS
        )
        floor, ours = taken["floor"], taken["ours"]
        print_result(
            "read_remittance",
            {
                "file": large.written_by,
                "megabytes": large.megabytes,
                "claims": sums["claims"],
                "service_lines": sums["service_lines"],
                "cpu_seconds": ours["cpu_seconds"],
                "floor_cpu_seconds": floor["cpu_seconds"],
                "ratio": round(ours["cpu_seconds"] / floor["cpu_seconds"], 2),
                "peak_mb": ours["peak_mb"],
                "floor_peak_mb": floor["peak_mb"],
                "rounds": ROUNDS,
            },
        )


def reading(name: str, path: Path) -> Callable[[], Figures]:
    """One reading by ``floor`` or ``ours``, in a process of its own."""
    return lambda: run_alone(["-m", f"bench.{_READERS[name]}", str(path)])


def same_sums(path: Path) -> dict[str, int]:
    """The floor's sums. Raises ValueError where ours differ: then it does not do the same work."""
    sums, checked = asdict(read_sums(path)), check_file(path).as_json()
    if any(checked[name] != value for name, value in sums.items()):
        raise ValueError(f"{sums} is not what the portal reads: {checked}")
    return sums


if __name__ == "__main__":
    main()

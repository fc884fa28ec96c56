"""What posting a small remittance costs in a database that holds ten million postings already.

Aim: at most 1.2 times what it costs in an empty one.
"""

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.database import Server, running_server
from bench.filled_books import count_rows, fill
from bench.large_file import claims_file
from bench.measuring import Figures, medians, print_result
from bench.post_remittance import import_into, import_into_empty

POSTINGS = 10_000_000
ROUNDS = 3
CLAIMS = 1_000
SEED_CLAIMS = 5_000  # imported, and copied until there are postings enough


def main() -> None:
    """Print one JSON line."""
    options = _options()
    with _home(options.home) as home, running_server(home) as server:
        name = f"filled_{options.postings}"
        if not server.has(name):
            _fill(server, name, postings=options.postings)
        server.migrate(name)
        before = {table: count_rows(server, name, table) for table in ("postings", "claims")}
        empty, filled = [], []
        for file in _new_files(server, name, home):
            empty.append(import_into_empty(server, file))
            filled.append(import_into(server, name, file))
        _print(before, empty, filled)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postings", type=int, default=POSTINGS, help="at least so many")
    parser.add_argument("--home", type=Path, help="keep the filled database there for other runs")
    return parser.parse_args()


@contextmanager
def _home(kept: Path | None) -> Iterator[Path]:
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept.absolute()
        return
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
        yield Path(folder)


def _fill(server: Server, name: str, *, postings: int) -> None:
    """Under another name until it is whole."""
    unfinished = f"{name}_unfinished"
    server.drop(unfinished)
    server.make(unfinished)
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
        seed = Path(folder) / "seed.835"
        seed.write_text(claims_file(SEED_CLAIMS, prefix="S", control=1), encoding="ascii")
        import_into(server, unfinished, seed)
    fill(server, unfinished, postings=postings)
    server.rename(unfinished, name)


def _new_files(server: Server, name: str, home: Path) -> Iterator[Path]:
    """Files that the filled database has not seen, also when it was kept."""
    seen = count_rows(server, name, "remittance_files")
    for number in range(seen, seen + ROUNDS):
        path = home / "new.835"
        path.write_text(claims_file(CLAIMS, prefix=f"N{number}X", control=1 + number))
        yield path


def _print(before: dict[str, int], empty: Sequence[Figures], filled: Sequence[Figures]) -> None:
    ours, floor = medians(filled), medians(empty)
    cpu, floor_cpu = (one["cpu_seconds"] + one["server_cpu_seconds"] for one in (ours, floor))
    print_result(
        "growth",
        {
            "postings_before": before["postings"],
            "claims_before": before["claims"],
            "claims": CLAIMS,
            "wall_seconds": ours["wall_seconds"],
            "floor_wall_seconds": floor["wall_seconds"],
            "ratio": round(ours["wall_seconds"] / floor["wall_seconds"], 2),
            "cpu_seconds": round(cpu, 3),
            "floor_cpu_seconds": round(floor_cpu, 3),
            "cpu_ratio": round(cpu / floor_cpu, 2),
            "server_cpu_seconds": ours["server_cpu_seconds"],
            "floor_server_cpu_seconds": floor["server_cpu_seconds"],
            "rounds": ROUNDS,
        },
    )


if __name__ == "__main__":
    main()

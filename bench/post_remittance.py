"""How fast a large remittance is posted into an empty database, beside COPY of the very same rows.

The floor writes what the import wrote into the same tables of another empty database, with their
keys, foreign keys and triggers, as the loader, in one transaction, one COPY a table.
Aims: at most twice the floor, 1,000 claims a second, as much memory for 100 MB as for 25.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.copying_rows import BARE_SCHEMA, export_rows, make_bare_tables
from bench.database import Server, running_server
from bench.floor_reader import read_sums
from bench.large_file import LARGE_LINES, LargeFile, write_large_file
from bench.measuring import Figures, print_result, run_alone, take_turns
from portal.db import SCHEMA
from portal.schema import APP, LOADER

ROUNDS = 3
LARGEST_LINES = 4 * LARGE_LINES


def main() -> None:
    """Print one JSON line."""
    with (
        tempfile.TemporaryDirectory(prefix="portal-bench-") as folder,
        running_server(Path(folder) / "home") as server,
    ):
        large = write_large_file(Path(folder))
        rows = Path(folder) / "rows"
        rows.mkdir()
        counts = _import_and_export(server, large, rows)
        taken = take_turns(
            {
                "floor": lambda: _copy(server, rows, schema=SCHEMA),
                "ours": lambda: import_into_empty(server, large.path),
                "bare": lambda: _copy(server, rows, schema=BARE_SCHEMA),
            },
            rounds=ROUNDS,
        )
        largest = write_large_file(Path(folder), lines=LARGEST_LINES)
        of_largest = import_into_empty(server, largest.path)
        _print(large, counts, taken, largest, of_largest)


def import_into_empty(server: Server, file: Path) -> Figures:
    """One import into a database of its own."""
    with server.database("ours") as name:
        return import_into(server, name, file)


def import_into(server: Server, name: str, file: Path) -> Figures:
    """One import in a process of its own."""
    urls = server.url(APP, name), server.url(LOADER, name)
    return _with_server(server, lambda: run_alone(["-m", "bench.importing_once", *urls, str(file)]))


def _copy(server: Server, rows: Path, *, schema: str) -> Figures:
    with server.database("floor") as name:
        with server.connect("postgres", name) as admin:
            role = LOADER
            if schema == BARE_SCHEMA:
                role = "postgres"
                make_bare_tables(admin)
        url = server.url(role, name).replace("+psycopg", "", 1)
        return _with_server(
            server, lambda: run_alone(["-m", "bench.copying_rows", url, str(rows), schema])
        )


def _with_server(server: Server, run: Callable[[], Figures]) -> Figures:
    before = server.cpu_seconds()
    figures = run()
    return figures | {"server_cpu_seconds": server.cpu_seconds() - before}


def _import_and_export(server: Server, large: LargeFile, rows: Path) -> dict[str, int]:
    with server.database("source") as name:
        import_into(server, name, large.path)
        with server.connect("postgres", name) as admin:
            return export_rows(admin, rows)


def _print(
    large: LargeFile,
    counts: dict[str, int],
    taken: dict[str, Figures],
    largest: LargeFile,
    of_largest: Figures,
) -> None:
    claims = read_sums(large.path).claims
    ours, floor, bare = (taken[name]["wall_seconds"] for name in ("ours", "floor", "bare"))
    cpu = {
        name: figures["cpu_seconds"] + figures["server_cpu_seconds"]
        for name, figures in taken.items()
    }
    print_result(
        "post_remittance",
        {
            "file": large.written_by,
            "megabytes": large.megabytes,
            "claims": claims,
            "rows": sum(counts.values()),
            "postings": counts["postings"],
            "wall_seconds": ours,
            "floor_wall_seconds": floor,
            "bare_wall_seconds": bare,
            "ratio": round(ours / floor, 2),
            "ratio_to_bare": round(ours / bare, 2),
            "cpu_ratio": round(cpu["ours"] / cpu["floor"], 2),
            "claims_a_second": round(claims / ours),
            "client_cpu_seconds": taken["ours"]["cpu_seconds"],
            "server_cpu_seconds": taken["ours"]["server_cpu_seconds"],
            "floor_client_cpu_seconds": taken["floor"]["cpu_seconds"],
            "floor_server_cpu_seconds": taken["floor"]["server_cpu_seconds"],
            "peak_mb": taken["ours"]["peak_mb"],
            "largest_megabytes": largest.megabytes,
            "largest_wall_seconds": round(of_largest["wall_seconds"], 1),
            "largest_peak_mb": of_largest["peak_mb"],
            "rounds": ROUNDS,
        },
    )


if __name__ == "__main__":
    main()

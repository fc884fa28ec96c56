"""How fast `era check` reads a large remittance, beside a floor that only splits and adds.

The floor reads the same file in blocks, splits segments and elements, and turns the amounts of CLP,
SVC and CAS into cents: what any reader must do, without findings, names or values.
"""

import json
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from portal.demo.people import BLUE_HORIZON
from portal.demo.remittance_writer import Cut, DemoClaim, DemoLine, write_remittance
from portal.domain.money import parse_amount
from portal.remittances.check import check_file

CLAIMS = 20_000
RUNS = 5
BLOCK = 1 << 20


def main() -> None:
    """Print one JSON line: medians of CPU seconds, their ratio, peak memory."""
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
        path = Path(folder) / "large.835"
        path.write_text(_remittance(), encoding="ascii")
        ours = _median_cpu_seconds(lambda: check_file(path))
        floor = _median_cpu_seconds(lambda: _floor(path))
        figures = {
            "bench": "read_remittance",
            "claims": CLAIMS,
            "megabytes": round(path.stat().st_size / 1e6, 1),
            "cpu_seconds": round(ours, 3),
            "floor_cpu_seconds": round(floor, 3),
            "ratio": round(ours / floor, 2),
            "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            "runs": RUNS,
            "python": sys.version.split()[0],
        }
    print(json.dumps(figures))


def _median_cpu_seconds(work: Callable[[], object]) -> float:
    seconds = []
    for _ in range(RUNS):
        before = time.process_time()
        work()
        seconds.append(time.process_time() - before)
    return statistics.median(seconds)


def _floor(path: Path) -> int:
    total, rest = 0, ""
    with path.open(encoding="ascii") as stream:
        while block := stream.read(BLOCK):
            *segments, rest = (rest + block).split("~")
            for segment in segments:
                elements = segment.strip().split("*")
                match elements[0]:
                    case "CLP":
                        total += parse_amount(elements[3]) - parse_amount(elements[4])
                    case "SVC":
                        total += parse_amount(elements[2]) - parse_amount(elements[3])
                    case "CAS":
                        total -= sum(parse_amount(amount) for amount in elements[3::3])
    return total


def _remittance() -> str:
    lines = (
        DemoLine("99213", 18_500, (Cut("CO", "45", 6_900), Cut("PR", "3", 4_000))),
        DemoLine("80048", 8_500, (Cut("CO", "45", 5_230), Cut("PR", "1", 3_270))),
        DemoLine("36415", 1_800, (Cut("CO", "97", 1_800),)),
    )
    claims = [
        DemoClaim(
            number=f"B{number:07d}",
            status="1",
            last_name="REYES",
            first_name="ANA",
            member_identifier=f"BHZ{number:09d}",
            provider_last_name="OKAFOR",
            provider_first_name="LENA",
            service_on=date(2026, 1, 14),
            lines=lines,
        )
        for number in range(CLAIMS)
    ]
    return write_remittance(BLUE_HORIZON, claims, paid_on=date(2026, 2, 1), control=1)


if __name__ == "__main__":
    main()

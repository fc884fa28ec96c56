"""The files that are measured: written anew each time, the same each time.

By the generator among the real remittances, when they are there (PORTAL_ERA_CORPUS), or else ours.
"""

import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from portal.demo.people import BLUE_HORIZON
from portal.demo.remittance_writer import Cut, DemoClaim, DemoLine, write_remittance

LARGE_LINES = 200_000  # 25.7 MB
MIDDLE_LINES = 10_000  # for readers that would need hours

_CORPUS_DEFAULT = Path(__file__).parent.parent.parent / "shared" / "era"
_LINES = (
    DemoLine("99213", 18_500, (Cut("CO", "45", 6_900), Cut("PR", "3", 4_000))),
    DemoLine("80048", 8_500, (Cut("CO", "45", 5_230), Cut("PR", "1", 3_270))),
    DemoLine("36415", 1_800, (Cut("CO", "97", 1_800),)),
)


@dataclass(frozen=True, slots=True)
class LargeFile:
    """A balanced 835 and who wrote it."""

    path: Path
    written_by: str

    @property
    def megabytes(self) -> float:
        """Of a million bytes."""
        return round(self.path.stat().st_size / 1e6, 1)


def write_large_file(folder: Path, *, lines: int = LARGE_LINES) -> LargeFile:
    """A remittance of about so many service lines."""
    path = folder / f"{lines}-lines.835"
    generator = Path(os.environ.get("PORTAL_ERA_CORPUS", _CORPUS_DEFAULT)) / "gen835.py"
    if generator.exists():
        subprocess.run(  # noqa: S603 — the generator of the corpus
            [sys.executable, str(generator), str(path), str(lines)],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        return LargeFile(path, generator.name)
    path.write_text(claims_file(lines // len(_LINES), prefix="B", control=1), encoding="ascii")
    return LargeFile(path, "portal.demo.remittance_writer")


def claims_file(claims: int, *, prefix: str, control: int) -> str:
    """An 835 of claims that are all alike; another prefix and control make another file."""
    return write_remittance(
        BLUE_HORIZON,
        [
            DemoClaim(
                number=f"{prefix}{number:07d}",
                status="1",
                last_name="REYES",
                first_name="ANA",
                member_identifier=f"{prefix}{number:09d}",
                provider_last_name="OKAFOR",
                provider_first_name="LENA",
                service_on=date(2026, 1, 14),
                lines=_LINES,
            )
            for number in range(claims)
        ],
        paid_on=date(2026, 2, 1),
        control=control,
    )

"""Damaged files: each gives findings or one sentence, in time, and is never posted in part.

`make proof` tries ten thousand on a new seed; a failure names its seed and what was done to the
file. `make test` tries the same few hundred each time.
"""

import random
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest

from portal.db import Database
from portal.jobs.ledger_check import check_ledger
from portal.ledger.models import JournalEntryRow
from portal.practice.directory import practice_by_slug
from portal.practice.models import Claim, Patient
from portal.remittances.check import check_file
from portal.remittances.findings import UnreadableRemittanceError
from portal.remittances.models import QuarantinedClaim, Remittance, RemittanceFile
from tests.builders import make_practice
from tests.remittances.desk import ImportDesk
from tests.remittances.mutating import damaged, sound_file
from tests.remittances.sane_reading import Reading, reading_of
from tests.remittances.test_x835_findings import TOLD

_SEED = 835
_FILES, _FILES_PROVEN = 400, 10_000
_IMPORTS, _IMPORTS_PROVEN = 40, 1_000
_IMPORTS_A_PRACTICE = 40
_SECONDS, _SECONDS_A_MEGABYTE = 5, 2
_READ_SIZES = (0, 0, 1, 997)  # 0: as large as the reader likes
_SMALL = 20_000
_TABLES = (RemittanceFile, Remittance, QuarantinedClaim, JournalEntryRow, Claim, Patient)


class TooSlowError(AssertionError):
    """A file that would keep its reader busy."""


@contextmanager
def watchdog(byte_count: int) -> Iterator[None]:
    """Ends what computes for more than 2 s a MB; generous, so that only a hang does."""

    def bite(_signal: int, _frame: FrameType | None) -> None:
        raise TooSlowError(f"{byte_count} bytes")

    before = signal.signal(signal.SIGPROF, bite)
    signal.setitimer(signal.ITIMER_PROF, _SECONDS + _SECONDS_A_MEGABYTE * byte_count / 1_000_000)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def seeds(request: pytest.FixtureRequest, small: int, proven: int) -> range:
    """The same each time, or new ones for a proof."""
    if not request.config.getoption("--proof"):
        return range(_SEED, _SEED + small)
    first = random.SystemRandom().randrange(10**9)
    print(f"seeds from {first} on")  # noqa: T201 — shown when the test fails
    return range(first, first + proven)


def damaged_file(seed: int, originals: Sequence[bytes]) -> tuple[bytes, str]:
    """A real file, or one made up, after some accidents; and how to get it again."""
    source = random.Random(seed)  # noqa: S311 — a seed that can be repeated is the point
    is_real = bool(originals) and source.random() < 0.5
    original = source.choice(originals) if is_real else sound_file(source)
    data, changes = damaged(original, source)
    return data, f"seed {seed}: {', '.join(changes)}; {len(data)} bytes"


def read_all(tried: range, originals: Sequence[bytes]) -> Iterator[Reading]:
    for seed in tried:
        data, how = damaged_file(seed, originals)
        read_size = _READ_SIZES[seed % len(_READ_SIZES)] if len(data) < _SMALL else 0
        try:
            with watchdog(len(data)):
                yield reading_of(data, read_size=read_size)
        except Exception as error:
            error.add_note(how)
            raise


def test_real_and_made_up_files_that_are_damaged_give_findings_or_a_sentence(
    request: pytest.FixtureRequest, era_corpus: Path
) -> None:
    originals = [path.read_bytes() for path in sorted((era_corpus / "835").iterdir())]
    readings = list(read_all(seeds(request, _FILES, _FILES_PROVEN), originals))
    refused = [reading.refusal for reading in readings if reading.refusal]
    assert len(readings) / 5 < len(refused) < len(readings) / 1.5  # else the accidents are too mild
    told = {code for reading in readings for code in reading.codes}
    assert {code for _, code, _, _ in TOLD} <= told


def test_made_up_files_are_sound_before_they_are_damaged() -> None:
    for seed in range(200):
        reading = reading_of(sound_file(random.Random(seed)))  # noqa: S311 — as above
        assert (reading.refusal, reading.codes) == (None, ()), seed


def test_a_damaged_file_is_imported_whole_or_not_at_all(
    request: pytest.FixtureRequest, database: Database, era_corpus: Path, tmp_path: Path
) -> None:
    paths = sorted((era_corpus / "835").iterdir())
    originals = [path.read_bytes() for path in paths if path.stat().st_size < _SMALL]
    refused = 0
    tried = seeds(request, _IMPORTS, _IMPORTS_PROVEN)
    for start in tried[::_IMPORTS_A_PRACTICE]:
        slug = f"practice-{start}"
        make_practice(database, slug=slug)
        desk = ImportDesk(database, practice_by_slug(database, slug), tmp_path)
        for seed in range(start, start + _IMPORTS_A_PRACTICE):
            data, how = damaged_file(seed, originals)
            try:
                refused += not import_or_refuse(desk, data, create_patients=seed % 3 > 0)
            except Exception as error:
                error.add_note(how)
                raise
    assert len(tried) / 5 < refused < len(tried) / 1.5
    assert check_ledger(database).findings == ()


def import_or_refuse(desk: ImportDesk, data: bytes, *, create_patients: bool) -> bool:
    """Whether it was taken; what was refused left nothing behind."""
    path = desk.folder / "damaged.835"
    path.write_bytes(data)
    before = ([desk.count(table) for table in _TABLES], desk.sums())
    try:
        report = desk.bring(path, create_patients=create_patients)
    except UnreadableRemittanceError:
        assert ([desk.count(table) for table in _TABLES], desk.sums()) == before
        return False
    checked = check_file(path)
    assert (report.claims, report.findings) == (checked.claims, len(checked.findings))
    assert sum(report.cents.values()) == checked.charge_cents
    return True

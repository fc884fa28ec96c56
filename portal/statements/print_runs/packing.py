"""What a mailing house gets: batches with bookmarks, an index of every letter, a manifest."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, TypeAlias

from sqlalchemy import Row, Select, select, update
from sqlalchemy.orm import Session

from portal.connectors.pdf_batches import BatchPart, write_batch
from portal.connectors.practice_systems.spreadsheets import written
from portal.db import practice_of
from portal.domain.print_run import LetterState, PackedLetter, batch_name, packed
from portal.practice.models import Guarantor
from portal.statements.models import Statement
from portal.statements.print_runs.files import INDEX, MANIFEST, letter_file
from portal.statements.print_runs.models import PrintRun, PrintRunLetter

FORMAT_VERSION: Final = 1

_Rows: TypeAlias = Mapping[int, Row[PrintRunLetter, Statement, Guarantor]]
_COLUMNS: Final = (
    "run",
    "sequence",
    "statement",
    "account",
    "batch",
    "first_page",
    "pages",
    "sheets",
    "language",
    "large_print",
    "name",
    "address",
    "place",
    "postal_code",
    "amount_due_cents",
    "due_on",
    "sha256",
)


def pack(session: Session, run: PrintRun, folder: Path, *, letters: Path) -> bool:
    """Write everything into ``folder``; False when no letter was printed."""
    rows = {row.PrintRunLetter.sequence: row for row in session.execute(_printed(session, run))}
    if not rows:
        return False
    places = packed(
        [(sequence, row.PrintRunLetter.pages or 0) for sequence, row in rows.items()],
        is_duplex=run.is_duplex,
    )
    pages_of_batch = _write_batches(places, rows, folder, letters, is_duplex=run.is_duplex)
    for place in places:
        session.execute(
            update(PrintRunLetter)
            .where(
                PrintRunLetter.practice_id == practice_of(session),
                PrintRunLetter.run_id == run.run_id,
                PrintRunLetter.sequence == place.sequence,
            )
            .values(batch=batch_name(place.batch), first_page=place.first_page)
        )
    _write_index(run, places, rows, folder / INDEX)
    _write_manifest(run, places, rows, folder, pages_of_batch)
    return True


def letters_in(folder: Path) -> int | None:
    """As its manifest says; None without one: it is not whole."""
    manifest = folder / MANIFEST
    if not manifest.exists():
        return None
    return int(json.loads(manifest.read_text(encoding="utf-8"))["letters"])


def _printed(session: Session, run: PrintRun) -> Select[PrintRunLetter, Statement, Guarantor]:
    practice_id = practice_of(session)
    return (
        select(PrintRunLetter, Statement, Guarantor)
        .join(
            Statement,
            (Statement.practice_id == practice_id)
            & (Statement.statement_id == PrintRunLetter.statement_id),
        )
        .join(
            Guarantor,
            (Guarantor.practice_id == practice_id)
            & (Guarantor.guarantor_id == PrintRunLetter.guarantor_id),
        )
        .where(
            PrintRunLetter.practice_id == practice_id,
            PrintRunLetter.run_id == run.run_id,
            PrintRunLetter.state == LetterState.PRINTED.value,
        )
        .order_by(PrintRunLetter.sequence)
    )


def _write_batches(
    places: Sequence[PackedLetter],
    rows: _Rows,
    folder: Path,
    letters: Path,
    *,
    is_duplex: bool,
) -> Mapping[str, int]:
    """Every batch, and how many pages it has."""
    pages_of_batch = {}
    for batch in sorted({place.batch for place in places}):
        parts = [
            BatchPart(
                letter_file(letters, place.sequence),
                f"{place.sequence:06d} {rows[place.sequence].Guarantor.account_number}",
                place.sheets * 2 if is_duplex else place.pages,
            )
            for place in places
            if place.batch == batch
        ]
        name = batch_name(batch)
        pages_of_batch[name] = write_batch(parts, folder / name)
    return pages_of_batch


def _write_index(run: PrintRun, places: Sequence[PackedLetter], rows: _Rows, to: Path) -> None:
    ordered = sorted(places, key=lambda one: one.sequence)
    to.write_bytes(written([_COLUMNS, *(_index_row(run, one, rows) for one in ordered)]))


def _index_row(run: PrintRun, place: PackedLetter, rows: _Rows) -> tuple[str, ...]:
    """One letter, with the address that is printed on it."""
    row = rows[place.sequence]
    letter, statement, guarantor = row.PrintRunLetter, row.Statement, row.Guarantor
    name, street, town = letter.address_lines
    return (
        str(run.number),
        str(place.sequence),
        statement.number,
        guarantor.account_number,
        batch_name(place.batch),
        str(place.first_page),
        str(place.pages),
        str(place.sheets),
        letter.language,
        "yes" if letter.is_large else "no",
        name,
        street,
        town,
        letter.postal_code,
        str(letter.asked_cents),
        statement.due_on.isoformat(),
        letter.content_sha256,
    )


def _write_manifest(
    run: PrintRun,
    places: Sequence[PackedLetter],
    rows: _Rows,
    folder: Path,
    pages_of_batch: Mapping[str, int],
) -> None:
    names = [*pages_of_batch, INDEX]
    manifest = {
        "format": FORMAT_VERSION,
        "run": run.number,
        "started_at": run.started_at.isoformat(),
        "duplex": run.is_duplex,
        "letters": len(places),
        "pages": sum(pages_of_batch.values()),
        "sheets": sum(place.sheets for place in places),
        "amount_due_cents": sum(row.PrintRunLetter.asked_cents or 0 for row in rows.values()),
        "files": [
            {
                "name": name,
                "bytes": (folder / name).stat().st_size,
                "sha256": hashlib.sha256((folder / name).read_bytes()).hexdigest(),
                **({"pages": pages_of_batch[name]} if name in pages_of_batch else {}),
            }
            for name in names
        ],
    }
    text = json.dumps(manifest, indent=2, sort_keys=True) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8")

"""The job of a run: print what is queued, letter by letter, then put the files together.

Killed at any moment and run again it goes on where it was: a printed letter is a file and a row,
and the folder gets its name when everything in it is whole. After a letter was taken out it comes
again, prints nothing, and puts the files together without that one. A letter that cannot be
printed is left behind, with a task, and stops no other.
"""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from flask_babel import force_locale
from sqlalchemy import Update, func, select, update
from sqlalchemy.orm import Session

from portal.auth.links_apart import all_reached_apart
from portal.connectors.pdf import Paper
from portal.connectors.pdf_batches import page_count
from portal.connectors.pdf_press import Press, press_for
from portal.db import Database, Principal, practice_of
from portal.domain.print_run import LetterState, NotPrinted, RunState, moved, sheets_of
from portal.practice.letterhead import letterhead
from portal.practice.tasks import open_task
from portal.statements.coming import ScheduledOfStatement
from portal.statements.papers.headline import headline
from portal.statements.papers.own_visits import read_own_sheet
from portal.statements.papers.reading import PaperFacts
from portal.statements.papers.service import Sheet, read_sheet
from portal.statements.papers.statement import Layout, statement_paper
from portal.statements.print_runs.files import (
    letter_file,
    letters_folder,
    remove_files,
    run_folder,
    unfinished_folder,
)
from portal.statements.print_runs.models import PrintRun, PrintRunLetter
from portal.statements.print_runs.packing import letters_in, pack
from portal.statements.queries import statement_patient_ids
from portal.statements.service import StatementNotFoundError

NOT_PRINTED_TASK: Final = "letters_not_printed"

_PAPERS_FAULT: Final = (RuntimeError, ValueError, LookupError)
"""What a paper that cannot be made or printed raises: typst's errors and ours."""

_REACHED_APART: Final = "reached_apart"
_ANOTHER_ACCOUNTS: Final = "another_accounts"
"""Why a letter is left out that went to somebody when the run began (see letter_detail)."""


@dataclass(frozen=True, slots=True)
class PrintShop:
    """What the job works with. ``site`` is the portal's own address."""

    database: Database
    practice_id: UUID
    home: Path
    site: str
    scheduled_of_statement: ScheduledOfStatement
    press_for: Callable[..., AbstractContextManager[Press]] = press_for
    at_a_time: int = 100  # letters: what a kill may cost

    @property
    def principal(self) -> Principal:
        """The portal itself."""
        return Principal.job(self.practice_id, role="print letters")


@dataclass(frozen=True, slots=True)
class _Piece:
    """A letter that asks for money. ``paper`` None: it cannot be printed, for the reason given."""

    sequence: int
    asked_cents: int
    facts: PaperFacts
    paper: Paper | None
    why_not: NotPrinted = NotPrinted.NO_PAPER


def print_letters(shop: PrintShop, run_id: UUID, *, now: datetime) -> None:
    """The job ``print_letters``; a run that is over already is left as it is."""
    with shop.database.transaction(shop.principal) as session:
        run = _printing(session, run_id)
        if run is None:
            return
        queued, printed = _queued(session, run_id), _count_printed(session, run_id)
    if letters_in(run_folder(shop.home, shop.practice_id, run.number)) == printed:
        _conclude(shop, run, RunState.READY, now=now)  # killed before it could say so
        return
    folder = letters_folder(shop.home, shop.practice_id, run.number)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    processes = min(2, os.cpu_count() or 1)
    head = letterhead(shop.database, shop.practice_id)
    with shop.press_for(len(queued), processes=processes, letterhead=head) as press:
        for first in range(0, len(queued), shop.at_a_time):
            part = queued[first : first + shop.at_a_time]
            _print_part(shop, run, part, press, folder=folder, now=now)
    _finish(shop, run, folder, now=now)


def _print_part(
    shop: PrintShop,
    run: PrintRun,
    letters: Sequence[PrintRunLetter],
    press: Press,
    *,
    folder: Path,
    now: datetime,
) -> None:
    """Read, print with no transaction open, write the files, then the rows."""
    rows: list[tuple[int, dict[str, object]]] = []
    for piece, content in _printed(press, _pieces(shop, letters, run=run, now=now), run.started_at):
        if content is None:
            not_printed = {"state": LetterState.NOT_PRINTED.value, "detail": piece.why_not.value}
            rows.append((piece.sequence, {**not_printed}))
            continue
        letter_file(folder, piece.sequence).write_bytes(content)
        rows.append((piece.sequence, _as_printed(piece, content, is_duplex=run.is_duplex)))
    with shop.database.transaction(shop.principal) as session:
        for sequence, values in rows:
            letter = _letter(session, run.run_id, sequence)
            session.execute(letter.values(**values, state_at=now))


def _as_printed(piece: _Piece, content: bytes, *, is_duplex: bool) -> dict[str, object]:
    pages = page_count(content)
    return {
        "state": LetterState.PRINTED.value,
        "pages": pages,
        "sheets": sheets_of(pages, is_duplex=is_duplex),
        "content_sha256": hashlib.sha256(content).hexdigest(),
        "asked_cents": piece.asked_cents,
        "address_lines": list(piece.facts.address_lines),
        "postal_code": piece.facts.postal_code,
    }


def _printed(
    press: Press, pieces: Sequence[_Piece], made_at: datetime
) -> Iterator[tuple[_Piece, bytes | None]]:
    """Each with its file; one that stops the press stops no other."""
    papers = [piece.paper for piece in pieces if piece.paper]
    try:
        files: Sequence[bytes | None] = list(press(papers, made_at=made_at))
    except BrokenExecutor:  # a process was killed: no letter's fault
        raise
    except _PAPERS_FAULT:
        files = [_printed_alone(press, paper, made_at) for paper in papers]
    following = iter(files)
    for piece in pieces:
        yield piece, next(following) if piece.paper else None


def _printed_alone(press: Press, paper: Paper, made_at: datetime) -> bytes | None:
    try:
        return next(press([paper], made_at=made_at))
    except BrokenExecutor:
        raise
    except _PAPERS_FAULT:
        return None


def _pieces(
    shop: PrintShop, letters: Sequence[PrintRunLetter], *, run: PrintRun, now: datetime
) -> list[_Piece]:
    """The papers of those that still ask for money; the others are left out."""
    pieces = []
    with shop.database.transaction(shop.principal) as session:
        for letter in letters:
            read = _read(session, letter, shop, now=now)
            if isinstance(read, _Piece):
                pieces.append(read)
                continue
            values = {"state": LetterState.LEFT_OUT.value, "state_at": now, "detail": read}
            session.execute(_letter(session, run.run_id, letter.sequence).values(**values))
    return pieces


def _read(
    session: Session, letter: PrintRunLetter, shop: PrintShop, *, now: datetime
) -> _Piece | str:
    """The letter as it is to be printed now, or why it is left out."""
    for_payer = letter.for_patient_id is None
    if for_payer and all_reached_apart(
        session, statement_patient_ids(session, letter.statement_id)
    ):
        return _REACHED_APART
    try:
        sheet = _sheet(session, letter, shop, now=now)
    except StatementNotFoundError:
        return _ANOTHER_ACCOUNTS
    except _PAPERS_FAULT:
        return _Piece(letter.sequence, 0, PaperFacts(), None)
    with force_locale(letter.language):
        if not headline(sheet.page).asks:
            return sheet.page.state.value
        return _piece(letter, sheet, site=shop.site)


def _sheet(session: Session, letter: PrintRunLetter, shop: PrintShop, *, now: datetime) -> Sheet:
    if letter.for_patient_id is not None:
        return read_own_sheet(session, letter.statement_id, letter.for_patient_id, now=now)
    return read_sheet(
        session,
        letter.statement_id,
        scheduled_of_statement=shop.scheduled_of_statement,
        now=now,
    )


def _piece(letter: PrintRunLetter, sheet: Sheet, *, site: str) -> _Piece:
    """In the language at work."""
    sequence, cents = letter.sequence, sheet.page.due_now_cents
    if not sheet.facts.postal_code:  # it was whole when the run began
        return _Piece(sequence, cents, sheet.facts, None, NotPrinted.NO_ADDRESS)
    layout = Layout(site, is_large=letter.is_large, mark=f"{sequence:06d}")
    try:
        paper = statement_paper(sheet.page, sheet.facts, layout)
    except _PAPERS_FAULT:
        return _Piece(sequence, cents, sheet.facts, None)
    return _Piece(sequence, cents, sheet.facts, paper)


def _finish(shop: PrintShop, run: PrintRun, letters: Path, *, now: datetime) -> None:
    """Batches, index and manifest; then the folder's own name; then the run is ready."""
    folder = unfinished_folder(shop.home, shop.practice_id, run.number)
    whole = run_folder(shop.home, shop.practice_id, run.number)
    for before in (folder, whole):  # half of them, or with a letter that was taken out
        shutil.rmtree(before, ignore_errors=True)
    folder.mkdir(mode=0o700)
    with shop.database.transaction(shop.principal) as session:
        done = pack(session, run, folder, letters=letters)
    if done:
        folder.replace(whole)
    else:
        remove_files(shop.home, shop.practice_id, run.number)
    _conclude(shop, run, RunState.READY if done else RunState.FAILED, now=now)


def _conclude(shop: PrintShop, run: PrintRun, state: RunState, *, now: datetime) -> None:
    """Nothing is left of a run that a manager ended meanwhile."""
    with shop.database.transaction(shop.principal) as session:
        still = session.scalar(
            update(PrintRun)
            .where(
                PrintRun.practice_id == practice_of(session),
                PrintRun.run_id == run.run_id,
                PrintRun.state == RunState.PRINTING.value,
            )
            .values(state=moved(RunState.PRINTING, state).value, state_at=now)
            .returning(PrintRun.run_id)
        )
        if still is not None and _some_not_printed(session, run.run_id):
            open_task(
                session,
                kind=NOT_PRINTED_TASK,
                subject_id=run.run_id,
                message=f"Some letters of run {run.number} were not printed.",
                now=now,
            )
    if still is None:
        remove_files(shop.home, shop.practice_id, run.number)


def _some_not_printed(session: Session, run_id: UUID) -> bool:
    found = session.scalar(
        select(PrintRunLetter.sequence)
        .where(
            PrintRunLetter.practice_id == practice_of(session),
            PrintRunLetter.run_id == run_id,
            PrintRunLetter.state == LetterState.NOT_PRINTED.value,
        )
        .limit(1)
    )
    return found is not None


def _printing(session: Session, run_id: UUID) -> PrintRun | None:
    return session.scalar(
        select(PrintRun).where(
            PrintRun.practice_id == practice_of(session),
            PrintRun.run_id == run_id,
            PrintRun.state == RunState.PRINTING.value,
        )
    )


def _letter(session: Session, run_id: UUID, sequence: int) -> Update:
    return update(PrintRunLetter).where(
        PrintRunLetter.practice_id == practice_of(session),
        PrintRunLetter.run_id == run_id,
        PrintRunLetter.sequence == sequence,
        PrintRunLetter.state == LetterState.QUEUED.value,
    )


def _count_printed(session: Session, run_id: UUID) -> int:
    return (
        session.scalar(
            select(func.count()).where(
                PrintRunLetter.practice_id == practice_of(session),
                PrintRunLetter.run_id == run_id,
                PrintRunLetter.state == LetterState.PRINTED.value,
            )
        )
        or 0
    )


def _queued(session: Session, run_id: UUID) -> list[PrintRunLetter]:
    return list(
        session.scalars(
            select(PrintRunLetter)
            .where(
                PrintRunLetter.practice_id == practice_of(session),
                PrintRunLetter.run_id == run_id,
                PrintRunLetter.state == LetterState.QUEUED.value,
            )
            .order_by(PrintRunLetter.sequence)
        )
    )

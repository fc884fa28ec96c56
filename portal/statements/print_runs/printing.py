"""The job of a run: print what is queued, letter by letter, then put the files together.

Killed at any moment and run again it goes on where it was: a printed letter is a file and a row,
and the folder gets its name when everything in it is whole.
"""

import hashlib
import os
import shutil
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from flask_babel import force_locale
from sqlalchemy import Update, select, update
from sqlalchemy.orm import Session

from portal.connectors.pdf import Paper
from portal.connectors.pdf_batches import page_count
from portal.connectors.pdf_press import Press, press_for
from portal.db import Database, Principal, practice_of
from portal.domain.print_run import LetterState, RunState, moved, sheets_of
from portal.statements.coming import ScheduledOfStatement
from portal.statements.papers.headline import headline
from portal.statements.papers.service import read_sheet
from portal.statements.papers.statement import Layout, statement_paper
from portal.statements.print_runs.files import letter_file, run_folder, unfinished_folder
from portal.statements.print_runs.models import PrintRun, PrintRunLetter
from portal.statements.print_runs.packing import pack

_LETTERS: Final = "letters"


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
    sequence: int
    asked_cents: int
    paper: Paper


def print_letters(shop: PrintShop, run_id: UUID, *, now: datetime) -> None:
    """The job ``print_letters``; a run that is over already is left as it is."""
    with shop.database.transaction(shop.principal) as session:
        run = _run(session, run_id)
        if run is None or run.state != RunState.PRINTING.value:
            return
        queued = _queued(session, run_id)
    if run_folder(shop.home, shop.practice_id, run.number).exists():
        _conclude(shop, run_id, RunState.READY, now=now)  # killed before it could say so
        return
    folder = unfinished_folder(shop.home, shop.practice_id, run.number)
    (folder / _LETTERS).mkdir(mode=0o700, parents=True, exist_ok=True)
    processes = min(2, os.cpu_count() or 1)
    with shop.press_for(len(queued), processes=processes) as press:
        for first in range(0, len(queued), shop.at_a_time):
            part = queued[first : first + shop.at_a_time]
            _print_part(shop, run, part, press, folder=folder / _LETTERS, now=now)
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
    pieces = _pieces(shop, letters, run=run, now=now)
    printed = press([piece.paper for piece in pieces], made_at=run.started_at)
    rows = []
    for piece, content in zip(pieces, printed, strict=True):
        letter_file(folder, piece.sequence).write_bytes(content)
        pages = page_count(content)
        values: dict[str, object] = {
            "pages": pages,
            "sheets": sheets_of(pages, is_duplex=run.is_duplex),
            "content_sha256": hashlib.sha256(content).hexdigest(),
            "asked_cents": piece.asked_cents,
        }
        rows.append((piece.sequence, values))
    with shop.database.transaction(shop.principal) as session:
        for sequence, values in rows:
            state = LetterState.PRINTED.value
            session.execute(
                _letter(session, run.run_id, sequence).values(**values, state=state, state_at=now)
            )


def _pieces(
    shop: PrintShop, letters: Sequence[PrintRunLetter], *, run: PrintRun, now: datetime
) -> list[_Piece]:
    """The papers of those that still ask for money; the others are left out."""
    pieces = []
    with shop.database.transaction(shop.principal) as session:
        for letter in letters:
            sheet = read_sheet(
                session,
                letter.statement_id,
                scheduled_of_statement=shop.scheduled_of_statement,
                now=now,
            )
            with force_locale(letter.language):
                if not headline(sheet.page).asks:
                    values = {"state": LetterState.LEFT_OUT.value, "state_at": now}
                    statement = _letter(session, run.run_id, letter.sequence)
                    session.execute(statement.values(**values, detail=sheet.page.state.value))
                    continue
                mark = f"{letter.sequence:06d}"
                layout = Layout(shop.site, is_large=letter.is_large, mark=mark)
                paper = statement_paper(sheet.page, sheet.facts, layout)
                pieces.append(_Piece(letter.sequence, sheet.page.due_now_cents, paper))
    return pieces


def _finish(shop: PrintShop, run: PrintRun, folder: Path, *, now: datetime) -> None:
    """Batches, index and manifest; then the folder's own name; then the run is ready."""
    with shop.database.transaction(shop.principal) as session:
        done = pack(session, run, folder, letters=folder / _LETTERS)
    target = run_folder(shop.home, shop.practice_id, run.number)
    if done:
        shutil.rmtree(folder / _LETTERS)
        folder.replace(target)
    else:
        shutil.rmtree(folder)
    _conclude(shop, run.run_id, RunState.READY if done else RunState.FAILED, now=now)


def _conclude(shop: PrintShop, run_id: UUID, state: RunState, *, now: datetime) -> None:
    after = moved(RunState.PRINTING, state)
    with shop.database.transaction(shop.principal) as session:
        session.execute(
            update(PrintRun)
            .where(PrintRun.practice_id == practice_of(session), PrintRun.run_id == run_id)
            .values(state=after.value, state_at=now)
        )


def _run(session: Session, run_id: UUID) -> PrintRun | None:
    return session.scalar(
        select(PrintRun).where(
            PrintRun.practice_id == practice_of(session), PrintRun.run_id == run_id
        )
    )


def _letter(session: Session, run_id: UUID, sequence: int) -> Update:
    return update(PrintRunLetter).where(
        PrintRunLetter.practice_id == practice_of(session),
        PrintRunLetter.run_id == run_id,
        PrintRunLetter.sequence == sequence,
        PrintRunLetter.state == LetterState.QUEUED.value,
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

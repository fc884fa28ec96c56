"""What goes to an agency, what never does, and what comes back."""

import random
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

import pytest
from sqlalchemy import select, update

from portal.collections.agency.candidates import candidates
from portal.collections.agency.noticing import Noticed, send_final_notices
from portal.collections.agency.pages import (
    AgencyPage,
    CheckPage,
    agency_page,
    check_page,
    paid_csv,
    placement_csv,
)
from portal.collections.agency.placing import NotForAgencyError, Placement, place, recall
from portal.collections.agency.recalling import RecallCounts, recall_what_changed
from portal.db import Database, Principal, new_id, practice_of
from portal.domain.journal import BusinessEvent, JournalEntry, LedgerAccount, Posting
from portal.domain.plans.agency import AgencyReason
from portal.domain.plans.states import PlanState
from portal.domain.print_run import LetterState
from portal.jobs.ledger_check import CHECKS
from portal.ledger.models import LedgerPost, PlacedLine
from portal.ledger.queries import receivable_cents
from portal.messages.models import Message
from portal.messages.service import MessageState, MessageTemplate, queue_message
from portal.practice.final_notices import FINAL_NOTICE_NOT_TOLD
from portal.practice.models import Task
from portal.practice.tasks import end_task
from tests.collections.debtors import NOW, TODAY, Debtor, make_debtor

OLD: Final = date(2026, 4, 1)
AGENCY: Final = "Harbor Recovery"
RECEIVABLE = LedgerAccount.PATIENT_RECEIVABLE
AT_AGENCY = LedgerAccount.AGENCY_RECEIVABLE


def manager_of(one: Debtor) -> Principal:
    return Principal.staff(one.practice_id, staff_id=new_id(), role="manager")


def placing(*people: Debtor, now: datetime = NOW) -> Placement:
    first = people[0]
    claim_ids = [one.target.claim_id for one in people if one.target.claim_id]
    return place(
        first.database, manager_of(first), claim_ids, AGENCY, now=now, request_id="a request"
    )


def agency_page_of(one: Debtor) -> AgencyPage:
    return agency_page(one.database, manager_of(one), now=NOW, request_id="a request")


def recalling(one: Debtor) -> RecallCounts:
    return recall_what_changed(one.database, one.practice_id, now=NOW + timedelta(hours=1))


def asked_in_vain(one: Debtor, first_on: date, *, arrived: bool = True) -> None:
    """By a statement, and by the final notice."""
    one.billed(first_on, arrived=arrived)
    one.noticed(first_on + timedelta(days=45))


@pytest.fixture
def old_debt(database: Database, practice_id: UUID) -> Debtor:
    """80.00, billed long ago by a statement that was opened."""
    one = make_debtor(database, practice_id, "old")
    asked_in_vain(one, OLD)
    return one


def promises(one: Debtor) -> None:
    one.promised(TODAY, "open")


def begins_a_plan(one: Debtor) -> None:
    one.agree(first_on=TODAY + timedelta(days=5))


def catches_up(one: Debtor) -> None:
    """Past due, and cured since."""
    begins_a_plan(one)
    one.set_plan(state=PlanState.PAST_DUE.value)
    one.set_plan(state=PlanState.ACTIVE.value)


def waits_for_insurance(one: Debtor) -> None:
    pending, payer = LedgerAccount.PATIENT_PENDING, LedgerAccount.PAYER_RECEIVABLE
    legs = (Posting(pending, 500, one.target), Posting(payer, -500, one.target))
    one.post(
        JournalEntry(BusinessEvent.SHARE_RESTORED, str(new_id()), TODAY, one.guarantor_id, legs)
    )


SPEAKS_AGAINST: Final[Mapping[AgencyReason, Callable[[Debtor], None]]] = {
    AgencyReason.LIVE_PLAN: catches_up,
    AgencyReason.DISPUTED: lambda one: one.hold("disputed"),
    AgencyReason.ASSISTANCE_PENDING: lambda one: one.hold("assistance_pending"),
    AgencyReason.ACCOUNT_HOLD: lambda one: one.hold("bankruptcy"),
    AgencyReason.INSURANCE_PENDING: waits_for_insurance,
    AgencyReason.MONEY_HERE: lambda one: one.credited(100),
    AgencyReason.PROMISE_OPEN: promises,
}


def test_nothing_goes_while_anything_speaks_against_it_whatever_comes_together(
    database: Database, practice_id: UUID
) -> None:
    """Thirty people in random states; which of them may go is asked of their states alone."""
    chance = random.Random(20_260_914)  # noqa: S311 — a seed, not a secret
    people, expected = [], set()
    for number in range(30):
        one = make_debtor(database, practice_id, f"person-{number}")
        days, arrived = chance.choice((90, 120, 121, 200)), chance.random() < 0.8
        asked_in_vain(one, TODAY - timedelta(days=days), arrived=arrived)
        against = [reason for reason in SPEAKS_AGAINST if chance.random() < 0.1]
        for reason in against:
            SPEAKS_AGAINST[reason](one)
        people.append(one)
        if days > 120 and arrived and not against:
            expected.add(one.guarantor_id)
    done = placing(*people)
    assert {one.guarantor_id for one in done.placed} == expected
    assert 3 <= len(expected) <= 20
    for one in people:
        gone = one.guarantor_id in expected
        assert one.balance(AT_AGENCY) == (one.owed.cents if gone else 0)
        assert one.balance(RECEIVABLE) == (0 if gone else one.owed.cents)


def test_each_reason_is_said_by_name(database: Database, practice_id: UUID) -> None:
    people = {reason: make_debtor(database, practice_id, reason) for reason in SPEAKS_AGAINST}
    for reason, one in people.items():
        asked_in_vain(one, OLD)
        SPEAKS_AGAINST[reason](one)
    first = next(iter(people.values()))
    found = {
        one.guarantor_id: {refusal.reason for refusal in one.refusals}
        for one in first.write(lambda session: candidates(session, today=TODAY))
    }
    for reason, one in people.items():
        assert reason in found[one.guarantor_id]


def test_a_letter_that_was_mailed_has_arrived_as_a_link_that_was_opened(
    database: Database, practice_id: UUID
) -> None:
    """Who gets paper never opens a link; that a letter was handed over proves nothing."""
    one = make_debtor(database, practice_id, "paper")
    asked_in_vain(one, OLD, arrived=False)
    for state in (LetterState.SPOILED, LetterState.SENT, LetterState.MAILED):
        assert _is_refused(one, AgencyReason.UNDELIVERED)
        one.lettered(state)
    assert not _is_refused(one, AgencyReason.UNDELIVERED)


def _is_refused(one: Debtor, reason: AgencyReason) -> bool:
    (found,) = one.write(lambda session: candidates(session, today=TODAY))
    return reason in {refusal.reason for refusal in found.refusals}


def test_the_day_after_120_days_is_the_first(database: Database, practice_id: UUID) -> None:
    one = make_debtor(database, practice_id, "young")
    asked_in_vain(one, TODAY - timedelta(days=120))
    (found,) = one.write(lambda session: candidates(session, today=TODAY))
    assert [(one.reason, one.day) for one in found.refusals] == [
        (AgencyReason.TOO_YOUNG, TODAY + timedelta(days=1))
    ]
    assert placing(one).placed == ()


def test_what_was_placed_is_owed_to_nobody_here_and_told_to_the_practice(
    old_debt: Debtor,
) -> None:
    page = agency_page(old_debt.database, manager_of(old_debt), now=NOW, request_id="a request")
    assert page.ready_cents == 8_000
    done = placing(old_debt)
    assert done.cents == 8_000
    assert old_debt.write(lambda s: receivable_cents(s, old_debt.guarantor_id)) == 0
    (told,) = old_debt.write(
        lambda s: s.scalars(
            select(LedgerPost).where(LedgerPost.practice_id == practice_of(s))
        ).all()
    )
    assert (told.kind, told.amount_cents) == ("placed", 0)
    assert [line["amount_cents"] for line in told.details["allocations"]] == [-8_000, 8_000]
    assert_sound(old_debt)
    assert placing(old_debt).placed == ()  # sent twice
    content = placement_csv(
        old_debt.database,
        manager_of(old_debt),
        done.placement_id,
        now=NOW,
        request_id="a request",
    )
    _, line, total = content.decode().splitlines()
    assert line.endswith(",VISIT-old,2026-03-02,80.00,2026-04-01,2026-09-14,,yes")
    assert total.split(",")[9] == "80.00"


def test_only_managers_place_and_recall(old_debt: Debtor) -> None:
    clerk = Principal.staff(old_debt.practice_id, staff_id=new_id(), role="collections")
    with pytest.raises(NotForAgencyError):
        place(old_debt.database, clerk, [], AGENCY, now=NOW, request_id="a request")
    with pytest.raises(NotForAgencyError):
        recall(old_debt.database, clerk, old_debt.guarantor_id, now=NOW, request_id="a request")


def test_money_that_comes_here_takes_it_back_and_is_told(old_debt: Debtor) -> None:
    placing(old_debt)
    assert recalling(old_debt) == RecallCounts()
    old_debt.credited(1_500)
    assert recalling(old_debt) == RecallCounts(people=1, cents=8_000)
    assert recalling(old_debt) == RecallCounts()
    assert (old_debt.balance(AT_AGENCY), old_debt.balance(RECEIVABLE)) == (0, 8_000)
    assert_sound(old_debt)
    content = paid_csv(old_debt.database, manager_of(old_debt), now=NOW, request_id="a request")
    assert content.decode().splitlines()[1:] == []  # recorded when it was placed


def test_a_hold_or_an_insurer_that_decides_anew_takes_it_back(
    old_debt: Debtor, database: Database, practice_id: UUID
) -> None:
    other = make_debtor(database, practice_id, "other")
    asked_in_vain(other, OLD)
    placing(old_debt, other)
    old_debt.hold("disputed")
    payer = LedgerAccount.PAYER_RECEIVABLE
    legs = (Posting(payer, 3_000, other.target), Posting(RECEIVABLE, -3_000, other.target))
    other.post(
        JournalEntry(BusinessEvent.SHARE_SUPERSEDED, str(new_id()), TODAY, other.guarantor_id, legs)
    )
    assert recalling(old_debt) == RecallCounts(people=2, cents=16_000)
    assert (other.balance(AT_AGENCY), other.balance(RECEIVABLE)) == (0, 5_000)
    reasons = old_debt.write(
        lambda s: s.scalars(
            select(PlacedLine.recall_reason).where(PlacedLine.practice_id == practice_of(s))
        ).all()
    )
    assert sorted(reasons) == ["hold", "insurance"]


def test_a_manager_takes_back_and_it_may_be_placed_again(old_debt: Debtor) -> None:
    placing(old_debt)
    back = recall(
        old_debt.database,
        manager_of(old_debt),
        old_debt.guarantor_id,
        now=NOW,
        request_id="a request",
    )
    assert back == 8_000
    assert [one.reason for one in checked(old_debt, NOW).refused[0].refusals] == [
        AgencyReason.NOT_NOTICED  # they were told that it is no agency's any more
    ]
    old_debt.consents()
    assert notices(old_debt, old_debt).mailed == 1
    mail_is(old_debt, MessageState.SENT)
    later = NOW + timedelta(days=31)
    check = checked(old_debt, later)
    assert (check.people, check.cents) == (1, 8_000)
    assert placing(old_debt, now=later).cents == 8_000
    assert_sound(old_debt)


def checked(one: Debtor, now: datetime) -> CheckPage:
    claim_ids = [one.target.claim_id or new_id()]
    return check_page(
        one.database, manager_of(one), claim_ids, AGENCY, now=now, request_id="a request"
    )


def notices(*people: Debtor, now: datetime = NOW) -> Noticed:
    first = people[0]
    claim_ids = [one.target.claim_id for one in people if one.target.claim_id]
    return send_final_notices(
        first.database, manager_of(first), claim_ids, now=now, request_id="a request"
    )


def mail_is(one: Debtor, state: MessageState, *, at: datetime = NOW) -> None:
    one.write(
        lambda session: session.execute(
            update(Message)
            .where(
                Message.practice_id == practice_of(session),
                Message.template == MessageTemplate.FINAL_NOTICE.value,
            )
            .values(state=state.value, state_at=at)
        )
    )


def next_step(one: Debtor, now: datetime = NOW) -> AgencyReason | None:
    """What keeps it here, by the first reason."""
    (found,) = one.write(
        lambda session: candidates(session, [one.target.claim_id or new_id()], today=now.date())
    )
    return found.refusals[0].reason if found.refusals else None


def test_the_final_notice_counts_from_when_its_mail_has_left_and_not_when_it_came_back(
    database: Database, practice_id: UUID
) -> None:
    one = make_debtor(database, practice_id, "told")
    one.billed(OLD)
    one.consents()
    waiting = agency_page_of(one).to_notice
    assert [found.account_number for found in waiting] == ["told"]
    assert notices(one) == Noticed(mailed=1, by_staff=0)
    assert next_step(one) is AgencyReason.NOT_NOTICED  # it waits in the queue
    assert [found.notice_asked_on for found in agency_page_of(one).to_notice] == [TODAY]
    mail_is(one, MessageState.SENT)
    assert next_step(one) is AgencyReason.NOTICE_RUNS
    assert next_step(one, NOW + timedelta(days=30)) is AgencyReason.NOTICE_RUNS
    assert next_step(one, NOW + timedelta(days=31)) is None
    mail_is(one, MessageState.BOUNCED)
    assert next_step(one, NOW + timedelta(days=31)) is AgencyReason.NOT_NOTICED
    assert notices(one) == Noticed(mailed=0, by_staff=1)


@pytest.mark.parametrize("email", [None, "somebody@example.com"])
def test_who_has_no_e_mail_or_did_not_consent_is_written_to_and_it_counts_from_that_day(
    database: Database, practice_id: UUID, email: str | None
) -> None:
    """To have agreed to e-mail is no consent to electronic papers (15 USC 7001(c))."""
    one = make_debtor(database, practice_id, "by letter", email=email)
    one.billed(OLD)
    assert notices(one) == Noticed(mailed=0, by_staff=1)
    assert notices(one) == Noticed(mailed=0, by_staff=1)  # sent twice
    assert [found.notice_asked_on for found in agency_page_of(one).to_notice] == [TODAY]
    assert next_step(one) is AgencyReason.NOT_NOTICED
    done(one, 1, at=NOW)
    assert next_step(one) is AgencyReason.NOTICE_RUNS
    assert next_step(one, NOW + timedelta(days=31)) is None


def done(one: Debtor, count: int, *, at: datetime) -> None:
    """Staff tick off what they wrote: so many letters."""
    waiting = one.write(
        lambda session: session.scalars(
            select(Task.subject_id).where(
                Task.practice_id == practice_of(session),
                Task.kind == FINAL_NOTICE_NOT_TOLD,
                Task.done_at.is_(None),
            )
        ).all()
    )
    assert len(waiting) == count
    for subject_id in waiting:
        one.write(partial(end_task, kind=FINAL_NOTICE_NOT_TOLD, subject_id=subject_id, now=at))


def test_a_notice_counts_for_the_visits_it_was_about_and_for_no_other(
    database: Database, practice_id: UUID
) -> None:
    one = make_debtor(database, practice_id, "two visits")
    one.billed(OLD)
    young = one.again()
    young.billed(TODAY - timedelta(days=40))
    assert notices(one, young) == Noticed(mailed=0, by_staff=1)
    done(one, 1, at=NOW)
    later = NOW + timedelta(days=100)
    assert next_step(one, later) is None
    assert next_step(young, later) is AgencyReason.NOT_NOTICED  # nobody was told of it
    assert notices(one, young, now=later) == Noticed(mailed=0, by_staff=1)
    assert next_step(one, later) is None  # a new letter takes nothing off the first
    done(one, 1, at=later)
    assert next_step(young, later + timedelta(days=31)) is None


def test_the_days_run_from_when_the_mail_left_and_not_from_when_it_was_asked_for(
    database: Database, practice_id: UUID
) -> None:
    one = make_debtor(database, practice_id, "late mail")
    one.billed(OLD)
    one.consents()
    assert notices(one) == Noticed(mailed=1, by_staff=0)
    left = NOW + timedelta(days=9)
    mail_is(one, MessageState.SENT, at=left)
    assert next_step(one, NOW + timedelta(days=31)) is AgencyReason.NOTICE_RUNS
    assert next_step(one, left + timedelta(days=31)) is None
    mail_is(one, MessageState.NOT_SENT, at=left)
    assert next_step(one, left + timedelta(days=31)) is AgencyReason.NOT_NOTICED


def test_a_visit_that_is_overdue_before_the_mail_leaves_is_among_those_it_is_about(
    database: Database, practice_id: UUID
) -> None:
    one = make_debtor(database, practice_id, "two at once")
    other = one.again()
    one.billed(OLD)
    other.billed(OLD + timedelta(days=1))
    one.consents()
    assert notices(one) == notices(other) == Noticed(mailed=1, by_staff=0)
    mail_is(one, MessageState.SENT)
    assert next_step(one) is next_step(other) is AgencyReason.NOTICE_RUNS


def test_a_notice_of_which_nobody_kept_the_visits_counts_for_none(
    database: Database, practice_id: UUID
) -> None:
    """As those that were sent before 0030."""
    one = make_debtor(database, practice_id, "before")
    one.billed(OLD)
    one.consents()
    one.write(
        partial(
            queue_message,
            template=MessageTemplate.FINAL_NOTICE,
            guarantor_id=one.guarantor_id,
            subject_id=one.guarantor_id,
            now=NOW,
        )
    )
    mail_is(one, MessageState.SENT)
    assert next_step(one, NOW + timedelta(days=60)) is AgencyReason.NOT_NOTICED


def test_nobody_gets_a_final_notice_while_anything_else_speaks_against_it(
    old_debt: Debtor,
) -> None:
    other = make_debtor(old_debt.database, old_debt.practice_id, "disputing")
    other.billed(OLD)
    other.hold("disputed")
    assert notices(other, old_debt) == Noticed(
        mailed=0, by_staff=0
    )  # who was told is not told again
    with pytest.raises(NotForAgencyError):
        send_final_notices(other.database, other.job, [], now=NOW, request_id="a request")


def assert_sound(one: Debtor) -> None:
    """By every check but those of statements and claims, which a test wrote by hand."""
    by_hand = {"feed", "statement_document", "claim_adds_up", "claim_share", "charge_recorded"}
    findings = one.write(lambda s: [found for check in CHECKS for found in check(s)])
    assert [found for found in findings if found.check not in by_hand] == []


def test_what_may_not_be_placed_keeps_nothing_else_off_the_list(
    database: Database, practice_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oldest first, of those that nothing known speaks against."""
    monkeypatch.setattr("portal.collections.agency.candidates.MOST_SHOWN", 1)
    held, planned, free = (
        make_debtor(database, practice_id, name) for name in ("held", "planned", "free")
    )
    for days, one in ((300, held), (290, planned), (200, free)):
        asked_in_vain(one, TODAY - timedelta(days=days))
    held.hold("disputed")
    begins_a_plan(planned)
    with database.transaction(free.job) as session:
        shown = candidates(session, today=TODAY)
    assert [one.guarantor_id for one in shown] == [free.guarantor_id]

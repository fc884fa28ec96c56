"""Plans put on file and ended by staff, and what that does to claims at once."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import func, select

from portal.audit.models import AuditEvent
from portal.db import new_id
from portal.domain.hold_kinds import HoldKind
from portal.domain.journal import BusinessEvent, LedgerAccount
from portal.ledger.models import JournalEntryRow
from portal.practice.directory import practice_by_slug
from portal.practice.import_lock import announce_import
from portal.practice.models import Claim, Coverage, Hold, Payer
from portal.remittances.claims.work import ImportRunningError
from portal.remittances.coverages import (
    CoverageNotFoundError,
    CoverageOverlapsError,
    CoveragesPage,
    EndsBeforeItStartsError,
    NewCoverage,
    PatientNotFoundError,
    add_coverage,
    coverages_page,
    end_coverage,
)
from portal.statements.queries import statement_due
from portal.statements.service import issue_statements
from tests.builders import make_guarantor, make_patient, make_practice
from tests.remittances.desk import ACT, NOW, TODAY, ImportDesk, SentClaim, SentLine
from tests.remittances.test_import_dispositions import known_patient

SECOND = NewCoverage(None, "Green Valley", "GV9", 2, None, None)
SECOND_PAYS = replace(
    SentClaim(),
    status="2",
    lines=[SentLine(adjustments={"OA23": 8_000, "PR3": 500})],
)


def patient_of(desk: ImportDesk, number: str = "A1") -> UUID:
    with desk.database.transaction(desk.principal()) as session:
        found = session.scalars(
            select(Claim.patient_id).where(
                Claim.practice_id == desk.practice.practice_id, Claim.claim_number == number
            )
        ).one()
    assert found is not None
    return found


def add(desk: ImportDesk, new: NewCoverage = SECOND, *, number: str = "A1") -> UUID:
    """The books hold afterwards. The id of the coverage."""
    add_coverage(desk.database, desk.staff("poster"), patient_of(desk, number), new, act=ACT)
    assert desk.findings() == []
    with desk.database.transaction(desk.principal()) as session:
        query = select(Coverage.coverage_id).where(
            Coverage.practice_id == desk.practice.practice_id
        )
        return session.scalars(query.order_by(Coverage.coverage_id.desc()).limit(1)).one()


def end(desk: ImportDesk, coverage_id: UUID, on: date) -> None:
    end_coverage(desk.database, desk.staff("poster"), coverage_id, ends_on=on, act=ACT)
    assert desk.findings() == []


def page(desk: ImportDesk) -> CoveragesPage:
    return coverages_page(
        desk.database, desk.staff("poster"), patient_of(desk), now=NOW, request_id="r"
    )


def actions(desk: ImportDesk) -> list[tuple[str, str, UUID | None]]:
    with desk.database.transaction(desk.principal()) as session:
        rows = session.execute(
            select(AuditEvent.action, AuditEvent.object_kind, AuditEvent.guarantor_id)
            .where(AuditEvent.practice_id == desk.practice.practice_id)
            .order_by(AuditEvent.event_id)
        )
        return [(row.action, row.object_kind, row.guarantor_id) for row in rows]


def entries(desk: ImportDesk, event: BusinessEvent) -> int:
    with desk.database.transaction(desk.principal()) as session:
        found = session.scalar(
            select(func.count()).where(
                JournalEntryRow.practice_id == desk.practice.practice_id,
                JournalEntryRow.business_event == event.value,
            )
        )
    return found or 0


def test_a_second_plan_takes_back_what_was_released(desk: ImportDesk) -> None:
    desk.receive(SentClaim())
    assert desk.claim().billable_cents == 2_000
    add(desk)
    claim = desk.claim()
    assert (claim.holds, claim.billable_cents) == (("later_coverage",), 0)
    assert (claim.patient_pending_cents, claim.patient_receivable_cents) == (2_000, 0)
    assert entries(desk, BusinessEvent.SHARE_HELD) == 1
    assert actions(desk) == [("add_coverage", "coverage", desk.guarantor_id())]


def test_every_open_claim_of_the_patient_is_held_and_nobody_elses(desk: ImportDesk) -> None:
    again = replace(SentClaim(), number="A2", icn="ICN2", service_on=date(2026, 2, 2))
    other = replace(SentClaim(), number="A3", icn="ICN3", member="W2", first_name="MAY")
    desk.receive(SentClaim(), again, other)
    add(desk)
    held = {number: claim.holds for number, claim in desk.claims().items()}
    assert held == {"A1": ("later_coverage",), "A2": ("later_coverage",), "A3": ()}


def test_a_statement_that_asked_for_it_asks_for_nothing_any_more(desk: ImportDesk) -> None:
    known_patient(desk)  # with an address to send it to
    desk.receive(SentClaim())
    (statement_id,) = issue_statements(
        desk.database, desk.practice.practice_id, as_of=TODAY, now=NOW, dry_run=False
    ).statement_ids
    coverage_id = add(desk)
    assert due_now(desk, statement_id) == 0
    end(desk, coverage_id, date(2025, 12, 31))
    assert due_now(desk, statement_id) == 2_000


def due_now(desk: ImportDesk, statement_id: UUID) -> int:
    with desk.database.transaction(desk.principal()) as session:
        due = statement_due(session, statement_id)
    assert due is not None
    return due.due_now_cents


def test_what_was_paid_already_stays_where_it_is(desk: ImportDesk) -> None:
    desk.receive(SentClaim())
    desk.pay("A1", 500)
    add(desk)
    claim = desk.claim()
    assert (claim.patient_pending_cents, claim.patient_paid_cents) == (1_500, 500)
    assert desk.sums().get(LedgerAccount.UNAPPLIED_CREDIT, 0) == 0


def test_a_claim_that_is_paid_waits_for_nobody(desk: ImportDesk) -> None:
    desk.receive(SentClaim())
    desk.pay("A1", 2_000)
    add(desk)
    assert desk.claim().holds == ()


def test_the_second_plans_decision_ends_the_hold(desk: ImportDesk) -> None:
    desk.receive(SentClaim())
    add(desk)
    desk.receive(replace(SECOND_PAYS, member="GV9"), payer="GREEN")
    claim = desk.claim()
    assert (claim.holds, claim.billable_cents) == ((), 500)


def test_a_plan_that_was_not_in_force_on_the_day_holds_nothing(desk: ImportDesk) -> None:
    desk.receive(SentClaim())
    add(desk, replace(SECOND, starts_on=date(2026, 1, 6)))
    add(desk, replace(SECOND, ends_on=date(2026, 1, 4)))
    assert desk.claim().billable_cents == 2_000
    assert entries(desk, BusinessEvent.SHARE_HELD) == 0


def test_a_first_plan_holds_nothing_that_it_has_decided(desk: ImportDesk) -> None:
    desk.receive(SentClaim())
    add(desk, NewCoverage(None, "Sample Health Plan", "W1", 1, None, None))
    assert desk.claim().billable_cents == 2_000


def test_a_plan_that_ended_before_the_visit_lets_it_be_billed(desk: ImportDesk) -> None:
    desk.receive(SentClaim())
    coverage_id = add(desk)
    end(desk, coverage_id, date(2026, 1, 5))  # it paid on that day still
    assert desk.claim().holds == ("later_coverage",)
    end(desk, coverage_id, date(2026, 1, 4))
    claim = desk.claim()
    assert (claim.holds, claim.billable_cents) == ((), 2_000)
    (hold,) = holds(desk)
    assert hold.release_reason == "The patient's insurance on file changed."
    assert hold.released_by == str(UUID(int=7))
    assert [action for action, _, _ in actions(desk)] == [
        "add_coverage",
        "end_coverage",
        "end_coverage",
    ]


def test_a_last_day_that_was_too_early_is_put_right(desk: ImportDesk) -> None:
    desk.receive(SentClaim())
    coverage_id = add(desk, replace(SECOND, ends_on=date(2025, 12, 31)))
    assert desk.claim().holds == ()
    end(desk, coverage_id, date(2026, 12, 31))
    assert desk.claim().holds == ("later_coverage",)


def test_another_plan_holds_what_staff_released_for_the_first(desk: ImportDesk) -> None:
    desk.receive(SentClaim())
    add(desk)
    desk.release("A1", HoldKind.LATER_COVERAGE)
    later = replace(SECOND, payer_name="Cascade", rank=3)
    add(desk, replace(later, ends_on=date(2025, 12, 31)))
    assert desk.claim().holds == ()
    add(desk, replace(later, starts_on=date(2026, 1, 1)))
    assert desk.claim().holds == ("later_coverage",)
    desk.receive(replace(SentClaim(), number="A2", icn="ICN2"))  # looks at the patient again
    assert desk.claim().holds == ("later_coverage",)


def test_two_plans_have_not_the_same_place_on_one_day(desk: ImportDesk) -> None:
    desk.receive(SentClaim())
    coverage_id = add(desk, replace(SECOND, ends_on=date(2026, 1, 31)))
    other = replace(SECOND, payer_name="Cascade", starts_on=date(2026, 1, 31))
    with pytest.raises(CoverageOverlapsError):
        add(desk, other)
    add(desk, replace(other, starts_on=date(2026, 2, 1)))
    with pytest.raises(CoverageOverlapsError):
        end(desk, coverage_id, date(2026, 2, 1))
    assert desk.count(Coverage) == 2


def test_a_plan_does_not_end_before_it_begins(desk: ImportDesk) -> None:
    desk.receive(SentClaim())
    starts = replace(SECOND, starts_on=date(2026, 1, 2))
    with pytest.raises(EndsBeforeItStartsError):
        add(desk, replace(starts, ends_on=date(2026, 1, 1)))
    coverage_id = add(desk, starts)
    with pytest.raises(EndsBeforeItStartsError):
        end(desk, coverage_id, date(2026, 1, 1))


def test_a_plan_the_practice_knows_is_not_made_again(desk: ImportDesk) -> None:
    desk.receive(SentClaim())
    add(desk)
    add(desk, replace(SECOND, payer_name="GREEN VALLEY", rank=3))
    names = [name for _, name in page(desk).payers]
    assert names == ["Green Valley", "Sample Health Plan"]
    assert [(one.payer_name, one.rank) for one in page(desk).coverages] == [
        ("Green Valley", 2),
        ("Green Valley", 3),
    ]
    assert desk.count(Payer) == 2


def test_a_known_plan_is_chosen_by_its_id(desk: ImportDesk) -> None:
    desk.receive(SentClaim())
    ((payer_id, _),) = page(desk).payers
    add(desk, replace(SECOND, payer_id=payer_id, payer_name="", rank=1))
    assert desk.count(Payer) == 1


def test_the_look_at_a_patients_plans_is_noted(desk: ImportDesk) -> None:
    desk.receive(SentClaim())
    assert page(desk).patient_name == "June Marlowe"
    assert actions(desk) == [("view", "patient", desk.guarantor_id())]


def test_nothing_changes_while_a_file_comes_in(desk: ImportDesk) -> None:
    desk.receive(SentClaim())
    coverage_id = add(desk)
    with desk.database.transaction(desk.principal()) as session:
        announce_import(session.connection(), desk.practice.practice_id)
        with pytest.raises(ImportRunningError):
            add(desk, replace(SECOND, rank=3))
        with pytest.raises(ImportRunningError):
            end(desk, coverage_id, TODAY)
    assert desk.count(Coverage) == 1


def test_another_practices_patient_and_plan_are_not_found(desk: ImportDesk) -> None:
    desk.receive(SentClaim())
    coverage_id = add(desk)
    other_id = make_practice(desk.database, slug="other")
    guarantor_id = make_guarantor(desk.database, other_id)
    make_patient(desk.database, other_id, guarantor_id=guarantor_id)
    other = ImportDesk(desk.database, practice_by_slug(desk.database, "other"), desk.folder)
    clerk, june = other.staff("poster"), patient_of(desk)
    with pytest.raises(PatientNotFoundError):
        add_coverage(desk.database, clerk, june, SECOND, act=ACT)
    with pytest.raises(PatientNotFoundError):
        coverages_page(desk.database, clerk, june, now=NOW, request_id="r")
    for missing in (coverage_id, new_id()):
        with pytest.raises(CoverageNotFoundError):
            end_coverage(desk.database, clerk, missing, ends_on=TODAY, act=ACT)


def holds(desk: ImportDesk) -> list[Hold]:
    with desk.database.transaction(desk.principal()) as session:
        query = select(Hold).where(Hold.practice_id == desk.practice.practice_id)
        return list(session.scalars(query.order_by(Hold.hold_id)))

"""What staff do about claims that wait: who may, what it moves, what the log keeps."""

from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import select

from portal.audit.models import AuditEvent
from portal.db import new_id
from portal.domain.hold_kinds import HOLDS, HoldKind, Releaser
from portal.practice.directory import practice_by_slug
from portal.practice.import_lock import announce_import
from portal.practice.models import Hold
from portal.remittances.claims.work import (
    ClaimNotFoundError,
    ImportRunningError,
    NotReleasableError,
    PatientKnownError,
    match_patient,
    may_release,
    release_hold,
)
from tests.builders import make_guarantor, make_patient, make_practice
from tests.remittances.desk import ACT, ImportDesk, SentClaim, SentLine
from tests.remittances.test_import_dispositions import known_patient

CROSSED_OVER = replace(SentClaim(), status="19")


def test_releasing_the_last_hold_makes_the_share_billable(desk: ImportDesk) -> None:
    desk.receive(CROSSED_OVER)
    desk.release("A1", HoldKind.CROSSOVER)
    claim = desk.claim()
    assert (claim.holds, claim.billable_cents) == ((), 2_000)
    (hold,) = holds(desk)
    assert hold.release_reason == "The payer confirmed it by phone."
    assert hold.released_by == str(UUID(int=7))
    assert audit(desk) == ["release_hold"]


def test_releasing_one_of_two_holds_bills_nothing_yet(desk: ImportDesk) -> None:
    desk.receive(replace(CROSSED_OVER, stated_cents=100))
    desk.release("A1", HoldKind.CROSSOVER)
    claim = desk.claim()
    assert (claim.holds, claim.billable_cents) == (("responsibility_differs",), 0)


def test_giving_up_a_correction_leaves_the_claim_without_a_share(desk: ImportDesk) -> None:
    desk.receive(SentClaim())
    desk.receive(SentClaim().reversal())
    desk.release("A1", HoldKind.AWAITING_CORRECTION)
    claim = desk.claim()
    assert (claim.holds, claim.billable_cents) == ((), 0)
    assert claim.payer_receivable_cents == 10_000


def test_a_hold_for_a_manager_is_not_released_by_a_poster(desk: ImportDesk) -> None:
    desk.receive(SentClaim(lines=[SentLine(adjustments={"PR45": 10_000})]))
    assert desk.claim().holds == ("balance_bill",)
    with pytest.raises(NotReleasableError):
        desk.release("A1", HoldKind.BALANCE_BILL)
    desk.release("A1", HoldKind.BALANCE_BILL, role="manager")
    assert desk.claim().billable_cents == 10_000


def test_nobody_releases_the_hold_of_a_protected_patient(desk: ImportDesk) -> None:
    desk.receive(SentClaim(lines=[SentLine(remarks=["N781"])]))
    for role in ("poster", "manager", "admin"):
        with pytest.raises(NotReleasableError):
            desk.release("A1", HoldKind.QUALIFIED_MEDICARE_BENEFICIARY, role=role)
    assert desk.claim().billable_cents == 0


def test_a_hold_that_does_not_stand_is_not_released(desk: ImportDesk) -> None:
    desk.receive(CROSSED_OVER)
    with pytest.raises(NotReleasableError):
        desk.release("A1", HoldKind.WRONG_PAYER)


def test_a_release_needs_a_reason(desk: ImportDesk) -> None:
    desk.receive(CROSSED_OVER)
    with pytest.raises(ValueError, match="reason"):
        release_hold(
            desk.database,
            desk.staff("poster"),
            desk.claim_id(),
            HoldKind.CROSSOVER,
            reason=" ",
            act=ACT,
        )


@pytest.mark.parametrize("kind", HoldKind)
def test_whoever_may_not_see_the_posters_pages_releases_nothing(kind: HoldKind) -> None:
    for role in ("front_desk", "collections", "", "nobody"):
        assert not may_release(kind, role)
    assert may_release(kind, "admin") is (HOLDS[kind].released_by is not Releaser.NOBODY)


def test_a_claim_gets_its_patient_and_what_was_posted_for_nobody(desk: ImportDesk) -> None:
    desk.bring(desk.write(SentClaim()), create_patients=False)
    june = known_patient(desk)
    desk.match("A1", june.patient_id)
    claim = desk.claim()
    assert (claim.holds, claim.billable_cents) == ((), 2_000)
    assert desk.guarantor_id() == june.guarantor_id
    assert audit(desk) == ["match_patient"]
    with pytest.raises(PatientKnownError):
        desk.match("A1", june.patient_id)


def test_a_matched_claim_waits_for_a_coverage_that_has_not_decided(desk: ImportDesk) -> None:
    desk.bring(desk.write(SentClaim()), create_patients=False)
    june = known_patient(desk)
    desk.cover(june.patient_id, june.guarantor_id, payer="SECOND", rank=2, member="S9")
    desk.match("A1", june.patient_id)
    assert desk.claim().holds == ("later_coverage",)


def test_a_claim_or_patient_of_another_practice_is_not_found(desk: ImportDesk) -> None:
    other_id = make_practice(desk.database, slug="other")
    guarantor_id = make_guarantor(desk.database, other_id)
    stranger = make_patient(desk.database, other_id, guarantor_id=guarantor_id)
    desk.bring(desk.write(SentClaim()), create_patients=False)
    with pytest.raises(ClaimNotFoundError):
        desk.match("A1", stranger)
    other = ImportDesk(desk.database, practice_by_slug(desk.database, "other"), desk.folder)
    with pytest.raises(ClaimNotFoundError):
        match_patient(
            other.database, other.staff("poster"), desk.claim_id(), patient_id=stranger, act=ACT
        )


def test_nothing_is_released_while_a_file_comes_in(desk: ImportDesk) -> None:
    desk.receive(CROSSED_OVER)
    with desk.database.transaction(desk.principal()) as session:
        announce_import(session.connection(), desk.practice.practice_id)
        with pytest.raises(ImportRunningError):
            desk.release("A1", HoldKind.CROSSOVER)


def test_a_claim_that_is_not_there_is_not_found(desk: ImportDesk) -> None:
    with pytest.raises(ClaimNotFoundError):
        release_hold(
            desk.database,
            desk.staff("poster"),
            new_id(),
            HoldKind.CROSSOVER,
            reason="asked",
            act=ACT,
        )


def holds(desk: ImportDesk) -> list[Hold]:
    with desk.database.transaction(desk.principal()) as session:
        query = select(Hold).where(Hold.practice_id == desk.practice.practice_id)
        return list(session.scalars(query.order_by(Hold.hold_id)))


def audit(desk: ImportDesk) -> list[str]:
    with desk.database.transaction(desk.principal()) as session:
        query = select(AuditEvent.action).where(AuditEvent.practice_id == desk.practice.practice_id)
        return list(session.scalars(query.order_by(AuditEvent.event_id)))

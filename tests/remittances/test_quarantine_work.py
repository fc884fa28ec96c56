"""What posters do about what was set aside: every cent stays where somebody sees it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from uuid import UUID

import pytest
from sqlalchemy import select

from portal.audit.models import AuditEvent
from portal.db import new_id
from portal.domain.adjudication import Disposition
from portal.domain.hold_kinds import HoldKind
from portal.domain.journal import LedgerAccount
from portal.domain.quarantine import ACTS, QuarantineAct, QuarantineReason
from portal.practice.decisions import Adjudication
from portal.practice.import_lock import announce_import
from portal.practice.models import Task
from portal.remittances.claims.work import ImportRunningError
from portal.remittances.models import QuarantinedClaim, QuarantineDecision
from portal.remittances.quarantine import work as quarantine_work
from portal.remittances.quarantine.set_aside import QuarantineNotFoundError
from portal.remittances.quarantine.work import (
    NotPossibleError,
    Resolution,
    ResolvedError,
    StillQuarantinedError,
)
from tests.remittances.desk import ACT, ImportDesk, SentClaim, SentLine

WHY = "The payer confirmed it by phone."
CLAIM = SentClaim()  # 100.00 charged: 30.00 agreed off, 20.00 the patient's, 50.00 paid
UNBALANCED = SentClaim(lines=[SentLine(paid_cents=4_000)])  # 10.00 are missing
MENDED = SentClaim(lines=[SentLine(adjustments={"CO45": 4_000, "PR3": 2_000})])
OTHER = replace(CLAIM, number="B2", member="W2", first_name="ANA")
REST = SentLine(adjustments={"OA23": 8_000})
OVERPAID = SentClaim(lines=[SentLine(paid_cents=6_000)])  # 10.00 too much


def test_a_reversal_that_came_first_is_decided_again_when_its_original_is_here(
    desk: ImportDesk,
) -> None:
    desk.receive(CLAIM.reversal())
    assert desk.sums() == {
        LedgerAccount.PAYER_CLEARING: -5_000,
        LedgerAccount.REMITTANCE_SUSPENSE: 5_000,
    }
    with pytest.raises(StillQuarantinedError):
        again(desk)
    assert open_reasons(desk) == ["reversal_unmatched"]
    desk.receive(CLAIM)
    assert again(desk).disposition is Disposition.HELD
    claim = desk.claim()
    assert (claim.paid_cents, claim.payer_receivable_cents) == (0, 10_000)
    assert claim.holds == ("awaiting_correction",)
    assert LedgerAccount.REMITTANCE_SUSPENSE not in desk.sums()
    assert LedgerAccount.PAYER_CLEARING not in desk.sums()
    assert open_reasons(desk) == []
    desk.receive(replace(CLAIM, icn="ICN2"))
    assert (desk.claim().holds, desk.claim().billable_cents) == ((), 2_000)


def test_what_was_told_again_meanwhile_is_posted_once(desk: ImportDesk) -> None:
    """The same payment under other control numbers: its claims are duplicates of what waits."""
    for control in (7, 8):
        desk.bring(desk.write(CLAIM.reversal(), trace="T1", control=control))
    desk.receive(CLAIM)
    assert again(desk).disposition is Disposition.HELD
    assert desk.claim().paid_cents == 0


def test_the_charge_on_record_may_be_right_meanwhile(desk: ImportDesk) -> None:
    small = SentClaim(lines=[SentLine(charge_cents=5_000, adjustments={})])
    desk.receive(small)
    desk.receive(replace(CLAIM, icn="ICN2"))
    assert open_reasons(desk) == ["charge_above_recorded"]
    with pytest.raises(StillQuarantinedError):
        again(desk)
    desk.receive(small.reversal())
    assert accept(desk).disposition is Disposition.POSTED
    claim = desk.claim()
    assert (claim.charge_cents, claim.paid_cents, claim.billable_cents) == (10_000, 5_000, 2_000)


def test_what_was_paid_by_another_file_meanwhile_is_owed_back(desk: ImportDesk) -> None:
    dearer = replace(CLAIM, lines=[SentLine(charge_cents=15_000)], icn="ICN2")
    small = SentClaim(lines=[SentLine(charge_cents=5_000, adjustments={})])
    desk.receive(small)
    desk.receive(dearer)
    desk.receive(small.reversal())
    accept(desk)
    desk.receive(dearer)
    assert "payer_paid_twice" in desk.tasks()
    assert desk.sums()[LedgerAccount.PAYER_CREDITS] == -10_000


def test_a_matched_reversal_of_another_number_takes_the_decision_back(desk: ImportDesk) -> None:
    desk.receive(CLAIM)
    desk.receive(replace(CLAIM.reversal(), number="A7", icn="OTHER"))
    assert open_reasons(desk) == ["reversal_unmatched"]
    done = match(desk, decision_of(desk, "A1"))
    assert done.claim_id == desk.claim_id("A1")
    assert desk.claim("A1").holds == ("awaiting_correction",)
    assert (desk.claim("A1").paid_cents, desk.claim("A1").billable_cents) == (0, 0)
    assert LedgerAccount.REMITTANCE_SUSPENSE not in desk.sums()
    assert desk.tasks() == []


@pytest.mark.parametrize(
    ("taken_cents", "owed_cents"), [(4_000, -1_000), (6_000, 1_000)], ids=["less", "more"]
)
def test_a_matched_reversal_of_another_amount_leaves_the_rest_with_the_payer(
    desk: ImportDesk, taken_cents: int, owed_cents: int
) -> None:
    """Payer credits: a credit is owed to the payer, a debit is owed by it."""
    desk.receive(CLAIM)
    line = SentLine(adjustments={"CO45": 8_000 - taken_cents, "PR3": 2_000})
    desk.receive(SentClaim(lines=[line]).reversal())
    assert open_reasons(desk) == ["reversal_amounts_differ"]
    match(desk, decision_of(desk, "A1"))
    assert desk.sums()[LedgerAccount.PAYER_CREDITS] == owed_cents
    assert desk.claim().paid_cents == 0
    assert desk.claim().payer_receivable_cents == 10_000
    assert desk.tasks() == ["payer_credit_open"]


def test_a_reversal_is_not_matched_with_another_payers_decision(desk: ImportDesk) -> None:
    desk.receive(CLAIM, payer="ANOTHER")
    desk.receive(replace(CLAIM.reversal(), number="A7"))
    with pytest.raises(StillQuarantinedError):
        match(desk, decision_of(desk, "A1"))
    with pytest.raises(NotPossibleError):
        match(desk, new_id())


def test_what_was_meant_for_another_claim_is_posted_there(desk: ImportDesk) -> None:
    small = SentClaim(number="A7", lines=[SentLine(charge_cents=5_000, adjustments={})])
    desk.receive(small)
    desk.receive(CLAIM)
    desk.receive(replace(CLAIM, number="A7", status="2", icn="S1", lines=[REST]), payer="SECOND")
    assert open_reasons(desk) == ["charge_above_recorded"]
    done = move(desk, desk.claim_id("A1"))
    assert done.claim_id == desk.claim_id("A1")
    assert (desk.claim("A1").paid_cents, desk.claim("A1").billable_cents) == (7_000, 0)
    assert (desk.claim("A7").paid_cents, desk.claim("A7").charge_cents) == (5_000, 5_000)
    assert LedgerAccount.REMITTANCE_SUSPENSE not in desk.sums()
    assert open_reasons(desk) == []


def test_nothing_is_posted_on_another_patients_claim_nor_on_its_own_again(
    desk: ImportDesk,
) -> None:
    small = SentClaim(number="A7", lines=[SentLine(charge_cents=5_000, adjustments={})])
    desk.receive(small)
    desk.receive(replace(CLAIM, number="B2", member="W2", first_name="ANA"))
    desk.receive(replace(CLAIM, number="A7", icn="ICN2"))
    for claim_id in (desk.claim_id("B2"), desk.claim_id("A7"), new_id()):
        with pytest.raises(NotPossibleError):
            move(desk, claim_id)
    assert open_reasons(desk) == ["charge_above_recorded"]


def test_where_it_does_not_fit_either_nothing_is_posted(desk: ImportDesk) -> None:
    small = SentClaim(number="A7", lines=[SentLine(charge_cents=5_000, adjustments={})])
    desk.receive(small, replace(small, number="A8", icn="ICN8"))
    desk.receive(replace(CLAIM, number="A7", icn="ICN2"))
    with pytest.raises(StillQuarantinedError):
        move(desk, desk.claim_id("A8"))


def test_accepted_figures_post_what_is_paid_and_hold_the_share(desk: ImportDesk) -> None:
    desk.receive(UNBALANCED)
    assert accept(desk).disposition is Disposition.HELD
    claim = desk.claim()
    assert (claim.paid_cents, claim.adjusted_cents) == (4_000, 3_000)
    assert claim.payer_receivable_cents == 1_000
    assert (claim.patient_pending_cents, claim.billable_cents) == (2_000, 0)
    assert (claim.holds, claim.denied) == (("figures_accepted",), True)


def test_accepted_figures_never_make_more_of_a_claim_than_was_charged(desk: ImportDesk) -> None:
    desk.receive(OVERPAID)
    accept(desk)
    claim = desk.claim()
    assert (claim.paid_cents, claim.adjusted_cents) == (6_000, 2_000)
    assert (claim.patient_pending_cents, claim.payer_receivable_cents) == (2_000, 0)


def test_figures_far_above_the_charge_are_not_accepted(desk: ImportDesk) -> None:
    desk.receive(SentClaim(lines=[SentLine(paid_cents=11_000)]))
    with pytest.raises(StillQuarantinedError) as error:
        accept(desk)
    assert error.value.fault.reason is QuarantineReason.MORE_THAN_CHARGED
    assert open_reasons(desk) == ["line_unbalanced"]


def test_an_accepted_charge_is_the_charge_from_then_on(desk: ImportDesk) -> None:
    first = SentLine(charge_cents=5_000, adjustments={"CO45": 2_000, "PR3": 3_000})
    desk.receive(SentClaim(lines=[first]))
    desk.receive(replace(CLAIM, status="2"))
    assert open_reasons(desk) == ["charge_above_recorded"]
    accept(desk)
    assert desk.claim().charge_cents == 10_000
    assert desk.claim().paid_cents == 5_000


def test_a_rejected_claim_leaves_its_money_owed_to_the_payer(desk: ImportDesk) -> None:
    desk.receive(UNBALANCED)
    assert reject(desk).disposition is None
    assert desk.sums() == {
        LedgerAccount.PAYER_CLEARING: 4_000,
        LedgerAccount.PAYER_CREDITS: -4_000,
    }
    assert desk.tasks() == ["payer_credit_open"]
    assert open_reasons(desk) == []


def test_an_estimate_is_rejected_and_moves_nothing(desk: ImportDesk) -> None:
    desk.receive(SentClaim(status="25", lines=[SentLine(adjustments={"PR1": 10_000})]))
    reject(desk)
    assert (desk.sums(), desk.tasks(), open_reasons(desk)) == ({}, [], [])


def test_what_the_payer_sent_again_correctly_is_told_once(desk: ImportDesk) -> None:
    desk.bring(desk.write(UNBALANCED, OTHER, trace="T1", control=7))
    with pytest.raises(NotPossibleError):
        replaced(desk)
    desk.bring(desk.write(MENDED, OTHER, trace="T1", control=8))
    assert desk.sums()[LedgerAccount.PAYER_CLEARING] == 13_000
    replaced(desk)
    assert desk.sums()[LedgerAccount.PAYER_CLEARING] == 9_000
    assert LedgerAccount.REMITTANCE_SUSPENSE not in desk.sums()
    assert desk.claim("A1").paid_cents == 4_000


def test_a_claim_is_not_rejected_once_another_file_tells_it_correctly(desk: ImportDesk) -> None:
    """Its money came once: it is not owed back to the payer beside the claim it paid."""
    desk.bring(desk.write(UNBALANCED, OTHER, trace="T1", control=7))
    desk.bring(desk.write(MENDED, OTHER, trace="T1", control=8))
    with pytest.raises(NotPossibleError):
        reject(desk)
    replaced(desk)
    assert LedgerAccount.PAYER_CREDITS not in desk.sums()


def test_a_rejected_claim_that_the_payer_tells_correctly_later_is_owed_back_no_more(
    desk: ImportDesk,
) -> None:
    desk.bring(desk.write(UNBALANCED, OTHER, trace="T1", control=7))
    reject(desk)
    desk.bring(desk.write(MENDED, OTHER, trace="T1", control=8))
    sums = desk.sums()
    assert sums[LedgerAccount.PAYER_CLEARING] == 9_000
    assert LedgerAccount.PAYER_CREDITS not in sums
    assert LedgerAccount.REMITTANCE_SUSPENSE not in sums
    assert open_tasks(desk) == []
    desk.bring(desk.write(MENDED, OTHER, trace="T1", control=9))
    assert desk.sums() == sums


def test_provider_adjustments_of_a_payment_that_comes_again_are_told_once(
    desk: ImportDesk,
) -> None:
    plb = "PLB*1*20261231*WO:X*-10"
    for control, claim in ((7, UNBALANCED), (8, MENDED)):
        path = desk.write(claim, OTHER, trace="T1", control=control, plb=plb, payment_cents=10_000)
        desk.bring(path)
    replaced(desk)
    assert desk.sums()[LedgerAccount.PAYER_CREDITS] == -1_000
    assert desk.sums()[LedgerAccount.PAYER_CLEARING] == 10_000


def test_a_correction_does_not_replace_the_reversal_beside_it(desk: ImportDesk) -> None:
    reversal = replace(CLAIM.reversal(), icn="ICN0")
    first = replace(CLAIM, icn="ICN9")
    changed = replace(first, lines=[SentLine(adjustments={"CO45": 2_500, "PR3": 2_500})])
    desk.bring(desk.write(reversal, first, trace="T1", control=7))
    desk.bring(desk.write(reversal, changed, trace="T1", control=8))
    with pytest.raises(NotPossibleError):
        replaced(desk)


def test_a_changed_claim_of_a_payment_that_comes_again_brings_no_money(desk: ImportDesk) -> None:
    changed = replace(CLAIM, lines=[SentLine(adjustments={"CO45": 2_500, "PR3": 2_500})])
    desk.bring(desk.write(CLAIM, OTHER, trace="T1", control=7))
    desk.bring(desk.write(changed, OTHER, trace="T1", control=8))
    assert desk.sums()[LedgerAccount.PAYER_CLEARING] == 10_000
    assert LedgerAccount.REMITTANCE_SUSPENSE not in desk.sums()
    assert desk.claim("A1").holds == ("decided_again",)
    desk.release("A1", HoldKind.DECIDED_AGAIN)
    assert (desk.claim("A1").paid_cents, desk.claim("A1").billable_cents) == (5_000, 2_000)


def test_the_claims_of_a_payment_in_two_files_are_its_money_once(desk: ImportDesk) -> None:
    """Each file has half of the claims: what the first leaves unexplained, the second tells."""
    desk.bring(desk.write(CLAIM, trace="T1", control=7, payment_cents=10_000))
    assert desk.sums()[LedgerAccount.REMITTANCE_SUSPENSE] == -5_000
    desk.bring(desk.write(OTHER, trace="T1", control=8, payment_cents=10_000))
    assert desk.sums()[LedgerAccount.PAYER_CLEARING] == 10_000
    assert LedgerAccount.REMITTANCE_SUSPENSE not in desk.sums()


def test_a_reversal_with_wrong_figures_and_another_amount_is_matched_all_the_same(
    desk: ImportDesk,
) -> None:
    """The first fault hides the second: what ends the second ends both."""
    desk.receive(CLAIM)
    desk.receive(UNBALANCED.reversal())
    assert open_reasons(desk) == ["line_unbalanced"]
    with pytest.raises(StillQuarantinedError):
        accept(desk)
    match(desk, decision_of(desk, "A1"))
    assert (desk.claim().paid_cents, desk.claim().holds) == (0, ("awaiting_correction",))
    assert desk.sums()[LedgerAccount.PAYER_CREDITS] == -1_000


def test_wrong_figures_above_the_charge_on_record_are_accepted_together(desk: ImportDesk) -> None:
    first = SentLine(charge_cents=5_000, adjustments={"CO45": 2_000, "PR3": 3_000})
    desk.receive(SentClaim(lines=[first]))
    desk.receive(replace(UNBALANCED, status="2"))
    assert open_reasons(desk) == ["line_unbalanced"]
    accept(desk)
    assert desk.claim().charge_cents == 10_000


@pytest.mark.parametrize("reason", QuarantineReason)
def test_everything_that_is_set_aside_can_be_ended(reason: QuarantineReason) -> None:
    assert QuarantineAct.REJECTED in ACTS[reason]


def test_an_act_that_does_not_fit_is_refused(desk: ImportDesk) -> None:
    desk.receive(UNBALANCED)
    with pytest.raises(NotPossibleError):
        again(desk)
    with pytest.raises(NotPossibleError):
        match(desk, new_id())
    assert open_reasons(desk) == ["line_unbalanced"]


def test_two_posters_at_once_resolve_it_once(desk: ImportDesk) -> None:
    desk.receive(UNBALANCED)
    set_aside_id = quarantined(desk)[0].quarantine_id
    quarantine_work.accept(desk.database, desk.staff("poster"), set_aside_id, reason=WHY, act=ACT)
    for act in (quarantine_work.accept, quarantine_work.reject):
        with pytest.raises(ResolvedError):
            act(desk.database, desk.staff("poster"), set_aside_id, reason=WHY, act=ACT)
    assert desk.claim().paid_cents == 4_000
    assert [one.act for one in decisions(desk)] == ["accepted"]


@pytest.mark.parametrize("_attempt", range(3))
def test_two_posters_who_press_in_the_same_moment_are_one(desk: ImportDesk, _attempt: int) -> None:
    desk.receive(UNBALANCED)
    (one,) = opened(desk)
    together = Barrier(2)

    def press(work: Callable[..., Resolution]) -> bool:
        together.wait()
        try:
            work(desk.database, desk.staff("poster"), one.quarantine_id, reason=WHY, act=ACT)
        except ResolvedError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(press, (quarantine_work.accept, quarantine_work.reject)))
    assert sorted(done) == [False, True]
    assert len(decisions(desk)) == 1
    assert desk.findings() == []


def test_a_decision_waits_for_nobody_who_pays_meanwhile(desk: ImportDesk) -> None:
    """Of a matched reversal: what the patient paid on the decision is credit now."""
    desk.receive(CLAIM)
    desk.pay("A1", 2_000)
    desk.receive(replace(CLAIM.reversal(), number="A7", icn="OTHER"))
    match(desk, decision_of(desk, "A1"))
    assert desk.sums()[LedgerAccount.UNAPPLIED_CREDIT] == -2_000
    desk.receive(replace(CLAIM, icn="ICN2"))
    assert LedgerAccount.UNAPPLIED_CREDIT not in desk.sums()
    assert desk.claim("A1").patient_paid_cents == 2_000


def test_nothing_is_resolved_while_a_file_comes_in(desk: ImportDesk) -> None:
    desk.receive(UNBALANCED)
    with desk.database.transaction(desk.principal()) as session:
        announce_import(session.connection(), desk.practice.practice_id)
        with pytest.raises(ImportRunningError):
            accept(desk)


def test_a_resolution_needs_a_reason_and_keeps_it(desk: ImportDesk) -> None:
    desk.receive(UNBALANCED)
    (one,) = quarantined(desk)
    with pytest.raises(ValueError, match="reason"):
        quarantine_work.reject(
            desk.database, desk.staff("poster"), one.quarantine_id, reason=" ", act=ACT
        )
    reject(desk)
    (kept,) = decisions(desk)
    assert (kept.act, kept.reason, kept.decided_by) == ("rejected", WHY, str(UUID(int=7)))
    assert quarantined(desk)[0].resolved_at == ACT.now
    assert audited(desk) == ["quarantine_rejected"]


def test_what_is_not_there_is_not_found(desk: ImportDesk) -> None:
    with pytest.raises(QuarantineNotFoundError):
        quarantine_work.reject(desk.database, desk.staff("poster"), new_id(), reason=WHY, act=ACT)


def again(desk: ImportDesk) -> Resolution:
    return _resolved(desk, quarantine_work.decide_again)


def accept(desk: ImportDesk) -> Resolution:
    return _resolved(desk, quarantine_work.accept)


def reject(desk: ImportDesk) -> Resolution:
    return _resolved(desk, quarantine_work.reject)


def replaced(desk: ImportDesk) -> Resolution:
    return _resolved(desk, quarantine_work.replace)


def match(desk: ImportDesk, takes_back: UUID) -> Resolution:
    (one,) = opened(desk)
    done = quarantine_work.match_reversal(
        desk.database,
        desk.staff("poster"),
        one.quarantine_id,
        takes_back=takes_back,
        reason=WHY,
        act=ACT,
    )
    assert desk.findings() == []
    return done


def move(desk: ImportDesk, claim_id: UUID) -> Resolution:
    (one,) = opened(desk)
    done = quarantine_work.move(
        desk.database,
        desk.staff("poster"),
        one.quarantine_id,
        claim_id=claim_id,
        reason=WHY,
        act=ACT,
    )
    assert desk.findings() == []
    return done


def _resolved(desk: ImportDesk, act: Callable[..., Resolution]) -> Resolution:
    (one,) = opened(desk)
    done = act(desk.database, desk.staff("poster"), one.quarantine_id, reason=WHY, act=ACT)
    assert desk.findings() == []
    return done


def quarantined(desk: ImportDesk) -> list[QuarantinedClaim]:
    with desk.database.transaction(desk.principal()) as session:
        query = select(QuarantinedClaim).where(
            QuarantinedClaim.practice_id == desk.practice.practice_id
        )
        return list(session.scalars(query.order_by(QuarantinedClaim.quarantine_id)))


def opened(desk: ImportDesk) -> list[QuarantinedClaim]:
    return [one for one in quarantined(desk) if one.resolved_at is None]


def open_reasons(desk: ImportDesk) -> list[str]:
    return [one.code for one in opened(desk)]


def decisions(desk: ImportDesk) -> list[QuarantineDecision]:
    with desk.database.transaction(desk.principal()) as session:
        query = select(QuarantineDecision).where(
            QuarantineDecision.practice_id == desk.practice.practice_id
        )
        return list(session.scalars(query))


def decision_of(desk: ImportDesk, number: str) -> UUID:
    with desk.database.transaction(desk.principal()) as session:
        return session.scalars(
            select(Adjudication.adjudication_id).where(
                Adjudication.practice_id == desk.practice.practice_id,
                Adjudication.claim_id == desk.claim_id(number),
                Adjudication.disposition == "posted",
            )
        ).one()


def open_tasks(desk: ImportDesk) -> list[str]:
    with desk.database.transaction(desk.principal()) as session:
        query = select(Task.kind).where(
            Task.practice_id == desk.practice.practice_id, Task.done_at.is_(None)
        )
        return list(session.scalars(query))


def audited(desk: ImportDesk) -> list[str]:
    with desk.database.transaction(desk.principal()) as session:
        query = select(AuditEvent.action).where(AuditEvent.practice_id == desk.practice.practice_id)
        return list(session.scalars(query.order_by(AuditEvent.event_id)))

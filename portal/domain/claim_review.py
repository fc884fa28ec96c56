"""What people, not payers, change about a claim: a hold released, a patient found, a new fact."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from portal.domain.claim_draft import ClaimChanges, ClaimDraft
from portal.domain.claim_position import ClaimPosition
from portal.domain.hold_kinds import HOLDS, HoldKind, Releaser
from portal.domain.hold_rules import holds_of

_STILL_DECIDING = frozenset(
    {
        HoldKind.CROSSOVER,
        HoldKind.LATER_COVERAGE,
        HoldKind.FIRST_PAYER_NOT_SEEN,
        HoldKind.EARLIER_PLAN_CHANGED,
        HoldKind.AWAITING_CORRECTION,
        HoldKind.DECIDED_AGAIN,
        HoldKind.POSSIBLY_ONE_CLAIM,
        HoldKind.UNDER_REVIEW,
    }
)


class NotReleasableError(ValueError):
    """A hold that no person may release, that does not stand, or that keeps a claim in bounds."""


class NothingRefusedError(ValueError):
    """No refused amount is open, or a payer has still to decide; or nothing was written off."""


def reassess(position: ClaimPosition, *, cause_id: UUID, today: date) -> ClaimChanges:
    """Look again after a fact changed, such as a coverage; ``cause_id`` names the change."""
    draft = ClaimDraft(position, cause_id=cause_id, today=today)
    draft.settle()
    return draft.changes()


def release_hold(
    position: ClaimPosition, kind: HoldKind, *, cause_id: UUID, today: date
) -> ClaimChanges:
    """Staff release a hold. It stays released for what is known now; later decisions may raise it.

    Giving up a correction lets the highest decision that stands be billed, and puts back with the
    payers what staff had written off in its place. Raises NotReleasableError, also where the
    charge has no room for that decision's share.
    """
    if kind not in position.holds or HOLDS[kind].released_by is Releaser.NOBODY:
        raise NotReleasableError(kind)
    draft = ClaimDraft(position, cause_id=cause_id, today=today)
    draft.waive(holds_of(position, kind))
    if draft.position.excess_cents > position.excess_cents:
        raise NotReleasableError(kind)
    draft.position = replace(draft.position, holds=draft.position.holds - {kind})
    draft.settle()
    return draft.changes()


def hold_by_staff(
    position: ClaimPosition, *, cause_id: UUID, today: date, kind: HoldKind = HoldKind.STAFF
) -> ClaimChanges:
    """Nothing of the claim is billed until somebody of the practice ends that.

    ``kind``: they hold it of their own accord, or because its person says that it is wrong.
    """
    draft = ClaimDraft(position, cause_id=cause_id, today=today)
    draft.position = replace(position, holds=position.holds | {kind})
    draft.settle()
    return draft.changes()


def end_dispute(position: ClaimPosition, *, cause_id: UUID, today: date) -> ClaimChanges:
    """Nothing is said to be wrong with the claim any more: no case about it is open."""
    draft = ClaimDraft(position, cause_id=cause_id, today=today)
    draft.position = replace(position, holds=position.holds - {HoldKind.DISPUTED})
    draft.settle()
    return draft.changes()


def refused_cents(position: ClaimPosition) -> int:
    """What staff may write off: refused by payers, or not to be asked of a protected patient.

    Nothing while another payer, or another decision, is still to come: it may pay it.
    """
    if position.holds & _STILL_DECIDING:
        return 0
    if HoldKind.QUALIFIED_MEDICARE_BENEFICIARY in position.holds:
        return max(0, position.payer_receivable_cents)
    return position.denied_cents


def write_off_refused(position: ClaimPosition, *, cause_id: UUID, today: date) -> ClaimChanges:
    """Staff give up all that is refused; it never reaches the patient. NothingRefusedError."""
    cents = refused_cents(position)
    if not cents:
        raise NothingRefusedError(position.claim_id)
    return _written_off(position, cents, cause_id=cause_id, today=today)


def put_write_off_back(position: ClaimPosition, *, cause_id: UUID, today: date) -> ClaimChanges:
    """All that staff gave up is with the payers again: one will pay after all.

    Raises NothingRefusedError.
    """
    if not position.staff_written_off_cents:
        raise NothingRefusedError(position.claim_id)
    return _written_off(position, -position.staff_written_off_cents, cause_id=cause_id, today=today)


def _written_off(
    position: ClaimPosition, cents: int, *, cause_id: UUID, today: date
) -> ClaimChanges:
    draft = ClaimDraft(position, cause_id=cause_id, today=today)
    draft.write_off(cents)
    draft.settle()
    return draft.changes()


def reconsider_doubts(
    position: ClaimPosition, *, is_doubtful: bool, cause_id: UUID, today: date
) -> ClaimChanges | None:
    """Hold a claim while another one may be it (``claim_doubts``); None: it is as it should be."""
    kind = HoldKind.POSSIBLY_ONE_CLAIM
    if is_doubtful == (kind in position.holds):
        return None
    draft = ClaimDraft(position, cause_id=cause_id, today=today)
    holds = position.holds | {kind} if is_doubtful else position.holds - {kind}
    draft.position = replace(position, holds=holds)
    draft.settle()
    return draft.changes()


def assign_guarantor(
    position: ClaimPosition, guarantor_id: UUID, *, cause_id: UUID, today: date
) -> ClaimChanges:
    """The patient of a claim was found. Raises ValueError when the claim has a guarantor."""
    if position.guarantor_id is not None:
        message = "the claim has a guarantor; moving it is another event"
        raise ValueError(message)
    draft = ClaimDraft(position, cause_id=cause_id, today=today)
    draft.assign(guarantor_id)
    draft.settle()
    return draft.changes()

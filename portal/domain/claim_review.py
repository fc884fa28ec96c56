"""What people, not payers, change about a claim: a hold released, a patient found, a new fact."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from portal.domain.claim_draft import ClaimChanges, ClaimDraft
from portal.domain.claim_position import ClaimPosition
from portal.domain.hold_kinds import HOLDS, HoldKind, Releaser
from portal.domain.hold_rules import holds_of


class NotReleasableError(ValueError):
    """A hold that no person may release, or that does not stand."""


def reassess(position: ClaimPosition, *, cause_id: UUID, today: date) -> ClaimChanges:
    """Look again after a fact changed, such as a coverage; ``cause_id`` names the change."""
    draft = ClaimDraft(position, cause_id=cause_id, today=today)
    draft.settle()
    return draft.changes()


def release_hold(
    position: ClaimPosition, kind: HoldKind, *, cause_id: UUID, today: date
) -> ClaimChanges:
    """Staff release a hold. It stays released for what is known now; later decisions may raise it.

    Giving up a correction lets the highest decision that stands be billed. Raises
    NotReleasableError.
    """
    if kind not in position.holds or HOLDS[kind].released_by is Releaser.NOBODY:
        raise NotReleasableError(kind)
    draft = ClaimDraft(position, cause_id=cause_id, today=today)
    draft.waive(holds_of(position, kind))
    draft.position = replace(draft.position, holds=draft.position.holds - {kind})
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

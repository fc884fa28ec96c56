"""One claim while one thing happens to it: entries, shares and holds, worked out together.

``settle`` comes last: then the claim is at rest, and ``changes`` says what is new.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from portal.domain import payer_postings, posting_rules
from portal.domain.allocation import Allocation
from portal.domain.claim_position import Adjudication, ClaimPosition, LetOff, Outcome
from portal.domain.feed_postings import let_off_returned
from portal.domain.hold_kinds import HoldKind
from portal.domain.hold_rules import standing_holds
from portal.domain.journal import JournalEntry, LedgerAccount, Target
from portal.domain.late_reversals import corrected_by_it
from portal.domain.patient_share import LetOffChange, PatientSide, Settlement, ShareMove
from portal.domain.posting_rules import ClaimOccasion


@dataclass(frozen=True, slots=True)
class ClaimChanges:
    """What happened to a claim, to be stored together."""

    position: ClaimPosition
    entries: tuple[JournalEntry, ...]
    holds_placed: frozenset[HoldKind]
    holds_released: frozenset[HoldKind]


class ClaimDraft:
    """Builds the changes to one claim. ``cause_id`` is the decision, or the act of staff.

    ``put_back``: what the practice had let off and nothing on the claim has room for any more.
    """

    def __init__(self, position: ClaimPosition, *, cause_id: UUID, today: date) -> None:
        self.position = position
        self.cause_id = cause_id
        self.occasion = ClaimOccasion(position.claim_id, position.guarantor_id, today)
        self._holds_before = position.holds
        self._entries: list[JournalEntry] = []
        self.put_back: LetOff = ()
        self._side = PatientSide(position.balances)

    def post(self, *entries: JournalEntry | None) -> None:
        """A rule that has nothing to say returns None."""
        self._entries.extend(entry for entry in entries if entry is not None)

    def enter(self, adjudication: Adjudication) -> None:
        """One more adjudication: void what it voids, move the share to whom it belongs now."""
        owners = self.position.share_owners
        voided = self._posted(adjudication.voids)
        self.position = replace(
            self.position, adjudications=(*self.position.adjudications, adjudication)
        )
        if voided is not None:
            self._void(voided, owned_share=voided in owners)
        still = self.position.share_owners
        self._supersede(one for one in owners if one not in still and one is not voided)
        if adjudication.outcome is Outcome.POSTED:
            self._adjudicate(adjudication, owns_share=adjudication in still)
        self._restore(one for one in still if one not in owners and one is not adjudication)

    def take_up(self, waited: Adjudication, *, after: Adjudication) -> Adjudication:
        """A correction that came before its reversal counts from now on; the reversal, noted."""
        owners = self.position.share_owners
        corrected = corrected_by_it(self.position, waited)
        noted = replace(
            after,
            takes_up=waited.adjudication_id,
            corrects=tuple(one.adjudication_id for one in corrected),
        )
        self.position = replace(
            self.position,
            adjudications=tuple(
                noted if one is after else one for one in self.position.adjudications
            ),
        )
        still = self.position.share_owners
        self._supersede(one for one in owners if one not in still)
        if waited.paid_cents:
            self.post(
                payer_postings.remittance_taken_up(
                    self.occasion,
                    adjudication_id=waited.adjudication_id,
                    paid_cents=waited.paid_cents,
                )
            )
        self._adjudicate(waited, owns_share=waited in still)
        self._restore(one for one in still if one not in owners and one is not waited)
        return noted

    def waive(self, waived: frozenset[tuple[HoldKind, UUID]]) -> None:
        """Staff released holds; giving up a correction lets an earlier share count again."""
        owners = self.position.share_owners
        self.position = replace(self.position, waived=self.position.waived | waived)
        self._restore(one for one in self.position.share_owners if one not in owners)

    def write_off(self, cents: int) -> None:
        """Staff give up what payers refused; below zero: it is with the payers again."""
        protected = HoldKind.QUALIFIED_MEDICARE_BENEFICIARY in self.position.holds
        rule = posting_rules.qmb_written_off if protected else posting_rules.denial_written_off
        self.post(rule(self.occasion, write_off_id=self.cause_id, amount_cents=cents))
        written_off_cents = self.position.staff_written_off_cents + cents
        self.position = replace(self.position, staff_written_off_cents=written_off_cents)

    def assign(self, guarantor_id: UUID) -> None:
        """The claim was nobody's, hence held: its whole open share is pending."""
        lost = [
            ShareMove(target, -balance.pending_cents, -balance.receivable_cents)
            for target, balance in self._side.balances.items()
        ]
        self.post(
            *posting_rules.guarantor_assigned(self.occasion, guarantor_id=guarantor_id, share=lost)
        )
        self.position = replace(self.position, guarantor_id=guarantor_id)
        self.occasion = replace(self.occasion, guarantor_id=guarantor_id)

    def settle(self) -> None:
        """Place and release holds, and bring the patient's side to rest."""
        position = self.position
        holds = standing_holds(position)
        is_awaited = bool(position.awaiting_correction)
        help_cents = self._help_that_stands()
        let_off = self._side.fit_let_off(position.waiting_let_off, awaiting_correction=is_awaited)
        if let_off.left and not is_awaited:
            self.put_back = tuple(one for left in let_off.left.values() for one in left)
            left_cents = sum(cents for _, cents in self.put_back)
            if position.joined_to is None and left_cents > min(_charity(self.put_back), help_cents):
                holds |= {HoldKind.ADJUSTMENT_PUT_BACK}
        settlement = self._side.settle(held=bool(holds), waiting_credit=position.waiting_credit)
        occasion, cause = self.occasion, self.cause_id
        self.post(
            self._let_off_changed(let_off.changes),
            posting_rules.share_released(occasion, cause_id=cause, share=settlement.released),
            posting_rules.share_held(occasion, cause_id=cause, share=settlement.held),
            posting_rules.credit_released(
                occasion, cause_id=cause, share=settlement.credit_released
            ),
            posting_rules.credit_applied(occasion, cause_id=cause, share=settlement.credit_applied),
        )
        self.position = replace(
            position,
            holds=holds,
            balances=self._side.balances,
            waiting_credit=self._credit_that_waits(settlement, held=bool(holds)),
            waiting_let_off=let_off.left if is_awaited else {},
        )

    def _help_that_stands(self) -> int:
        """Of the charity on the claim what help with paying gave.

        It just returns where a share has no room for it, and is given anew where one has, by the
        ledger alone. What the practice's own system took off, somebody has to send again.
        """
        standing = sum(_charity(one.let_off) for one in self._side.balances.values())
        waiting = sum(_charity(one) for one in self.position.waiting_let_off.values())
        return min(standing + waiting, self.position.helped_cents)

    def changes(self) -> ClaimChanges:
        return ClaimChanges(
            position=self.position,
            entries=tuple(self._entries),
            holds_placed=self.position.holds - self._holds_before,
            holds_released=self._holds_before - self.position.holds,
        )

    def _posted(self, adjudication_id: UUID | None) -> Adjudication | None:
        """The adjudication of that id whose share and write-offs are in the journal."""
        if adjudication_id is None:
            return None
        return next(
            (one for one in self.position.live if one.adjudication_id == adjudication_id), None
        )

    def _void(self, voided: Adjudication, *, owned_share: bool) -> None:
        self.post(
            posting_rules.adjudication_voided(
                self.occasion,
                adjudication_id=voided.adjudication_id,
                written_off=voided.written_off,
                share=self._side.take_back(voided.shares) if owned_share else (),
            )
        )

    def _supersede(self, leaving: Iterable[Adjudication]) -> None:
        taken = [move for one in leaving for move in self._side.take_back(one.shares)]
        self.post(
            posting_rules.share_superseded(self.occasion, cause_id=self.cause_id, share=taken)
        )

    def _adjudicate(self, adjudication: Adjudication, *, owns_share: bool) -> None:
        self.post(
            posting_rules.claim_adjudicated(
                self.occasion,
                adjudication_id=adjudication.adjudication_id,
                written_off=adjudication.written_off,
                share=self._side.add(adjudication.shares) if owns_share else (),
            )
        )

    def _restore(self, returning: Iterable[Adjudication]) -> None:
        """An earlier share counts again, in place of what staff wrote off while it did not."""
        added = [move for one in returning for move in self._side.add(one.shares)]
        self.post(posting_rules.share_restored(self.occasion, cause_id=self.cause_id, share=added))
        written_off_cents = min(self.position.staff_written_off_cents, self.position.excess_cents)
        if added and written_off_cents > 0:
            self.write_off(-written_off_cents)

    def _let_off_changed(self, changes: Sequence[LetOffChange]) -> JournalEntry | None:
        if not changes:
            return None
        parts = [
            (one.account, Allocation(Target(self.position.claim_id, one.charge_id), one.cents))
            for one in changes
        ]
        return let_off_returned(
            f"{self.cause_id}:{self.position.claim_id}",
            parts,
            guarantor_id=self.occasion.guarantor_id,
            effective_on=self.occasion.effective_on,
        )

    def _credit_that_waits(self, settlement: Settlement, *, held: bool) -> dict[UUID | None, int]:
        """What a held claim keeps of its credit, for the time when no hold is left.

        All that was paid on a decision taken back, for its correction; else what the claim can use.
        """
        if not held:
            return {}
        waiting = dict(self.position.waiting_credit)
        room = max(0, self._side.open_cents - sum(waiting.values()))
        for move in settlement.credit_released:
            freed = move.receivable_cents
            kept = freed if self.position.awaiting_correction else min(freed, room)
            room -= kept
            if kept > 0:
                waiting[move.charge_id] = waiting.get(move.charge_id, 0) + kept
        return waiting


def _charity(let_off: LetOff) -> int:
    return sum(cents for account, cents in let_off if account is LedgerAccount.CHARITY_CARE)

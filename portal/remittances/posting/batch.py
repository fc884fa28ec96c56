"""Everything that some claims bring, gathered table by table until it is loaded."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from portal.db import new_id
from portal.domain.adjudication import Decision
from portal.domain.claim_position import Outcome
from portal.domain.hold_kinds import HOLDS, HoldKind
from portal.domain.journal import JournalEntry
from portal.domain.quarantine import Quarantine
from portal.domain.remittance import ClaimPayment, ProviderAdjustment, RemittanceHeader
from portal.ledger.credit_moves import MOVES_CREDIT
from portal.remittances.posting import rows
from portal.remittances.posting.copy_text import line
from portal.remittances.posting.known_claims import KnownClaim
from portal.remittances.posting.patients import NewPatient
from portal.remittances.posting.rows import COLUMNS, Source

WITH_LINES = frozenset({Outcome.POSTED, Outcome.WAITING, Outcome.REVERSAL})
"""Outcomes whose lines are kept for people to read."""


@dataclass(slots=True)
class _NewHold:
    hold_id: UUID
    claim_id: UUID
    guarantor_id: UUID | None
    kind: HoldKind
    placed_by: str
    released_by: str | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """A batch that is closed: nothing in it changes any more, so it may be loaded meanwhile."""

    lines: dict[str, list[str]]  # by table, for COPY
    patients: tuple[NewPatient, ...]  # rows too, once they have their account numbers
    claims: list[dict[str, object]]  # to update
    assigned: list[dict[str, object]]  # claims whose charges and holds get their guarantor
    released: list[dict[str, object]]  # holds to update
    told_before: list[dict[str, object]]  # remittances to update
    reopened: list[dict[str, object]]  # tasks to update
    ended: list[dict[str, object]]  # tasks to update
    credit_moves: tuple[tuple[JournalEntry, UUID], ...]


@dataclass(slots=True)
class Batch:
    """Gathers. ``now`` is when it is recorded."""

    now: datetime
    _lines: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in COLUMNS})
    _touched: dict[UUID, KnownClaim] = field(default_factory=dict)
    _assigned: list[KnownClaim] = field(default_factory=list)
    _new_holds: list[_NewHold] = field(default_factory=list)
    _released: list[dict[str, object]] = field(default_factory=list)
    _told_before: list[dict[str, object]] = field(default_factory=list)
    _reopened: list[dict[str, object]] = field(default_factory=list)
    _ended: list[dict[str, object]] = field(default_factory=list)
    _credit_moves: list[tuple[JournalEntry, UUID]] = field(default_factory=list)

    def touch(self, known: KnownClaim) -> None:
        """A claim whose row has to be as it is now."""
        self._touched[known.claim_id] = known

    def add_lines(self, table: str, lines: Iterable[str]) -> None:
        """Rows of one table."""
        self._lines[table] += lines

    def assign(self, known: KnownClaim) -> None:
        """A claim that was nobody's has its patient now."""
        self._touched[known.claim_id] = known
        self._assigned.append(known)

    def add_decision(
        self, known: KnownClaim, claim: ClaimPayment, decision: Decision, source: Source
    ) -> None:
        """A decision with its lines, holds and entries, after the claim's position was replaced."""
        self._touched[known.claim_id] = known
        lines = self._lines
        lines["charges"] += [rows.charge_line(known, one) for one in decision.new_charges]
        lines["adjudications"].append(rows.adjudication_line(known, claim, decision, source))
        if decision.adjudication.outcome in WITH_LINES:
            lines["adjudicated_lines"] += rows.decided_lines(known, claim, decision)
            lines["adjustments"] += rows.adjustment_lines(known, claim, decision)
        if decision.quarantine is not None:
            lines["quarantined_claims"].append(
                rows.quarantine_line(
                    claim,
                    decision.quarantine,
                    quarantine_id=decision.adjudication.adjudication_id,
                    remittance_id=source.remittance_id,
                )
            )
        self.change_holds(
            known,
            placed=decision.holds_placed,
            released=decision.holds_released,
            by=source.payer_name,
        )
        self.add_entries(decision.entries)

    def withhold(self, claim: ClaimPayment, fault: Quarantine, *, remittance_id: UUID) -> None:
        """A claim of a payment of which nothing is posted: kept as it was read."""
        self._lines["quarantined_claims"].append(
            rows.quarantine_line(claim, fault, quarantine_id=new_id(), remittance_id=remittance_id)
        )

    def withhold_payment(
        self,
        header: RemittanceHeader,
        adjustments: Iterable[ProviderAdjustment],
        fault: Quarantine,
        *,
        remittance_id: UUID,
    ) -> None:
        """The payment itself, with what it moves outside of claims."""
        self._lines["quarantined_claims"].append(
            rows.withheld_payment_line(
                header,
                adjustments,
                fault,
                quarantine_id=new_id(),
                remittance_id=remittance_id,
            )
        )

    def add_entries(self, entries: Iterable[JournalEntry]) -> None:
        """Journal entries and their legs."""
        for entry in entries:
            entry_id = new_id()
            self._lines["journal_entries"].append(rows.entry_line(entry, entry_id, now=self.now))
            self._lines["postings"] += rows.posting_lines(entry, entry_id)
            if entry.business_event in MOVES_CREDIT:
                self._credit_moves.append((entry, entry_id))

    def add_task(self, *, kind: str, subject_id: UUID, message: str) -> None:
        """Something new for a person to look at."""
        self._lines["tasks"].append(line((new_id(), kind, subject_id, message, self.now)))

    def reopen_tasks(self, subject_id: UUID) -> None:
        """What was done about it was not enough."""
        self._reopened.append({"one": subject_id, "new_done_at": None})

    def end_tasks(self, subject_id: UUID) -> None:
        """Nothing is left to do about it."""
        self._ended.append({"one": subject_id, "new_done_at": self.now})

    def tell_before(self, remittance_id: UUID, cents: int) -> None:
        """Another part of a payment was told by other files."""
        self._told_before.append({"one": remittance_id, "more_cents": cents})

    def change_holds(
        self,
        known: KnownClaim,
        *,
        placed: frozenset[HoldKind],
        released: frozenset[HoldKind],
        by: str,
    ) -> None:
        """Holds that a decision places on its claim and ends; ``by`` is the payer."""
        self._touched[known.claim_id] = known
        for kind in sorted(placed):
            known.standing[kind] = hold_id = new_id()
            guarantor_id = known.position.guarantor_id
            self._new_holds.append(_NewHold(hold_id, known.claim_id, guarantor_id, kind, by))
        for kind in sorted(released):
            hold_id = known.standing.pop(kind)
            new = next((one for one in self._new_holds if one.hold_id == hold_id), None)
            if new is not None:
                new.released_by = by
            else:
                self._released.append(
                    {"one": hold_id, "new_released_at": self.now, "new_released_by": by}
                )

    def close(self, made: Iterable[NewPatient]) -> Changes:
        """What is to be written; the claims count as stored from now on."""
        older = [_claim_changes(one) for one in self._touched.values() if one.is_changed]
        assigned = [known for known in self._assigned if not known.is_new]
        for known in self._touched.values():
            if known.is_new:
                self._lines["claims"].append(rows.claim_line(known))
            known.mark_stored()
        self._lines["holds"] += [self._hold_line(one) for one in self._new_holds]
        return Changes(
            lines=self._lines,
            patients=tuple(made),
            claims=older,
            assigned=[
                {"one": known.claim_id, "new_guarantor_id": known.position.guarantor_id}
                for known in assigned
            ],
            released=self._released,
            told_before=self._told_before,
            reopened=self._reopened,
            ended=self._ended,
            credit_moves=tuple(self._credit_moves),
        )

    def _hold_line(self, one: _NewHold) -> str:
        return line(
            (
                one.hold_id,
                one.guarantor_id,
                one.claim_id,
                one.kind,
                HOLDS[one.kind].means,
                self.now,
                one.placed_by,
                self.now if one.released_by else None,
                one.released_by,
            )
        )


def _claim_changes(known: KnownClaim) -> dict[str, object]:
    return {
        "one": known.claim_id,
        "new_guarantor_id": known.position.guarantor_id,
        "new_patient_id": known.patient_id,
        "new_service_on": known.service_on,
        "new_provider_name": known.provider_name,
        "new_charge_cents": known.charge_cents,
        "new_charge_source": known.position.charge_source.value,
        "new_denied": known.position.denied,
        "new_waiting_credit": rows.waiting_credit_json(known),
        "new_waiting_let_off": rows.waiting_let_off_json(known),
    }

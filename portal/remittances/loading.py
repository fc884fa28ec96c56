"""Rows of one batch of claims, gathered table by table and loaded by COPY in the order of keys."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Table, bindparam, update

from portal.db import Base, LoaderTransaction, new_id
from portal.domain.adjudication import Decision
from portal.domain.claim_position import ChargeLine, Outcome
from portal.domain.hold_kinds import HOLDS, HoldKind
from portal.domain.journal import JournalEntry
from portal.domain.remittance import Adjustment, ClaimPayment
from portal.practice.models import Charge, Claim, Hold
from portal.remittances.claim_content import content_of
from portal.remittances.credit_moves import MOVES_CREDIT, move_credit
from portal.remittances.decision_facts import facts_of
from portal.remittances.patients import NewPatient
from portal.remittances.positions import KnownClaim

_COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "guarantors": ("guarantor_id", "account_number", "first_name", "last_name"),
    "patients": ("patient_id", "guarantor_id", "first_name", "last_name", "member_identifier"),
    "claims": (
        "claim_id",
        "guarantor_id",
        "patient_id",
        "claim_number",
        "service_on",
        "provider_name",
        "charge_cents",
        "denied",
        "waiting_credit",
        "patient_name_on_file",
        "member_identifier_on_file",
    ),
    "charges": (
        "charge_id",
        "claim_id",
        "guarantor_id",
        "line_number",
        "control_number",
        "procedure_qualifier",
        "procedure_code",
        "modifiers",
        "service_on",
        "charge_cents",
    ),
    "adjudications": (
        "adjudication_id",
        "claim_id",
        "guarantor_id",
        "remittance_id",
        "payer_id",
        "rank",
        "status",
        "payer_control_number",
        "trace_number",
        "charge_cents",
        "paid_cents",
        "responsibility_cents",
        "remarks",
        "disposition",
        "voids_id",
        "decided_on",
        "facts",
    ),
    "adjudicated_lines": (
        "adjudication_id",
        "line_number",
        "guarantor_id",
        "charge_id",
        "procedure_code",
        "charge_cents",
        "paid_cents",
        "allowed_cents",
        "remarks",
    ),
    "adjustments": (
        "adjudication_id",
        "line_number",
        "position",
        "guarantor_id",
        "group_code",
        "reason_code",
        "amount_cents",
        "quantity",
    ),
    "holds": (
        "hold_id",
        "guarantor_id",
        "claim_id",
        "kind",
        "reason",
        "placed_at",
        "placed_by",
        "released_at",
        "released_by",
    ),
    "quarantined_claims": (
        "quarantine_id",
        "remittance_id",
        "claim_number",
        "code",
        "message",
        "where",
        "charge_cents",
        "paid_cents",
        "content",
    ),
    "tasks": ("task_id", "kind", "subject_id", "message", "created_at"),
    "journal_entries": (
        "entry_id",
        "guarantor_id",
        "business_event",
        "source_key",
        "effective_on",
        "recorded_at",
        "posting_count",
    ),
    "postings": (
        "entry_id",
        "leg_no",
        "posting_count",
        "guarantor_id",
        "account",
        "amount_cents",
        "claim_id",
        "charge_id",
    ),
}
"""The columns that an import fills, table by table, parents before children."""

_WITH_LINES = frozenset({Outcome.POSTED, Outcome.WAITING, Outcome.REVERSAL})
_WHOLE_CLAIM = 0


@dataclass(frozen=True, slots=True)
class Source:
    """The remittance that the rows of a decision come from, and when they are written."""

    remittance_id: UUID
    payer_id: UUID
    payer_name: str
    decided_on: date


@dataclass(slots=True)
class Batch:
    """Everything some claims bring, until it is loaded. ``now`` is when it is recorded."""

    now: datetime
    _rows: dict[str, list[tuple[object, ...]]] = field(
        default_factory=lambda: {name: [] for name in _COLUMNS}
    )
    _touched: dict[UUID, KnownClaim] = field(default_factory=dict)
    _assigned: list[KnownClaim] = field(default_factory=list)
    _new_holds: dict[tuple[UUID, HoldKind], list[object]] = field(default_factory=dict)
    _closed_holds: list[list[object]] = field(default_factory=list)
    _released: list[dict[str, object]] = field(default_factory=list)
    _credit_moves: list[tuple[JournalEntry, UUID]] = field(default_factory=list)

    def add_patients(self, made: Iterable[NewPatient]) -> None:
        """People made from the file, each their own guarantor."""
        for one in made:
            person, owner = str(one.found.patient_id), str(one.found.guarantor_id)
            names = (one.first_name, one.found.last_name)
            self._rows["guarantors"].append((owner, one.account_number, *names))
            self._rows["patients"].append((person, owner, *names, one.member_identifier or None))

    def assign(self, known: KnownClaim) -> None:
        """A claim that was nobody's has its patient now."""
        self._touched[known.claim_id] = known
        self._assigned.append(known)

    def add_decision(
        self, known: KnownClaim, claim: ClaimPayment, decision: Decision, source: Source
    ) -> None:
        """A decision with its lines, holds and entries, after the claim's position was replaced."""
        self._touched[known.claim_id] = known
        for charge in decision.new_charges:
            self._add_charge(known, charge)
        self._add_adjudication(known, claim, decision, source)
        if decision.adjudication.outcome in _WITH_LINES:
            self._add_lines(known, claim, decision)
        if decision.quarantine is not None:
            self._add_quarantine(claim, decision, source)
        self.change_holds(
            known,
            placed=decision.holds_placed,
            released=decision.holds_released,
            by=source.payer_name,
        )
        for entry in decision.entries:
            self.add_entry(entry)

    def add_entry(self, entry: JournalEntry) -> None:
        """A journal entry and its legs."""
        new_entry_id = new_id()
        if entry.business_event in MOVES_CREDIT:
            self._credit_moves.append((entry, new_entry_id))
        entry_id = str(new_entry_id)
        guarantor = _text(entry.guarantor_id)
        count = len(entry.postings)
        self._rows["journal_entries"].append(
            (
                entry_id,
                guarantor,
                entry.business_event.value,
                entry.source_key,
                entry.effective_on,
                self.now,
                count,
            )
        )
        self._rows["postings"] += [
            (
                entry_id,
                leg_no,
                count,
                guarantor,
                posting.account.value,
                posting.amount_cents,
                _text(posting.target.claim_id),
                _text(posting.target.charge_id),
            )
            for leg_no, posting in enumerate(entry.postings, start=1)
        ]

    def add_task(self, *, kind: str, subject_id: UUID, message: str) -> None:
        """Something new for a person to look at."""
        self._rows["tasks"].append((str(new_id()), kind, str(subject_id), message, self.now))

    def change_holds(
        self,
        known: KnownClaim,
        *,
        placed: frozenset[HoldKind],
        released: frozenset[HoldKind],
        by: str,
    ) -> None:
        """Holds that a decision places on its claim and ends; ``by`` is the payer."""
        for kind in sorted(placed):
            known.standing[kind] = hold_id = new_id()
            self._new_holds[known.claim_id, kind] = [
                str(hold_id),
                _text(known.position.guarantor_id),
                str(known.claim_id),
                kind.value,
                HOLDS[kind].means,
                self.now,
                by,
                None,
                None,
            ]
        for kind in sorted(released):
            hold_id = known.standing.pop(kind)
            row = self._new_holds.pop((known.claim_id, kind), None)
            if row is None:
                self._released.append({"one": hold_id, "released_at": self.now, "released_by": by})
            else:
                self._closed_holds.append([*row[:-2], self.now, by])

    def load(self, transaction: LoaderTransaction) -> None:
        """Write everything, parents first, and forget it."""
        self._update(transaction)
        for known in self._touched.values():
            if known.is_new:
                self._add_claim(known)
        self._rows["holds"] += [tuple(row) for row in self._closed_holds]
        self._rows["holds"] += [tuple(row) for row in self._new_holds.values()]
        for name, columns in _COLUMNS.items():
            rows = self._rows[name]
            if rows:
                transaction.copy(_table(name), columns, rows)
                rows.clear()
        for entry, entry_id in self._credit_moves:
            move_credit(transaction.connection, transaction.practice_id, entry, entry_id)
        for known in self._touched.values():
            known.is_new = False
        self._touched.clear()
        self._assigned.clear()
        self._new_holds.clear()
        self._closed_holds.clear()
        self._released.clear()
        self._credit_moves.clear()

    def _update(self, transaction: LoaderTransaction) -> None:
        """Rows that were there before this batch."""
        here = transaction.practice_id
        older = [known for known in self._touched.values() if not known.is_new]
        if older:
            transaction.execute(
                update(Claim)
                .where(Claim.practice_id == here, Claim.claim_id == bindparam("one"))
                .values(
                    {
                        name: bindparam(f"new_{name}")
                        for name in (
                            "guarantor_id",
                            "patient_id",
                            "service_on",
                            "provider_name",
                            "charge_cents",
                            "denied",
                            "waiting_credit",
                        )
                    }
                ),
                [_claim_changes(known) for known in older],
            )
        assigned = [known for known in self._assigned if not known.is_new]
        for table in (Charge, Hold):
            if assigned:
                transaction.execute(
                    update(table)
                    .where(table.practice_id == here, table.claim_id == bindparam("one"))
                    .values(guarantor_id=bindparam("owner")),
                    [
                        {"one": known.claim_id, "owner": known.position.guarantor_id}
                        for known in assigned
                    ],
                )
        if self._released:
            transaction.execute(
                update(Hold)
                .where(Hold.practice_id == here, Hold.hold_id == bindparam("one"))
                .values(released_at=bindparam("released_at"), released_by=bindparam("released_by")),
                self._released,
            )

    def _add_claim(self, known: KnownClaim) -> None:
        position = known.position
        waiting = waiting_credit_json(known)
        self._rows["claims"].append(
            (
                str(known.claim_id),
                _text(position.guarantor_id),
                _text(known.patient_id),
                known.claim_number,
                known.service_on,
                known.provider_name,
                known.charge_cents,
                position.denied,
                None if waiting is None else json.dumps(waiting),
                known.patient_name,
                known.member_identifier,
            )
        )

    def _add_charge(self, known: KnownClaim, charge: ChargeLine) -> None:
        self._rows["charges"].append(
            (
                str(charge.charge_id),
                str(known.claim_id),
                _text(known.position.guarantor_id),
                charge.number,
                charge.control_number,
                charge.qualifier,
                charge.code,
                _array(charge.modifiers),
                charge.service_on,
                charge.charge_cents,
            )
        )

    def _add_adjudication(
        self, known: KnownClaim, claim: ClaimPayment, decision: Decision, source: Source
    ) -> None:
        one = decision.adjudication
        self._rows["adjudications"].append(
            (
                str(one.adjudication_id),
                str(known.claim_id),
                _text(known.position.guarantor_id),
                str(source.remittance_id),
                str(source.payer_id),
                one.rank,
                claim.status,
                one.payer_control_number,
                one.trace_number,
                one.charge_cents,
                one.paid_cents,
                claim.responsibility_cents,
                _array(claim.remarks),
                one.outcome.value,
                _text(one.voids),
                source.decided_on,
                json.dumps(facts_of(one)),
            )
        )

    def _add_lines(self, known: KnownClaim, claim: ClaimPayment, decision: Decision) -> None:
        adjudication = str(decision.adjudication.adjudication_id)
        guarantor = _text(known.position.guarantor_id)
        charge_ids = decision.charge_ids or (None,) * len(claim.lines)
        lines = self._rows["adjudicated_lines"]
        if claim.adjustments:
            lines.append((adjudication, _WHOLE_CLAIM, guarantor, None, "", 0, 0, None, "{}"))
            self._add_adjustments(adjudication, _WHOLE_CLAIM, guarantor, claim.adjustments)
        for number, (line, charge_id) in enumerate(
            zip(claim.lines, charge_ids, strict=True), start=1
        ):
            lines.append(
                (
                    adjudication,
                    number,
                    guarantor,
                    _text(charge_id),
                    line.code,
                    line.charge_cents,
                    line.paid_cents,
                    line.allowed_cents,
                    _array(line.remarks),
                )
            )
            self._add_adjustments(adjudication, number, guarantor, line.adjustments)

    def _add_adjustments(
        self,
        adjudication: str,
        line_number: int,
        guarantor: str | None,
        adjustments: Sequence[Adjustment],
    ) -> None:
        self._rows["adjustments"] += [
            (
                adjudication,
                line_number,
                position,
                guarantor,
                one.group,
                one.reason,
                one.amount_cents,
                one.quantity,
            )
            for position, one in enumerate(adjustments, start=1)
        ]

    def _add_quarantine(self, claim: ClaimPayment, decision: Decision, source: Source) -> None:
        fault = decision.quarantine
        if fault is None:
            return
        self._rows["quarantined_claims"].append(
            (
                str(decision.adjudication.adjudication_id),
                str(source.remittance_id),
                claim.number,
                fault.reason.value,
                fault.message,
                f"CLP, segment {claim.segment_number}",
                claim.charge_cents,
                claim.paid_cents,
                json.dumps(content_of(claim)),
            )
        )


def waiting_credit_json(known: KnownClaim) -> dict[str, int] | None:
    """As ``claims.waiting_credit`` keeps it."""
    waiting = known.position.waiting_credit
    return {_text(target) or "": cents for target, cents in waiting.items() if cents} or None


def _claim_changes(known: KnownClaim) -> dict[str, Any]:
    return {
        "one": known.claim_id,
        "new_guarantor_id": known.position.guarantor_id,
        "new_patient_id": known.patient_id,
        "new_service_on": known.service_on,
        "new_provider_name": known.provider_name,
        "new_charge_cents": known.charge_cents,
        "new_denied": known.position.denied,
        "new_waiting_credit": waiting_credit_json(known),
    }


def _table(name: str) -> Table:
    return Base.metadata.tables[f"{Base.metadata.schema}.{name}"]


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)


def _array(values: Sequence[str]) -> str:
    """A text array as PostgreSQL writes it."""
    if not values:
        return "{}"
    quoted = (value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return "{" + ",".join(f'"{value}"' for value in quoted) + "}"

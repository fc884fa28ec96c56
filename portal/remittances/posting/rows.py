"""What an import writes: the columns it fills, and a decision as lines of them.

Postings and lines of claims are by far the most: they are put together without detours.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from portal.domain.adjudication import Decision
from portal.domain.claim_position import ChargeLine
from portal.domain.journal import JournalEntry
from portal.domain.quarantine import Quarantine
from portal.domain.remittance import (
    Adjustment,
    ClaimPayment,
    ProviderAdjustment,
    RemittanceHeader,
)
from portal.remittances.posting.claim_content import content_of
from portal.remittances.posting.copy_text import NULL, array, escaped, line, uuid_or_null
from portal.remittances.posting.decision_facts import facts_of
from portal.remittances.posting.known_claims import KnownClaim

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
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
        "charge_source",
        "denied",
        "waiting_credit",
        "waiting_let_off",
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
        "description",
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
        "units",
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
    "coverages": (
        "coverage_id",
        "patient_id",
        "guarantor_id",
        "payer_id",
        "member_identifier",
        "rank",
        "filing_indicator",
        "starts_on",
        "ends_on",
    ),
    "sent_claims": (
        "sent_claim_id",
        "transmission_id",
        "claim_id",
        "guarantor_id",
        "payer_id",
        "rank",
        "claim_number",
        "frequency",
        "charge_cents",
        "sent_on",
        "outcome",
    ),
    "sent_claim_contents": ("sent_claim_id", "reason", "where", "content"),
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
"""Table by table, parents before children."""

_WHOLE_CLAIM = 0
_MOST_UNIT_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Source:
    """The remittance that the rows of a decision come from."""

    remittance_id: UUID
    payer_id: UUID
    payer_name: str
    decided_on: date


def claim_line(known: KnownClaim) -> str:
    waiting, let_off = waiting_credit_json(known), waiting_let_off_json(known)
    return line(
        (
            known.claim_id,
            known.position.guarantor_id,
            known.patient_id,
            known.claim_number,
            known.service_on,
            known.provider_name,
            known.charge_cents,
            known.position.charge_source,
            known.position.denied,
            None if waiting is None else json.dumps(waiting),
            None if let_off is None else json.dumps(let_off),
            known.patient_name,
            known.member_identifier,
        )
    )


def charge_line(known: KnownClaim, charge: ChargeLine) -> str:
    day = NULL if charge.service_on is None else charge.service_on
    return (
        f"{charge.charge_id.hex}\t{known.claim_id.hex}\t"
        f"{uuid_or_null(known.position.guarantor_id)}\t{charge.number}\t"
        f"{escaped(charge.control_number)}\t{escaped(charge.qualifier)}\t{escaped(charge.code)}\t"
        f"{array(charge.modifiers)}\t{day}\t{charge.charge_cents}\t{escaped(charge.description)}"
    )


def adjudication_line(
    known: KnownClaim, claim: ClaimPayment, decision: Decision, source: Source
) -> str:
    one = decision.adjudication
    return line(
        (
            one.adjudication_id,
            known.claim_id,
            known.position.guarantor_id,
            source.remittance_id,
            source.payer_id,
            one.rank,
            claim.status,
            one.payer_control_number,
            one.trace_number,
            one.charge_cents,
            one.paid_cents,
            claim.responsibility_cents,
            array(claim.remarks),
            one.outcome,
            one.voids,
            source.decided_on,
            json.dumps(facts_of(one)),
        )
    )


def decided_lines(known: KnownClaim, claim: ClaimPayment, decision: Decision) -> Iterator[str]:
    """The decision line by line; claim-level adjustments stand on line 0."""
    head = decision.adjudication.adjudication_id.hex
    guarantor = uuid_or_null(known.position.guarantor_id)
    if claim.adjustments:
        yield f"{head}\t{_WHOLE_CLAIM}\t{guarantor}\t{NULL}\t\t0\t0\t{NULL}\t{{}}\t{NULL}"
    charge_ids = decision.charge_ids or (None,) * len(claim.lines)
    for number, (one, charge_id) in enumerate(zip(claim.lines, charge_ids, strict=True), start=1):
        allowed = NULL if one.allowed_cents is None else one.allowed_cents
        yield (
            f"{head}\t{number}\t{guarantor}\t{uuid_or_null(charge_id)}\t{escaped(one.code)}\t"
            f"{one.charge_cents}\t{one.paid_cents}\t{allowed}\t{array(one.remarks)}\t"
            f"{_units(one.units)}"
        )


def adjustment_lines(known: KnownClaim, claim: ClaimPayment, decision: Decision) -> Iterator[str]:
    """Every CAS triplet, under the lines of ``decided_lines``."""
    head = decision.adjudication.adjudication_id.hex
    guarantor = uuid_or_null(known.position.guarantor_id)
    yield from _adjustments(head, _WHOLE_CLAIM, guarantor, claim.adjustments)
    for number, one in enumerate(claim.lines, start=1):
        yield from _adjustments(head, number, guarantor, one.adjustments)


def _units(told: str) -> str:
    """SVC05, which means 1 where it is empty; nothing where it is no whole number."""
    whole, _, fraction = (told or "1").partition(".")
    is_whole = whole.isdecimal() and whole.isascii() and not fraction.strip("0")
    return whole if is_whole and len(whole) <= _MOST_UNIT_DIGITS else NULL


def quarantine_line(
    claim: ClaimPayment, fault: Quarantine, *, quarantine_id: UUID, remittance_id: UUID
) -> str:
    return line(
        (
            quarantine_id,
            remittance_id,
            claim.number,
            fault.reason,
            fault.message,
            f"CLP, segment {claim.segment_number}",
            claim.charge_cents,
            claim.paid_cents,
            json.dumps(content_of(claim)),
        )
    )


def withheld_payment_line(
    header: RemittanceHeader,
    adjustments: Iterable[ProviderAdjustment],
    fault: Quarantine,
    *,
    quarantine_id: UUID,
    remittance_id: UUID,
) -> str:
    """What a payment holds beside its claims; its own row has no claim number."""
    return line(
        (
            quarantine_id,
            remittance_id,
            "",
            fault.reason,
            fault.message,
            f"ST, segment {header.segment_number}",
            0,
            header.payment_cents,
            json.dumps(
                {
                    "header": content_of(header),
                    "provider_adjustments": [content_of(one) for one in adjustments],
                }
            ),
        )
    )


def entry_line(entry: JournalEntry, entry_id: UUID, *, now: datetime) -> str:
    return (
        f"{entry_id.hex}\t{uuid_or_null(entry.guarantor_id)}\t{entry.business_event}\t"
        f"{entry.source_key}\t{entry.effective_on}\t{now}\t{len(entry.postings)}"
    )


def posting_lines(entry: JournalEntry, entry_id: UUID) -> list[str]:
    """All legs: they go in by one statement."""
    head, count, owner = entry_id.hex, len(entry.postings), uuid_or_null(entry.guarantor_id)
    return [
        f"{head}\t{leg_no}\t{count}\t{owner}\t{posting.account}\t{posting.amount_cents}\t"
        f"{uuid_or_null(posting.target.claim_id)}\t{uuid_or_null(posting.target.charge_id)}"
        for leg_no, posting in enumerate(entry.postings, start=1)
    ]


def waiting_credit_json(known: KnownClaim) -> dict[str, int] | None:
    """As ``claims.waiting_credit`` keeps it."""
    waiting = known.position.waiting_credit
    return {
        "" if target is None else str(target): cents for target, cents in waiting.items() if cents
    } or None


def waiting_let_off_json(known: KnownClaim) -> dict[str, dict[str, int]] | None:
    """As ``claims.waiting_let_off`` keeps it."""
    waiting = known.position.waiting_let_off
    return {
        "" if target is None else str(target): {account.value: cents for account, cents in let_off}
        for target, let_off in waiting.items()
    } or None


def _adjustments(
    head: str, line_number: int, guarantor: str, adjustments: Sequence[Adjustment]
) -> Iterator[str]:
    for position, one in enumerate(adjustments, start=1):
        yield (
            f"{head}\t{line_number}\t{position}\t{guarantor}\t{escaped(one.group)}\t"
            f"{escaped(one.reason)}\t{one.amount_cents}\t{escaped(one.quantity)}"
        )

"""What helps in a dispute, per reason, and the text made of it; nothing about health is in it.

The text is for a bank, so it is in English. It says what was paid, when and how it was agreed to;
never who was treated, for what, by whom, or when. Staff read and approve it before it leaves.
"""

import calendar
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from portal.domain.money import format_usd

LONGEST_TEXT: Final = 150_000
"""Characters; the processor takes no more."""

_MONTHS: Final = frozenset(calendar.month_name)


class EvidenceItem(StrEnum):
    """One thing to say. Stable names: what was ticked is stored."""

    RECEIPT = "receipt"
    STATEMENT = "statement"
    IDENTITY = "identity"
    AGREEMENT = "agreement"
    OTHER_PAYMENTS = "other_payments"
    REFUNDS = "refunds"


_USUAL: Final = (EvidenceItem.RECEIPT, EvidenceItem.STATEMENT, EvidenceItem.AGREEMENT)
HELPFUL: Final[Mapping[str, tuple[EvidenceItem, ...]]] = {
    "fraudulent": (
        EvidenceItem.IDENTITY,
        EvidenceItem.AGREEMENT,
        EvidenceItem.RECEIPT,
        EvidenceItem.OTHER_PAYMENTS,
    ),
    "unrecognized": (EvidenceItem.STATEMENT, EvidenceItem.IDENTITY, EvidenceItem.RECEIPT),
    "duplicate": (EvidenceItem.OTHER_PAYMENTS, EvidenceItem.RECEIPT),
    "credit_not_processed": (EvidenceItem.REFUNDS, EvidenceItem.RECEIPT),
    "product_not_received": _USUAL,
    "product_unacceptable": _USUAL,
    "subscription_canceled": (EvidenceItem.AGREEMENT, EvidenceItem.RECEIPT),
}
"""What banks look for first, by the reason they give; for any other reason, all of it."""


@dataclass(frozen=True, slots=True)
class EvidencePayment:
    """Another payment of the same account."""

    receipt_number: str
    amount_cents: int
    paid_on: date


@dataclass(frozen=True, slots=True)
class EvidenceRefund:
    """A part that was sent back."""

    amount_cents: int
    on: date


@dataclass(frozen=True, slots=True)
class EvidenceFacts:
    """What our books know of the payment; ``None`` or empty where nothing is known."""

    receipt_number: str
    amount_cents: int
    paid_at: datetime
    method: str
    statement_on: date | None
    opened_at: datetime | None
    confirmed_at: datetime | None
    consent_on: date | None
    others: Sequence[EvidencePayment]
    refunds: Sequence[EvidenceRefund]


def helpful(reason: str) -> tuple[EvidenceItem, ...]:
    """In the order that helps most."""
    return HELPFUL.get(reason, tuple(EvidenceItem))


def sentences(facts: EvidenceFacts, item: EvidenceItem) -> str:
    """What one item says; empty when our books know nothing of it."""
    match item:
        case EvidenceItem.RECEIPT:
            return (
                f"Receipt {facts.receipt_number}: {format_usd(facts.amount_cents)} were paid on "
                f"{_moment(facts.paid_at)} with {facts.method}. The receipt was sent to the payer "
                "and can be opened by them at any time."
            )
        case EvidenceItem.STATEMENT:
            return _about_statement(facts)
        case EvidenceItem.IDENTITY:
            return _about_identity(facts)
        case EvidenceItem.AGREEMENT:
            return _about_agreement(facts)
        case EvidenceItem.OTHER_PAYMENTS:
            return _about_others(facts.others)
        case EvidenceItem.REFUNDS:
            return _about_refunds(facts.refunds)


def evidence_text(facts: EvidenceFacts, items: Collection[EvidenceItem]) -> str:
    """The chosen items, a paragraph each, in their usual order."""
    said = [sentences(facts, item) for item in EvidenceItem if item in items]
    return "\n\n".join(paragraph for paragraph in said if paragraph)


def words_found(text: str, *, names: Collection[str], born_on: Collection[date]) -> tuple[str, ...]:
    """What in a text tells who somebody is: none of it may leave.

    A name counts as it is written, or in capitals; one that is a month's counts for nothing.
    """
    words = set(re.findall(r"\w+", text))
    told = {
        name
        for name in names
        if len(name) > 1 and name not in _MONTHS and words & {name, name.upper()}
    }
    days = {form for day in born_on for form in _forms(day) if form in text}
    return tuple(sorted(told | days))


def _forms(day: date) -> tuple[str, ...]:
    short = f"{day.month}/{day.day}/{day.year}"
    return (day.isoformat(), short, f"{day:%m/%d/%Y}", f"{day:%B %-d, %Y}")


def _about_statement(facts: EvidenceFacts) -> str:
    if facts.statement_on is None:
        return ""
    return (
        "The payment was for a statement of the payer's account that was sent to them on "
        f"{facts.statement_on:%B %-d, %Y}, before the payment. It says what is owed "
        "and whom to ask."
    )


def _about_identity(facts: EvidenceFacts) -> str:
    if facts.opened_at is None:
        return ""
    return (
        "The payer opened a personal link that had been sent to the address we have on file, and "
        f"proved who they are on {_moment(facts.opened_at)} before anything was shown."
    )


def _about_agreement(facts: EvidenceFacts) -> str:
    said = []
    if facts.confirmed_at is not None:
        said.append(
            "The payer saw what the payment was put to and the total, and pressed the button to "
            f"pay it on {_moment(facts.confirmed_at)}."
        )
    if facts.consent_on is not None:
        said.append(
            "The payer had agreed to such charges in writing on "
            f"{facts.consent_on:%B %-d, %Y}; the wording they agreed to is on file."
        )
    return " ".join(said)


def _about_others(others: Sequence[EvidencePayment]) -> str:
    if not others:
        return ""
    rows = "; ".join(
        f"{one.paid_on:%B %-d, %Y}, {format_usd(one.amount_cents)}, receipt {one.receipt_number}"
        for one in others
    )
    return f"Other payments of the same account, none of them for the same balance: {rows}."


def _about_refunds(refunds: Sequence[EvidenceRefund]) -> str:
    if not refunds:
        return "Nothing of this payment was sent back, and no refund of it was promised."
    rows = "; ".join(f"{format_usd(one.amount_cents)} on {one.on:%B %-d, %Y}" for one in refunds)
    return f"Of this payment we sent back: {rows}."


def _moment(at: datetime) -> str:
    return f"{at:%B %-d, %Y at %-I:%M %p %Z}"

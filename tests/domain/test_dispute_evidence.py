"""What may be said to a bank: what helps, in which order, and what must not be in it."""

from datetime import UTC, date, datetime

import pytest

from portal.domain.dispute_evidence import (
    EvidenceFacts,
    EvidenceItem,
    EvidencePayment,
    EvidenceRefund,
    evidence_text,
    helpful,
    sentences,
    words_found,
)

FACTS = EvidenceFacts(
    receipt_number="RB-2026-000148",
    amount_cents=21_450,
    paid_at=datetime(2026, 3, 4, 18, 14, tzinfo=UTC),
    method="a card ending 4242",
    statement_on=date(2026, 3, 1),
    opened_at=datetime(2026, 3, 4, 18, 10, tzinfo=UTC),
    confirmed_at=datetime(2026, 3, 4, 18, 13, tzinfo=UTC),
    consent_on=date(2026, 2, 1),
    others=(EvidencePayment("RB-2026-000099", 5_000, date(2026, 1, 9)),),
    refunds=(EvidenceRefund(1_000, date(2026, 3, 6)),),
)
NOTHING = EvidenceFacts(
    "RB-1", 100, FACTS.paid_at, "a card", None, None, None, None, others=(), refunds=()
)


def test_every_item_has_its_words_where_something_is_known() -> None:
    assert all(sentences(FACTS, item) for item in EvidenceItem)
    known = {item for item in EvidenceItem if sentences(NOTHING, item)}
    assert known == {EvidenceItem.RECEIPT, EvidenceItem.REFUNDS}


def test_only_what_was_chosen_is_said() -> None:
    text = evidence_text(FACTS, {EvidenceItem.REFUNDS, EvidenceItem.RECEIPT})
    assert text.split("\n\n") == [
        sentences(FACTS, EvidenceItem.RECEIPT),
        sentences(FACTS, EvidenceItem.REFUNDS),
    ]


@pytest.mark.parametrize(
    ("reason", "first"),
    [
        ("fraudulent", EvidenceItem.IDENTITY),
        ("duplicate", EvidenceItem.OTHER_PAYMENTS),
        ("credit_not_processed", EvidenceItem.REFUNDS),
        ("a_reason_nobody_knows", EvidenceItem.RECEIPT),
    ],
)
def test_what_helps_depends_on_the_reason(reason: str, first: EvidenceItem) -> None:
    assert helpful(reason)[0] is first


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The payer agreed to it.", ()),
        ("Mrs. Reyes agreed to it.", ("Reyes",)),
        ("REYES, ANA", ("Ana", "Reyes")),
        ("It was paid in May and in banana season.", ()),
        ("Born 4/27/1985.", ("4/27/1985",)),
        ("Born 1985-04-27.", ("1985-04-27",)),
        ("Born on April 27, 1985.", ("April 27, 1985",)),
    ],
)
def test_names_and_dates_of_birth_are_found(text: str, found: tuple[str, ...]) -> None:
    names = {"Ana", "Reyes", "May"}
    assert words_found(text, names=names, born_on={date(1985, 4, 27)}) == found

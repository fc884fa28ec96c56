"""A row of the practice's feed: what it may say, and the sentence for one that says it wrong.

The practice's system owns desk, mail and lockbox money and its own adjustments. A row that carries
one of our post ids tells of what we had told it, and is never new money.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

from portal.domain.journal import LedgerAccount

COLUMNS: Final = (
    "kind",
    "id",
    "account_number",
    "claim_number",
    "service_on",
    "amount_cents",
    "happened_on",
    "method",
    "code",
    "class",
    "refers_to",
    "post_id",
)
"""In this order, all of them, in the second line of a file."""


class RowKind(StrEnum):
    """What happened over there."""

    RECEIPT = "receipt"
    REFUND = "refund"
    ADJUSTMENT = "adjustment"
    VOID = "void"
    OPENING_BALANCE = "opening_balance"
    OPENING_CREDIT = "opening_credit"
    SELF_PAY_CHARGE = "self_pay_charge"


class AdjustmentClass(StrEnum):
    """Why the practice asks for less."""

    COURTESY = "courtesy"
    CHARITY = "charity"
    SMALL_BALANCE = "small_balance"
    BAD_DEBT = "bad_debt"


ADJUSTMENT_ACCOUNTS_BY_CLASS: Final[Mapping[AdjustmentClass, LedgerAccount]] = {
    AdjustmentClass.COURTESY: LedgerAccount.COURTESY_DISCOUNTS,
    AdjustmentClass.CHARITY: LedgerAccount.CHARITY_CARE,
    AdjustmentClass.SMALL_BALANCE: LedgerAccount.SMALL_BALANCES,
    AdjustmentClass.BAD_DEBT: LedgerAccount.BAD_DEBT,
}

METHODS: Final = frozenset({"cash", "check", "card", "ach", "lockbox", "other"})
_REFERRING: Final = frozenset({RowKind.REFUND, RowKind.VOID})
_READ_BACK: Final = frozenset({RowKind.RECEIPT, RowKind.REFUND})
_OF_A_VISIT: Final = frozenset({RowKind.OPENING_BALANCE, RowKind.SELF_PAY_CHARGE})
NUMBERS_WITHOUT_CLAIM: Final = tuple(sorted(f"{kind.value}-" for kind in _OF_A_VISIT))
"""How the number begins that a visit gets here when its row names no claim."""

_CENTS: Final = re.compile(r"[0-9]{1,10}", re.ASCII)
LONGEST: Final = 80
"""Characters in a cell: an id is part of a key, and an index takes none of any length."""


class RowRefusedError(ValueError):
    """The message says why a row is not taken, in words for whoever sends it."""


@dataclass(frozen=True, slots=True)
class FeedRow:
    """One row as it was understood. ``row_id`` is the practice's own id for what happened."""

    kind: RowKind
    row_id: str
    account_number: str
    claim_number: str
    service_on: date | None
    amount_cents: int
    happened_on: date
    method: str
    code: str
    adjustment_class: AdjustmentClass | None
    refers_to: str
    post_id: UUID | None

    @property
    def number_here(self) -> str:
        """Of the claim that a row about a visit makes."""
        return self.claim_number or f"{self.kind.value}-{self.row_id}"

    @property
    def names_a_visit(self) -> bool:
        return bool(self.claim_number) or self.service_on is not None


def read_row(cells: Sequence[str], *, today: date) -> FeedRow:
    """Raises RowRefusedError."""
    if len(cells) != len(COLUMNS):
        raise RowRefusedError(f"It has {len(cells)} cells, not {len(COLUMNS)}.")
    told = dict(zip(COLUMNS, cells, strict=True))
    _require_plain(told)
    row = FeedRow(
        kind=_kind(told["kind"]),
        row_id=told["id"],
        account_number=told["account_number"],
        claim_number=told["claim_number"],
        service_on=_day(told, "service_on") if told["service_on"] else None,
        amount_cents=cents_of(told["amount_cents"]),
        happened_on=_day(told, "happened_on"),
        method=told["method"],
        code=told["code"],
        adjustment_class=_class(told["class"]),
        refers_to=told["refers_to"],
        post_id=_post_id(told["post_id"]),
    )
    _require_sense(row, today=today)
    return row


def cents_of(text: str) -> int:
    """Whole cents, never below zero: the kind says which way they go. Raises RowRefusedError."""
    if _CENTS.fullmatch(text) is None:
        raise RowRefusedError("Its amount_cents is not a whole number of cents, without a sign.")
    return int(text)


def content_digest(cells: Sequence[str]) -> str:
    """The same for the same content, and only for that."""
    return hashlib.sha256(json.dumps(list(cells)).encode()).hexdigest()


def _require_plain(told: Mapping[str, str]) -> None:
    for name, text in told.items():
        if len(text) > LONGEST:
            raise RowRefusedError(f"Its {name} is longer than {LONGEST} characters.")
        if text and not text.isprintable():
            raise RowRefusedError(f"Its {name} has characters that cannot be printed.")
    if not told["id"]:
        raise RowRefusedError("It has no id of its own, so it could be taken twice.")


def _kind(text: str) -> RowKind:
    try:
        return RowKind(text)
    except ValueError:
        raise RowRefusedError(f"Its kind is none of {', '.join(RowKind)}.") from None


def _class(text: str) -> AdjustmentClass | None:
    if not text:
        return None
    try:
        return AdjustmentClass(text)
    except ValueError:
        raise RowRefusedError(f"Its class is none of {', '.join(AdjustmentClass)}.") from None


def _day(told: Mapping[str, str], name: str) -> date:
    try:
        return date.fromisoformat(told[name])
    except ValueError:
        raise RowRefusedError(f"Its {name} is not a day such as 2026-03-09.") from None


def _post_id(text: str) -> UUID | None:
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise RowRefusedError("Its post_id is not one of ours.") from None


def _require_sense(row: FeedRow, *, today: date) -> None:
    """What each kind needs and may not have."""
    is_read_back = row.post_id is not None
    wrong = (
        (
            row.amount_cents == 0 and row.kind is not RowKind.VOID,
            "Its amount is nothing.",
        ),
        (row.happened_on > today, "It has not happened yet: its happened_on lies ahead."),
        (
            is_read_back and row.kind not in _READ_BACK,
            "Only a receipt or a refund can carry a post_id of ours.",
        ),
        (
            row.kind in _REFERRING and not is_read_back and not row.refers_to,
            "Its refers_to must be the id of the row that it gives back or voids.",
        ),
        (
            row.kind is RowKind.ADJUSTMENT and row.adjustment_class is None,
            f"An adjustment needs a class: {', '.join(AdjustmentClass)}.",
        ),
        (
            row.kind is RowKind.RECEIPT and row.method not in METHODS,
            f"A receipt needs a method: {', '.join(sorted(METHODS))}.",
        ),
        (
            row.kind in _OF_A_VISIT and not row.account_number,
            "It needs an account_number.",
        ),
        (
            row.kind in {RowKind.RECEIPT, RowKind.ADJUSTMENT, RowKind.OPENING_CREDIT}
            and not is_read_back
            and not row.account_number
            and not row.claim_number,
            "It needs an account_number or a claim_number.",
        ),
    )
    for applies, sentence in wrong:
        if applies:
            raise RowRefusedError(sentence)

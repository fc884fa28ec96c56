"""What is owed on older and newest statements, and what will be charged by itself, as values."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final

from portal.domain.statement import PendingReason, PendingVisit
from portal.statements.coming import ChargesToCome, ChargeToCome
from portal.statements.page import AskedEarlier, OwnPart
from portal.statements.queries import StatementIssued
from tests.web.sample_look_views import HOLDER
from tests.web.sample_patient_views import (
    ANA_STATEMENT,
    BLUE_HORIZON,
    CREDIT,
    LONG_STATEMENT,
    PAID,
    an_id,
)

PLANNED: Final = ChargesToCome(
    (ChargeToCome(an_id(711), "pay_later", date(2026, 3, 20), 21_450, is_at_most=False),),
    left_cents=0,
)
CHARGED: Final = ChargesToCome(
    (ChargeToCome(an_id(712), "autopay", date(2026, 3, 24), 21_450, is_at_most=False),),
    left_cents=0,
)
CHARGED_IN_PART: Final = ChargesToCome(
    (
        ChargeToCome(an_id(713), "pay_later", date(2026, 3, 20), 5_000, is_at_most=False),
        ChargeToCome(an_id(714), "autopay", date(2026, 3, 24), 9_000, is_at_most=True),
        ChargeToCome(an_id(715), "pay_later", date(2026, 3, 28), 2_000, is_at_most=True),
    ),
    left_cents=7_450,
)
_NEWER = StatementIssued(an_id(716), date(2026, 4, 2))
OLDER: Final = replace(
    ANA_STATEMENT,
    newer=_NEWER,
    due_now_cents=29_850,
    alone=OwnPart(21_450, 2_000),
    on_the_way_cents=2_000,
    coming=CHARGED_IN_PART,
)
NEWEST: Final = replace(
    ANA_STATEMENT,
    due_now_cents=29_850,
    alone=OwnPart(21_450, 0),
    earlier=(
        AskedEarlier(an_id(717), date(2026, 2, 2), 6_400, (an_id(718),)),
        AskedEarlier(an_id(719), date(2026, 1, 3), 2_000, (an_id(720),)),
    ),
)


def _waiting(why: PendingReason) -> PendingVisit:
    return PendingVisit("", None, "", BLUE_HORIZON, why=why)


_SIGNED_IN = {"visitor": HOLDER}
_STATEMENTS: Mapping[str, Any] = {
    "planned": replace(ANA_STATEMENT, coming=PLANNED),
    "autopay": replace(ANA_STATEMENT, coming=CHARGED, nothing_to_do=True),
    "charged-in-part": replace(ANA_STATEMENT, coming=CHARGED_IN_PART),
    "charged-late": replace(ANA_STATEMENT, coming=CHARGED_IN_PART, past_due=True),
    "older": OLDER,
    "older-paid": replace(OLDER, state="paid", alone=OwnPart(), coming=None),
    "older-of-one": replace(OLDER, is_one_alone=True, due_now_cents=19_450, coming=None),
    "older-nothing-due": replace(PAID, newer=_NEWER),
    "newest-with-earlier": NEWEST,
    "long-older": replace(LONG_STATEMENT, newer=_NEWER, coming=CHARGED_IN_PART),
    "being-decided": replace(PAID, waiting=_waiting(PendingReason.DECIDING_AGAIN)),
    "credit-being-decided": replace(CREDIT, waiting=_waiting(PendingReason.DECIDING_AGAIN)),
    "disputed": replace(PAID, waiting=_waiting(PendingReason.DISPUTED)),
    "answer-needed": replace(PAID, waiting=_waiting(PendingReason.ANSWER_NEEDED)),
}
PAGES: Mapping[str, tuple[Any, ...]] = {
    f"statement-{name}": ("statements/statement.html", page, None, None, _SIGNED_IN)
    for name, page in _STATEMENTS.items()
}

"""One's own credit, before it is used and after, as values."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final

from portal.domain.service_kind import ServiceKind
from portal.payments.credits.own import OwnCreditPage
from portal.payments.queries import AllocationRow
from tests.web.sample_patient_views import LONG_PRACTICE, RIVERBEND, STATEMENT_ID

ROUTES: Mapping[str, str] = {"/credit": "own_credit.show", "/credit/use": "own_credit.use"}

CREDIT: Final = OwnCreditPage(
    practice=RIVERBEND,
    statement_id=STATEMENT_ID,
    credit_cents=6_000,
    held_cents=0,
    due_now_cents=21_450,
    usable_cents=6_000,
    allocations=(
        AllocationRow(ServiceKind.OFFICE_VISIT, "Ana", date(2026, 2, 3), "Maria Okafor", 4_000),
        AllocationRow(ServiceKind.LAB_TEST, "Mateo", date(2026, 2, 9), "Lee Tran", 2_000),
    ),
)
USED: Final = replace(
    CREDIT,
    credit_cents=0,
    due_now_cents=15_450,
    usable_cents=0,
    allocations=(),
    uses=((date(2026, 3, 9), 6_000),),
)
_STATES: Final = {
    "": CREDIT,
    "-held": replace(CREDIT, credit_cents=9_000, held_cents=3_000),
    "-more": replace(CREDIT, credit_cents=40_000, usable_cents=6_000, due_now_cents=6_000),
    "-all-held": replace(CREDIT, held_cents=6_000, usable_cents=0, allocations=()),
    "-nothing-owed": replace(CREDIT, due_now_cents=0, usable_cents=0, allocations=()),
    "-used": USED,
    "-none": replace(USED, due_now_cents=0, uses=()),
    "-long": replace(CREDIT, practice=LONG_PRACTICE, uses=USED.uses * 3),
}
_BESIDE: Final = {"is_changed": False, "use_id": "0197a2b0-0000-7000-8000-000000000000"}
PAGES: Mapping[str, tuple[Any, ...]] = {
    **{
        f"own-credit{name}": ("payments/credit.html", page, None, None, _BESIDE)
        for name, page in _STATES.items()
    },
    "own-credit-changed": (
        "payments/credit.html",
        CREDIT,
        None,
        None,
        {**_BESIDE, "is_changed": True},
    ),
}

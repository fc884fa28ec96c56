"""Staff's pages of charges made by themselves, as values; with the addresses they link to."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from portal.domain.charge_schedule import ScheduledState
from portal.payments.charges.forms import StopForm
from portal.payments.charges.queries import (
    ChargeItem,
    ChargesPage,
    Notice,
    PersonChargesPage,
    TryItem,
)
from portal.payments.refunds.page import Account
from tests.web.sample_account_views import AUTOPAY_ON, METHODS
from tests.web.sample_patient_views import GUARANTOR_ID, PAYMENT_ID, an_id

ROUTES: Mapping[str, str] = {
    "/money/charges": "charges.index",
    "/money/charges/<uuid:scheduled_id>": "charges.charge",
    "/money/charges/people/<uuid:guarantor_id>": "charges.person",
    "/money/charges/people/<uuid:guarantor_id>/autopay/stop": "charges.stop_autopay",
}

_LONG = "Maximiliana Featherstonehaugh-Villanueva de la Cruz"
ANA = Account(GUARANTOR_ID, "Ana Reyes", "A-20411")
PLANNED = ChargeItem(
    scheduled_id=an_id(721),
    guarantor_id=GUARANTOR_ID,
    guarantor_name="Ana Reyes",
    origin="autopay",
    amount_cents=21_450,
    on=date(2026, 4, 20),
    state=ScheduledState.PLANNED,
    reason="",
    method_kind="card",
    method_brand="visa",
    method_last4="4242",
    notice=Notice.TO_COME,
    notice_on=date(2026, 4, 15),
)
CHOSEN = replace(PLANNED, origin="pay_later", notice=Notice.NOT_DUE, notice_on=None)
OF_PLAN = replace(PLANNED, origin="plan", notice=Notice.SENT, guarantor_name=_LONG)
AT_THE_BANK = replace(
    OF_PLAN,
    state=ScheduledState.WAITING,
    method_kind="us_bank_account",
    method_last4="6789",
    tries=(TryItem(PAYMENT_ID, date(2026, 4, 20), "processing", ""),),
)
RETRYING = replace(
    CHOSEN,
    state=ScheduledState.RETRYING,
    reason="declined",
    tries=(
        TryItem(PAYMENT_ID, date(2026, 4, 20), "failed", "insufficient_funds"),
        TryItem(PAYMENT_ID, date(2026, 4, 21), "failed", "insufficient_funds"),
    ),
)
NOT_TOLD = replace(
    PLANNED, state=ScheduledState.NEEDS_PATIENT, reason="no_notice", notice=Notice.NOT_ARRIVED
)
FAILED = replace(RETRYING, state=ScheduledState.FAILED)
STOPPED = replace(
    PLANNED,
    state=ScheduledState.STOPPED,
    reason="by_staff",
    said="Ana called on April 14: she lost her job and wants to pay by herself.",
)
PAID = replace(
    OF_PLAN,
    state=ScheduledState.PAID,
    tries=(TryItem(PAYMENT_ID, date(2026, 3, 20), "succeeded", ""),),
)

ALL = ChargesPage(
    stuck=(NOT_TOLD, FAILED),
    under_way=(RETRYING, AT_THE_BANK),
    to_come=(PLANNED, CHOSEN, OF_PLAN),
)
PERSON = PersonChargesPage(
    ANA, (PLANNED, RETRYING), (PAID, STOPPED, NOT_TOLD, FAILED), METHODS, AUTOPAY_ON
)
_CHARGE, _PERSON = "money/charge.html", "money/person_charges.html"

PAGES: Mapping[str, tuple[Any, ...]] = {
    "charges": ("money/charges.html", ALL, None, None),
    "charges-none": ("money/charges.html", ChargesPage((), (), ()), None, None),
    "charges-of-person": (_PERSON, PERSON, StopForm, None),
    "charges-of-person-no-reason": (_PERSON, PERSON, StopForm, {"reason": ""}),
    "charges-of-person-none": (
        _PERSON,
        PersonChargesPage(replace(ANA, name=_LONG), (), (), (), None),
        StopForm,
        None,
    ),
    "charge-planned": (_CHARGE, OF_PLAN, StopForm, None),
    "charge-no-reason": (_CHARGE, PLANNED, StopForm, {"reason": ""}),
    "charge-retrying": (_CHARGE, RETRYING, StopForm, None),
    "charge-stopped": (_CHARGE, STOPPED, StopForm, None),
    "charge-at-the-bank": (_CHARGE, AT_THE_BANK, StopForm, None),
}

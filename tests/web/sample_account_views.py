"""Pages of ways to pay, charges to come and autopay, as values; with the addresses they link to."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from flask_wtf import FlaskForm

from portal.domain.agreement_texts import AgreementFacts, AgreementKind, agreement
from portal.domain.charge_schedule import ScheduledState
from portal.domain.method_setup import SetupState
from portal.payments.autopay.service import AutopayTerms
from portal.payments.methods.forms import AddForm
from portal.payments.methods.queries import (
    AddPage,
    AutopayRow,
    MethodRow,
    MethodsPage,
    RemovePage,
    SetupPage,
)
from portal.payments.scheduled.forms import AgreeForm, AutopayForm, MoveForm, PayLaterForm
from portal.payments.scheduled.queries import (
    AutopayCheckPage,
    AutopayPage,
    PayLaterPage,
    ScheduledPage,
)
from portal.payments.scheduled.views import ScheduledRow
from tests.web.sample_patient_views import LONG_PRACTICE, RIVERBEND, STATEMENT_ID, an_id

Parts = tuple[Any, ...]

ROUTES: Mapping[str, str] = {
    "/payment-methods": "methods.show",
    "/payment-methods/add": "methods.add",
    "/payment-methods/setups/<uuid:setup_id>": "methods.setup",
    "/payment-methods/<uuid:method_id>/default": "methods.make_default",
    "/payment-methods/<uuid:method_id>/remove": "methods.ask_to_remove",
    "/payment-methods/<uuid:method_id>/remove/do": "methods.remove",
    "/statements/<uuid:statement_id>/pay-later": "scheduled.pay_later",
    "/scheduled-payments/<uuid:scheduled_id>": "scheduled.show",
    "/scheduled-payments/<uuid:scheduled_id>/agree": "scheduled.agree",
    "/scheduled-payments/<uuid:scheduled_id>/move": "scheduled.move_payment",
    "/scheduled-payments/<uuid:scheduled_id>/stop": "scheduled.stop_payment",
    "/autopay": "autopay.show",
    "/autopay/begin": "autopay.begin",
    "/autopay/check": "autopay.check",
    "/autopay/stop": "autopay.end",
}

_FACTS = AgreementFacts(
    practice=RIVERBEND.name,
    phone=RIVERBEND.phone,
    method="Visa ending 4242",
    amount_cents=21_450,
    charge_on=date(2026, 4, 20),
    days_after=15,
    notice_days=5,
)
_SAVING, _LATER, _AUTOPAY = (
    agreement(kind, _FACTS, language="en").sentences
    for kind in (AgreementKind.SAVE_METHOD, AgreementKind.PAY_LATER, AgreementKind.AUTOPAY)
)
_FIRST, _LAST = date(2026, 3, 10), date(2026, 5, 8)

VISA = MethodRow(
    an_id(701), "card", "visa", "4242", 12, 2034, is_default=True, expires="", renewed_on=None
)
ENDS_SOON = MethodRow(
    an_id(702),
    "card",
    "mastercard",
    "4444",
    3,
    2026,
    is_default=False,
    expires="soon",
    renewed_on=None,
)
ENDED = replace(ENDS_SOON, method_id=an_id(703), brand="amex", last4="0005", expires="over")
RENEWED = replace(
    ENDS_SOON, method_id=an_id(704), last4="4401", expires="", renewed_on=date(2026, 3, 2)
)
BANK = MethodRow(
    an_id(705),
    "us_bank_account",
    "FEATHERSTONEHAUGH COMMUNITY CREDIT UNION OF THE VALLEY",
    "6789",
    None,
    None,
    is_default=False,
    expires="",
    renewed_on=None,
)
METHODS = (VISA, ENDS_SOON, ENDED, RENEWED, BANK)

PLANNED = ScheduledRow(
    scheduled_id=an_id(711),
    statement_id=STATEMENT_ID,
    installment_id=None,
    plan_id=None,
    method_id=VISA.method_id,
    origin="pay_later",
    state=ScheduledState.PLANNED,
    reason="",
    amount_cents=21_450,
    on=date(2026, 4, 20),
    last_on=_LAST,
    method_kind="card",
    method_brand="visa",
    method_last4="4242",
)
BY_AUTOPAY = replace(
    PLANNED,
    scheduled_id=an_id(712),
    origin="autopay",
    method_kind="us_bank_account",
    method_brand="",
    method_last4="6789",
)
RETRYING = replace(PLANNED, state=ScheduledState.RETRYING, reason="declined")
WAITING = replace(BY_AUTOPAY, state=ScheduledState.WAITING)
AUTOPAY_ON = AutopayRow(VISA.method_id, 50_000, 15, date(2026, 2, 1))

OF_PLAN = replace(
    PLANNED, scheduled_id=an_id(713), origin="plan", statement_id=None, plan_id=an_id(714)
)
NEW_YORK = replace(RIVERBEND, state="NY")
ALL = MethodsPage(RIVERBEND, STATEMENT_ID, METHODS, (PLANNED, WAITING, OF_PLAN), AUTOPAY_ON)
NONE = MethodsPage(LONG_PRACTICE, STATEMENT_ID, (), (), None)
ADD = AddPage(RIVERBEND, STATEMENT_ID, _SAVING)
SAVED = SetupPage(
    practice=RIVERBEND,
    statement_id=STATEMENT_ID,
    setup_id=an_id(721),
    state=SetupState.SAVED,
    method_kind="card",
    address="",
    then_statement_id=STATEMENT_ID,
    method=VISA,
)
REMOVE = RemovePage(
    RIVERBEND,
    STATEMENT_ID,
    VISA,
    (PLANNED, replace(WAITING, method_id=VISA.method_id)),
    ends_autopay=True,
)
LATER = PayLaterPage(
    practice=RIVERBEND,
    statement_id=STATEMENT_ID,
    due_now_cents=21_450,
    due_on=date(2026, 4, 3),
    first_on=_FIRST,
    last_on=_LAST,
    methods=(VISA, BANK),
    standing=None,
)
ONE = ScheduledPage(RIVERBEND, STATEMENT_ID, PLANNED, _LATER, _FIRST)
AUTOPAY = AutopayPage(RIVERBEND, STATEMENT_ID, (VISA, BANK), None, (), can_be_mailed=True)
AUTOPAY_CHECK = AutopayCheckPage(
    RIVERBEND, STATEMENT_ID, AutopayTerms(VISA.method_id, 50_000, 15), _AUTOPAY
)


def _in_state(state: ScheduledState, reason: str = "") -> ScheduledPage:
    return replace(ONE, planned=replace(PLANNED, state=state, reason=reason))


_METHODS, _SCHEDULED, _AUTO = "payments/methods/", "payments/scheduled/", "payments/autopay/"
_STATES = {
    "planned": ONE,
    "autopay": replace(ONE, planned=BY_AUTOPAY, wording=_AUTOPAY),
    "of-plan": replace(ONE, planned=OF_PLAN, wording=()),
    "of-plan-failed": replace(
        ONE,
        planned=replace(OF_PLAN, state=ScheduledState.FAILED, reason="declined"),
        wording=(),
    ),
    "late": replace(
        ONE, planned=replace(PLANNED, state=ScheduledState.NEEDS_PATIENT, reason="late")
    ),
    "stopped-by-staff": replace(
        ONE, planned=replace(PLANNED, state=ScheduledState.STOPPED, reason="by_staff")
    ),
    "retrying": replace(ONE, planned=RETRYING),
    "waiting": replace(ONE, planned=WAITING),
    "charging": _in_state(ScheduledState.CHARGING),
    "paid": _in_state(ScheduledState.PAID),
    "paid-elsewhere": replace(_in_state(ScheduledState.PAID), statement_id=an_id(799)),
    "not-needed": _in_state(ScheduledState.NOT_NEEDED),
    "stopped": _in_state(ScheduledState.STOPPED, "by_patient"),
    "on-hold": _in_state(ScheduledState.STOPPED, "on_hold"),
    "disputed": _in_state(ScheduledState.STOPPED, "disputed"),
    "removed": _in_state(ScheduledState.STOPPED, "method_removed"),
    "over-cap": _in_state(ScheduledState.NEEDS_PATIENT, "over_cap"),
    "bank-asks": _in_state(ScheduledState.NEEDS_PATIENT, "bank_asks"),
    "no-notice": _in_state(ScheduledState.NEEDS_PATIENT, "no_notice"),
    "failed": replace(_in_state(ScheduledState.FAILED, "declined"), statement_id=an_id(799)),
}

PAGES: Mapping[str, Parts] = {
    "methods": (_METHODS + "show.html", ALL),
    "methods-none": (_METHODS + "show.html", NONE),
    "methods-add": (_METHODS + "add.html", ADD, AddForm, None, {"then": ""}),
    "methods-add-new-york": (
        _METHODS + "add.html",
        replace(ADD, practice=NEW_YORK),
        AddForm,
        None,
        {"then": ""},
    ),
    "methods-add-wrong": (_METHODS + "add.html", ADD, AddForm, {}, {"then": "pay-later"}),
    **{
        f"methods-setup-{name}": (_METHODS + "setup.html", page, None, None, {"way_on": ""})
        for name, page in {
            "saved": SAVED,
            "starting": replace(SAVED, state=SetupState.STARTING, method=None),
            "open": replace(
                SAVED, state=SetupState.OPEN, method=None, method_kind="us_bank_account"
            ),
            "expired": replace(
                SAVED, state=SetupState.EXPIRED, method=None, then_statement_id=None
            ),
        }.items()
    },
    "methods-remove": (_METHODS + "remove.html", REMOVE),
    "methods-remove-unused": (
        _METHODS + "remove.html",
        replace(REMOVE, method=BANK, charges=(), ends_autopay=False),
    ),
    "pay-later-new-york": (
        _SCHEDULED + "pay_later.html",
        replace(LATER, practice=NEW_YORK),
        PayLaterForm,
    ),
    "pay-later": (_SCHEDULED + "pay_later.html", LATER, PayLaterForm),
    "pay-later-wrong": (
        _SCHEDULED + "pay_later.html",
        LATER,
        PayLaterForm,
        {"how": "part", "amount": "999", "day": "2026-02-31"},
    ),
    "pay-later-no-method": (
        _SCHEDULED + "pay_later.html",
        replace(LATER, methods=()),
        PayLaterForm,
    ),
    "pay-later-agree": (_SCHEDULED + "agree.html", ONE, AgreeForm),
    "pay-later-not-agreed": (_SCHEDULED + "agree.html", ONE, AgreeForm, {}),
    **{
        f"scheduled-{name}": (_SCHEDULED + "show.html", page, MoveForm)
        for name, page in _STATES.items()
    },
    "scheduled-wrong-day": (_SCHEDULED + "show.html", ONE, MoveForm, {"day": "soon"}),
    "autopay": (_AUTO + "show.html", AUTOPAY, AutopayForm),
    "autopay-wrong": (_AUTO + "show.html", AUTOPAY, AutopayForm, {"cap": "x"}),
    "autopay-on": (
        _AUTO + "show.html",
        replace(AUTOPAY, autopay=AUTOPAY_ON, wording=_AUTOPAY),
        AutopayForm,
    ),
    "autopay-no-method": (_AUTO + "show.html", replace(AUTOPAY, methods=()), AutopayForm),
    "autopay-no-mail": (_AUTO + "show.html", replace(AUTOPAY, can_be_mailed=False), AutopayForm),
    "autopay-check": (_AUTO + "check.html", AUTOPAY_CHECK, AgreeForm),
    "autopay-not-agreed": (_AUTO + "check.html", AUTOPAY_CHECK, AgreeForm, {}),
}


def offer(form: FlaskForm) -> None:
    """What a view sets on these forms."""
    if isinstance(form, PayLaterForm):
        form.amount.allow(minimum_cents=50, maximum_cents=21_450)
    if isinstance(form, PayLaterForm | MoveForm):
        form.day.allow(first_on=_FIRST, last_on=_LAST)

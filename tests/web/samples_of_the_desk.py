"""Sample views of the desk: people, tasks, refunds, and the counter with its drawers."""

from collections.abc import Mapping
from dataclasses import replace

from portal.desk.forms import AccountHoldForm, RefundForm
from portal.payments.counter.forms import (
    BatchForm,
    CloseForm,
    CountForm,
    OpenDrawerForm,
    TakeBackForm,
    TakeForm,
)
from tests.web import sample_counter_views as counter
from tests.web import sample_desk_views as desk
from tests.web import sample_patient_views as patients
from tests.web import sample_plan_payment_views as plan_payments
from tests.web.sample_page import CLERK, MANAGER, OVERSEER, POSTER, STAFF, SamplePage

DESK: Mapping[str, SamplePage] = {
    "refund-of-disputed": SamplePage(
        "desk/refund.html", replace(desk.REFUND, is_disputed=True), RefundForm, more=MANAGER
    ),
    **{
        f"refund-of-check-{place}": SamplePage(
            "desk/refund.html",
            replace(
                desk.REFUND,
                is_unsure=True,
                check_place=place,
                sure_on=counter.TODAY if place == "bank" else None,
                way="check",
            ),
            RefundForm,
            more=MANAGER,
        )
        for place in ("bank", "drawer", "missing")
    },
    "refund-ask-for-check": SamplePage(
        "desk/refund_check.html",
        replace(desk.REFUND, way="check"),
        RefundForm,
        {"amount": "20.00", "why": "paid_twice"},
        more={**MANAGER, "refund_id": patients.PAYMENT_ID},
    ),
    "desk": SamplePage("desk/search.html", desk.SEARCH_EMPTY, more=STAFF),
    "desk-nobody": SamplePage("desk/search.html", desk.SEARCH_NOBODY, more=STAFF),
    "desk-found": SamplePage("desk/search.html", desk.SEARCH, more=STAFF),
    "tasks": SamplePage("desk/tasks.html", desk.TASKS, more=STAFF),
    "tasks-poster": SamplePage("desk/tasks.html", desk.TASKS_BETWEEN, more=POSTER),
    "tasks-none": SamplePage("desk/tasks.html", desk.TasksPage((), 0, None, None), more=STAFF),
    "person": SamplePage("desk/person.html", desk.PERSON, AccountHoldForm, more=STAFF),
    "person-manager": SamplePage("desk/person.html", desk.PERSON, AccountHoldForm, more=MANAGER),
    "person-hold-without-note": SamplePage(
        "desk/person.html", desk.PERSON, AccountHoldForm, {"hold": "deceased"}, more=STAFF
    ),
    "person-hold-not-ended": SamplePage(
        "desk/person.html",
        desk.PERSON,
        AccountHoldForm,
        {"hold": "disputed"},
        more={**STAFF, "ending": "disputed"},
    ),
    "refund": SamplePage("desk/refund.html", desk.REFUND, RefundForm, more=MANAGER),
    "refund-wrong": SamplePage(
        "desk/refund.html", desk.REFUND, RefundForm, {"amount": "9999"}, more=MANAGER
    ),
    "refund-check": SamplePage(
        "desk/refund_check.html",
        desk.REFUND,
        RefundForm,
        {"amount": "20.00", "why": "paid_twice"},
        more={**MANAGER, "refund_id": patients.PAYMENT_ID},
    ),
    "credit": SamplePage(
        "desk/credit.html",
        desk.CREDIT_PAGE,
        more={**MANAGER, "changed": True, "use_id": patients.PAYMENT_ID},
    ),
    "credit-none": SamplePage(
        "desk/credit.html",
        replace(desk.CREDIT_PAGE, usable_cents=0, allocations=()),
        more={**MANAGER, "changed": False, "use_id": patients.PAYMENT_ID},
    ),
    "person-clerk": SamplePage("desk/person.html", desk.PERSON, AccountHoldForm, more=CLERK),
    "phone": SamplePage("desk/phone.html", desk.PERSON, more=CLERK),
    "phone-cannot-send": SamplePage("desk/phone.html", desk.PERSON_CANNOT_SEND, more=CLERK),
    "phone-nothing": SamplePage("desk/phone.html", desk.PERSON_EMPTY, more=CLERK),
    "counter": SamplePage(
        "money/counter/index.html", counter.COUNTER, OpenDrawerForm, more=OVERSEER
    ),
    "counter-empty": SamplePage(
        "money/counter/index.html", counter.COUNTER_EMPTY, OpenDrawerForm, {"name": ""}, more=CLERK
    ),
    "counter-manager": SamplePage(
        "money/counter/index.html", counter.COUNTER_OF_MANAGER, OpenDrawerForm, more=OVERSEER
    ),
    "counter-elsewhere": SamplePage("money/counter/elsewhere.html", more=CLERK),
    "take": SamplePage("money/counter/take.html", counter.TAKE, TakeForm, more=CLERK),
    "take-with-plans": SamplePage(
        "money/counter/take.html", plan_payments.TAKE, TakeForm, more=CLERK
    ),
    "take-wrong": SamplePage(
        "money/counter/take.html",
        counter.TAKE_BESIDE_OTHERS,
        TakeForm,
        {"amount": "x", "paid_by": "check", "what_for": "chosen"},
        more=CLERK,
    ),
    **{
        f"take-{why}": SamplePage(
            "money/counter/take.html", replace(counter.TAKE, why_not=why), TakeForm, more=CLERK
        )
        for why in ("not_yours", "no_drawer", "counted", "old")
    },
    **{
        name: SamplePage(
            "money/counter/check.html",
            view,
            TakeForm,
            {"amount": "70", "paid_by": "cash", "what_for": "oldest"},
            more=CLERK,
        )
        for name, view in {
            "take-check": counter.CHECK,
            "take-check-plan": plan_payments.TAKE_CHECK,
            "take-check-over": counter.CHECK_OVER,
            "take-check-copay": counter.CHECK_COPAY,
        }.items()
    },
    **{
        f"desk-receipt-{name}": SamplePage("money/counter/receipt.html", view, more=OVERSEER)
        for name, view in {
            "cash": counter.RECEIPT,
            "voided": counter.RECEIPT_VOIDED,
            "check": counter.RECEIPT_CHECK,
            "returned": counter.RECEIPT_RETURNED,
            "copay": counter.RECEIPT_COPAY,
            "to-ask": counter.RECEIPT_TO_ASK,
            "asked": counter.RECEIPT_ASKED,
            "asked-by-me": counter.RECEIPT_OF_MINE_ASKED,
            "missing": counter.RECEIPT_MISSING,
            "lost": counter.RECEIPT_LOST,
        }.items()
    },
    **{
        f"drawer-{name}": SamplePage("money/counter/drawer.html", view, CloseForm, more=OVERSEER)
        for name, view in {
            "open": counter.DRAWER,
            "counted": counter.DRAWER_COUNTED,
            "closed": counter.DRAWER_CLOSED,
        }.items()
    },
    "drawer-count": SamplePage("money/counter/count.html", counter.COUNT, CountForm, more=CLERK),
    "deposit-slip": SamplePage("money/counter/slip.html", counter.SLIP, more=CLERK),
    "card-machine": SamplePage("money/counter/batch.html", counter.BATCH, BatchForm, more=CLERK),
    "card-machine-wrong": SamplePage(
        "money/counter/batch.html", counter.BATCH, BatchForm, {"amount": "x"}, more=CLERK
    ),
    "deposit-slip-found": SamplePage(
        "money/counter/slip.html", counter.SLIP_OF_ONE_CHECK, more=OVERSEER
    ),
    "card-machine-manager": SamplePage(
        "money/counter/batch.html", counter.BATCH_OF_MANAGER, BatchForm, more=OVERSEER
    ),
    "machine-batch": SamplePage(
        "money/counter/machine_batch.html", counter.MACHINE_BATCH, TakeBackForm, more=OVERSEER
    ),
    "machine-batch-no-reason": SamplePage(
        "money/counter/machine_batch.html",
        counter.MACHINE_BATCH,
        TakeBackForm,
        {"reason": ""},
        more=OVERSEER,
    ),
    "machine-batch-back": SamplePage(
        "money/counter/machine_batch.html", counter.MACHINE_BATCH_BACK, TakeBackForm, more=CLERK
    ),
    "card-machine-none": SamplePage(
        "money/counter/batch.html", counter.NO_BATCH, BatchForm, more=CLERK
    ),
    "desk-day": SamplePage("money/counter/day.html", counter.DAY, more=OVERSEER),
    "desk-day-empty": SamplePage("money/counter/day.html", counter.DAY_EMPTY, more=CLERK),
    "person-empty": SamplePage("desk/person.html", desk.PERSON_EMPTY, AccountHoldForm, more=STAFF),
    "person-cannot-send": SamplePage(
        "desk/person.html", desk.PERSON_CANNOT_SEND, AccountHoldForm, more=STAFF
    ),
    "desk-statement": SamplePage(
        "desk/statement.html",
        patients.ANA_STATEMENT,
        more={"guarantor_id": patients.GUARANTOR_ID},
    ),
}

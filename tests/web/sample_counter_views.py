"""Pages of the desk's money as values: drawers, taking, receipts, deposits, a day."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from flask_wtf import FlaskForm

from portal.domain.drawer import PIECES, DrawerCount, DrawerState, DrawerTakings, compare
from portal.domain.payment_channel import MethodKind
from portal.domain.payment_status import PaymentState
from portal.domain.service_kind import ServiceKind
from portal.payments.counter.bank_pages import (
    ClosedDrawer,
    DayPage,
    MethodSum,
    SlipPage,
    StaffDay,
)
from portal.payments.counter.drawers import HeldCheck
from portal.payments.counter.forms import (
    BatchForm,
    ConfirmTakeForm,
    FoundForm,
    ReopenForm,
    ReturnForm,
    TakeForm,
    VoidForm,
)
from portal.payments.counter.machine_pages import (
    BatchPage,
    BatchRow,
    MachineBatchPage,
    TakenBack,
)
from portal.payments.counter.pages import (
    CounterPage,
    CountPage,
    DepositRow,
    DrawerPage,
    DrawerRow,
    MoveRow,
    TakenRow,
)
from portal.payments.counter.payment_pages import (
    Asked,
    CheckPage,
    DeskReceiptPage,
    TakePage,
    Undone,
    VisitRow,
)
from portal.payments.counter.taking import HandedOver
from portal.payments.counter.void_rows import VoidRow
from portal.payments.queries import AllocationRow
from portal.payments.refunds.page import Account
from tests.web.sample_patient_views import GUARANTOR_ID, PACIFIC, RIVERBEND, an_id

TODAY = date(2026, 3, 9)
AT = datetime(2026, 3, 9, 10, 12, tzinfo=PACIFIC)
ANA = Account(GUARANTOR_ID, "Ana Reyes", "A-20411")
LONG = Account(GUARANTOR_ID, "Maximiliana Featherstonehaugh-Wolfeschlegelstein", "A-2041199999")
MINE = DrawerRow(
    an_id(701),
    "Front 1",
    "Jo Kim",
    AT,
    DrawerState.OPEN,
    is_mine=True,
    is_old=False,
    bank_cents=None,
)
OLD = replace(
    MINE,
    drawer_id=an_id(702),
    name="Front 2, by the window",
    staff_name="Maximiliana Featherstonehaugh",
    opened_at=AT - timedelta(days=1),
    is_mine=False,
    is_old=True,
)
CLOSED = replace(
    MINE, drawer_id=an_id(703), state=DrawerState.CLOSED, bank_cents=12_345, is_mine=True
)

COUNTER = CounterPage(
    may_take=True,
    mine=MINE,
    others=(OLD,),
    to_bank=(CLOSED, replace(CLOSED, drawer_id=an_id(704), name="Front 3", bank_cents=-500)),
    machine_count=2,
    machine_cents=8_050,
    deposits=(DepositRow(an_id(705), "D-2026-00041", TODAY, 98_765),),
)
COUNTER_EMPTY = CounterPage(
    may_take=True, mine=None, others=(), to_bank=(), machine_count=0, machine_cents=0, deposits=()
)
COUNTER_OF_MANAGER = replace(COUNTER_EMPTY, may_take=False, others=(MINE, OLD))

VISITS = (
    VisitRow(an_id(711), date(2026, 1, 14), ServiceKind.OFFICE_VISIT, "Mateo", "Dr. Lin", 6_000),
    VisitRow(an_id(712), date(2026, 2, 10), ServiceKind.WHOLE_VISIT, "Ana", "", 4_050),
)
TAKE = TakePage(
    account=ANA,
    due_now_cents=10_050,
    on_the_way_cents=0,
    credit_cents=0,
    visits=VISITS,
    drawer_name="Front 1",
    drawer_id=MINE.drawer_id,
    why_not="",
    pays_online=False,
    today=TODAY,
)
TAKE_BESIDE_OTHERS = replace(
    TAKE, account=LONG, on_the_way_cents=2_000, credit_cents=500, pays_online=True
)
CASH = HandedOver(GUARANTOR_ID, MethodKind.CASH, 7_000, 8_000)
PUT_TO = (
    AllocationRow(ServiceKind.OFFICE_VISIT, "Mateo", date(2026, 1, 14), "Dr. Lin", 6_000),
    AllocationRow(ServiceKind.WHOLE_VISIT, "Ana", date(2026, 2, 10), "", 1_000),
)
CHECK = CheckPage(TAKE, CASH, PUT_TO, 0, 0, TAKE.due_now_cents)
CHECK_OVER = replace(
    CHECK,
    money=HandedOver(GUARANTOR_ID, MethodKind.CHECK, 7_500, 7_500, check_number="1042"),
    unapplied_cents=500,
    over_cents=500,
)
CHECK_COPAY = replace(
    CHECK,
    money=replace(CASH, method=MethodKind.TERMINAL, approval_code="A77", visit_on=TODAY),
    allocations=(),
)

RECEIPT = DeskReceiptPage(
    practice=RIVERBEND,
    account=ANA,
    payment_id=an_id(721),
    receipt_number="RB-2026-000123",
    amount_cents=7_000,
    method="cash",
    tendered_cents=8_000,
    reference="",
    taken_at=AT,
    staff_name="Jo Kim",
    drawer_id=MINE.drawer_id,
    allocations=PUT_TO,
    unapplied_cents=0,
    visit_on=None,
    left_cents=3_050,
    is_mailed=True,
    undone=None,
    may_void=True,
    may_ask_for_void=False,
    asked=None,
    may_return=False,
    may_find=False,
)
RECEIPT_TO_ASK = replace(RECEIPT, may_void=False, may_ask_for_void=True)
RECEIPT_ASKED = replace(
    RECEIPT,
    asked=Asked("wrong_amount", AT, "Maximiliana Featherstonehaugh-Villanueva", is_mine=False),
)
RECEIPT_OF_MINE_ASKED = replace(
    RECEIPT, may_void=False, asked=Asked("changed_mind", AT, "Jo Kim", is_mine=True)
)
RECEIPT_VOIDED = replace(
    RECEIPT, undone=Undone(PaymentState.VOIDED, "wrong_amount", AT, "Max Roy"), may_void=False
)
RECEIPT_CHECK = replace(
    RECEIPT,
    account=LONG,
    method="check",
    tendered_cents=7_000,
    reference="1042",
    is_mailed=False,
    may_void=False,
    may_return=True,
    left_cents=0,
)
RECEIPT_RETURNED = replace(
    RECEIPT_CHECK,
    undone=Undone(PaymentState.RETURNED, "no_funds", AT, "Max Roy"),
    may_return=False,
    left_cents=7_000,
)
RECEIPT_MISSING = replace(RECEIPT_CHECK, may_return=False, may_find=True)
RECEIPT_LOST = replace(
    RECEIPT_RETURNED, undone=Undone(PaymentState.RETURNED, "lost", AT, "Max Roy")
)
RECEIPT_COPAY = replace(RECEIPT, visit_on=TODAY, allocations=(), may_void=False)


def _taken(number: int, method: str, cents: int, state: PaymentState) -> TakenRow:
    return TakenRow(
        payment_id=an_id(730 + number),
        receipt_number=f"RB-2026-00012{number}",
        guarantor_id=GUARANTOR_ID,
        name="Ana Reyes" if number else LONG.name,
        taken_at=AT + timedelta(minutes=number),
        taken_by=an_id(740),
        drawer_name="Front 1",
        method=method,
        reference="" if method == "cash" else "1042",
        amount_cents=cents,
        state=state,
    )


TAKEN = (
    _taken(0, "cash", 7_000, PaymentState.SUCCEEDED),
    _taken(1, "check", 12_500, PaymentState.RETURNED),
    _taken(2, "terminal", 3_000, PaymentState.SUCCEEDED),
    _taken(3, "cash", 2_000, PaymentState.VOIDED),
)
VOIDS = (
    VoidRow(
        payment_id=an_id(733),
        receipt_number="RB-2026-000123",
        method="cash",
        amount_cents=2_000,
        reason="wrong_amount",
        taken_by="Jo Kim",
        was_asked=True,
        asked_by="Jo Kim",
        voided_by="Maximiliana Featherstonehaugh-Villanueva",
        at=AT + timedelta(minutes=9),
    ),
    VoidRow(
        payment_id=an_id(734),
        receipt_number="RB-2026-000124",
        method="check",
        amount_cents=12_050,
        reason="taken_twice",
        taken_by="Jo Kim",
        was_asked=False,
        asked_by="",
        voided_by="Jo Kim",
        at=AT + timedelta(minutes=19),
    ),
)
DRAWER = DrawerPage(
    drawer=MINE,
    float_cents=10_000,
    taken=TAKEN,
    moves=(MoveRow(AT, DrawerState.OPEN, "Jo Kim", ""),),
    counts=0,
    count_id=None,
    counted_cents=0,
    missing_checks=(),
    result=None,
    may_count=True,
    may_carry_on=False,
    may_reopen=False,
    desk_deposit_id=None,
)
DRAWER_COUNTED = replace(
    DRAWER,
    drawer=replace(MINE, state=DrawerState.COUNTED),
    moves=(*DRAWER.moves, MoveRow(AT, DrawerState.COUNTED, "Jo Kim", "")),
    counts=2,
    count_id=an_id(750),
    counted_cents=16_500,
    missing_checks=(HeldCheck(an_id(731), "1042", 12_500),),
    result=compare(DrawerTakings(10_000, 7_000, 12_500), DrawerCount(16_500, 0)),
    may_carry_on=True,
)
DRAWER_CLOSED = replace(
    DRAWER_COUNTED,
    drawer=CLOSED,
    moves=(*DRAWER_COUNTED.moves, MoveRow(AT, DrawerState.CLOSED, "Jo Kim", "The check was lost.")),
    missing_checks=(),
    result=compare(DrawerTakings(10_000, 7_000, 0), DrawerCount(17_000, 0)),
    may_count=False,
    may_carry_on=False,
    may_reopen=True,
    desk_deposit_id=an_id(705),
    voids=VOIDS[:1],
)
COUNT = CountPage(MINE, 10_000, (HeldCheck(an_id(731), "1042", 12_500),))

SLIP = SlipPage(
    practice=RIVERBEND,
    number="D-2026-00041",
    made_at=AT,
    staff_name="Jo Kim",
    cash_cents=86_265,
    checks_cents=12_500,
    checks=(HeldCheck(an_id(731), "1042", 12_500),),
    drawers=(CLOSED, OLD),
)
SLIP_OF_ONE_CHECK = replace(SLIP, cash_cents=0, drawers=())
BATCH_ROW = BatchRow(
    terminal_batch_id=an_id(760),
    arrived_on=TODAY,
    reference="BATCH 0041",
    taken_cents=125_050,
    refunds_cents=1_000,
    arrived_cents=121_298,
    reason="",
    staff_name="Jo Kim",
    recorded_at=AT,
    is_taken_back=False,
)
MUCH_MISSING = replace(
    BATCH_ROW,
    terminal_batch_id=an_id(761),
    arrived_cents=100_000,
    reason="The maker kept its yearly fee, as it wrote in its letter of March 2.",
    staff_name="Maximiliana Featherstonehaugh-Villanueva",
)
GONE = replace(BATCH_ROW, terminal_batch_id=an_id(762), is_taken_back=True, reference="")
BATCH = BatchPage(
    (TAKEN[2], replace(TAKEN[2], payment_id=an_id(739))),
    1_000,
    TODAY,
    most_missing_cents=300,
    batches=(BATCH_ROW, MUCH_MISSING, GONE),
)
BATCH_OF_MANAGER = replace(BATCH, may_explain=True)
MACHINE_BATCH = MachineBatchPage(BATCH_ROW, TAKEN[2:3], None, may_take_back=True)
MACHINE_BATCH_BACK = MachineBatchPage(
    replace(MUCH_MISSING, is_taken_back=True),
    TAKEN[2:3],
    TakenBack("It was the batch of another day.", AT, "Max Roy"),
    may_take_back=False,
)
NO_BATCH = BatchPage((), 0, TODAY)
DAY = DayPage(
    day=TODAY,
    before=TODAY - timedelta(days=1),
    after=TODAY + timedelta(days=1),
    staff=(
        StaffDay(
            "Jo Kim",
            (
                MethodSum("cash", 1, 7_000),
                MethodSum("check", 1, 12_500),
                MethodSum("terminal", 1, 3_000),
            ),
            TAKEN,
        ),
        StaffDay(OLD.staff_name, (MethodSum("cash", 1, 7_000),), TAKEN[:1]),
    ),
    drawers=(ClosedDrawer(CLOSED, -500), ClosedDrawer(OLD, None)),
    voids=VOIDS,
)
DAY_EMPTY = DayPage(TODAY, TODAY - timedelta(days=1), None, (), ())


def offer(form: FlaskForm) -> None:
    """What a view sets on a form before it is read."""
    if isinstance(form, TakeForm | BatchForm):
        form.today = TODAY
        form.allow_amounts()


def beside(page: object) -> dict[str, object]:
    """What a view gives a template beside the page and its form."""
    no_token = {"csrf": False}
    match page:
        case DrawerPage():
            return {"reopening": ReopenForm(formdata=None, meta=no_token)}
        case DeskReceiptPage():
            return {
                "voiding": VoidForm(formdata=None, meta=no_token),
                "returning": ReturnForm(formdata=None, meta=no_token),
                "finding": FoundForm(formdata=None, meta=no_token),
            }
        case CheckPage():
            over = ConfirmTakeForm(formdata=None, meta=no_token).over
            return {"over": over, "payment_id": an_id(721)}
        case CountPage():
            return {"pieces": PIECES}
        case _:
            return {}

"""Pages of payment plans as values: choosing, agreeing, every state, every change."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from flask_wtf import FlaskForm

from portal.domain.plan_agreement_texts import PlanFacts, plan_agreement
from portal.domain.plans.cadence import Frequency, cadence_from
from portal.domain.plans.difference import row_changes
from portal.domain.plans.disclosure import closed_end
from portal.domain.plans.offers import Ground, Offers, Wish, offers
from portal.domain.plans.policy import Autopay, Overpayment, PlanPolicy
from portal.domain.plans.refusal import Refusal, RefusalCode
from portal.domain.plans.schedule import Installment, InstallmentKind, schedule
from portal.domain.plans.state_pack import Notice, ProviderKind
from portal.domain.plans.state_packs import pack_for
from portal.domain.plans.states import PlanState
from portal.domain.service_kind import ServiceKind
from portal.payments.methods.on_file import MethodOnFile
from portal.plans.changing.forms import AddForm, AheadForm, EndForm, MethodForm, MoveForm, StepForm
from portal.plans.changing.queries import (
    AddPage,
    AheadPage,
    ChangePage,
    EndPage,
    MethodPage,
    MovePage,
    Outlook,
    PlanHead,
)
from portal.plans.history import HistoryRow
from portal.plans.listing import PlanListRow, PlansPage
from portal.plans.offering.footing import LivePlan, NoPlanBecause
from portal.plans.offering.forms import AgreeForm, ChooseForm, HowForm
from portal.plans.offering.queries import AgreePage, ChoosePage, HowPage, OfferedPlan
from portal.plans.offering.terms import Terms
from portal.plans.queries import PlanPage
from portal.plans.rows import PlanRow, RowState
from portal.plans.visits import PlanVisit
from tests.web.sample_patient_views import (
    LONG_PRACTICE,
    PACIFIC,
    RIVERBEND,
    STATEMENT_ID,
    an_id,
)

Parts = tuple[Any, ...]

ROUTES: Mapping[str, str] = {
    "/plans": "plans.plans",
    "/plans/new": "plans.choose",
    "/plans/new/chosen": "plans.chosen",
    **{
        f"/plans/<uuid:plan_id>/{page}": f"plans.{endpoint}"
        for page, endpoint in {
            "agree": "agree",
            "agreed": "agreed",
            "how": "how",
            "disclosure": "disclosure",
            "disclosure.pdf": "disclosure_as_paper",
            "past-disclosure": "past_disclosure",
            "give-up": "give_up",
            "begun": "begun",
            "changed": "changed",
            "agreement-<int:version>.pdf": "agreement",
            "payments/<int:number>/move": "move",
            "payments/<int:number>/skip": "skip",
            "ahead": "ahead",
            "add": "add",
            "method": "method",
            "end": "end",
        }.items()
    },
}

_TODAY = date(2026, 3, 6)
_FIRST = date(2026, 3, 31)
_PLAN_ID = an_id(951)
_NUMBER = "7Q4HN-X2M9T"
_POLICY = PlanPolicy()
_PACK = pack_for(["OR", "OR"], provider=ProviderKind.PROFESSIONAL, on=_TODAY)

_VISITS = (
    PlanVisit(
        an_id(961),
        "Mateo",
        (ServiceKind.OFFICE_VISIT, ServiceKind.IMAGING),
        date(2026, 1, 14),
        "Dr. Priya Raman",
        15_450,
    ),
    PlanVisit(an_id(962), "Leo", (ServiceKind.VACCINE,), date(2026, 2, 2), "Sam Okafor, NP", 6_000),
)
_LONG_VISIT = PlanVisit(
    an_id(963),
    "Maximiliana-Guadalupe",
    (ServiceKind.HOSPITAL_STAY, ServiceKind.ANESTHESIA, ServiceKind.LAB_TEST),
    None,
    "Dr. Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh",
    420_013,
)
VISA = MethodOnFile(
    an_id(701), "Visa ending 4242", "card", "visa", "4242", 12, 2034, is_default=True, expires=""
)
BANK = MethodOnFile(
    an_id(705),
    "bank account ending 6789",
    "us_bank_account",
    "FEATHERSTONEHAUGH COMMUNITY CREDIT UNION OF THE VALLEY",
    "6789",
    None,
    None,
    is_default=False,
    expires="",
)


def _offers(cents: int, frequency: Frequency = Frequency.MONTHLY) -> Offers:
    ground = Ground(balance_cents=cents, policy=_POLICY, pack=_PACK, today=_TODAY)
    return offers(ground, Wish(frequency=frequency, first_due_on=_FIRST))


CHOOSE = ChoosePage(
    practice=RIVERBEND,
    statement_id=STATEMENT_ID,
    refusal=None,
    visits=_VISITS,
    claim_ids=frozenset(visit.claim_id for visit in _VISITS),
    balance_cents=21_450,
    offers=_offers(21_450),
    frequency=Frequency.MONTHLY,
    frequencies=tuple(Frequency),
    first_on=_FIRST,
    first_from=date(2026, 3, 7),
    first_until=date(2026, 4, 5),
    most_plans=3,
    live=(),
)
CHOOSE_LARGE = replace(
    CHOOSE,
    live=(LivePlan(_PLAN_ID, _NUMBER), LivePlan(an_id(952), "3K8TD-W5F1B")),
    practice=LONG_PRACTICE,
    visits=(*_VISITS, _LONG_VISIT),
    claim_ids=frozenset({_LONG_VISIT.claim_id}),
    balance_cents=420_013,
    offers=_offers(420_013, Frequency.EVERY_TWO_WEEKS),
    frequency=Frequency.EVERY_TWO_WEEKS,
)
CHOOSE_ONE = replace(CHOOSE, visits=_VISITS[:1], claim_ids=frozenset({_VISITS[0].claim_id}))
CHOOSE_NONE = replace(
    CHOOSE,
    offers=Offers(choices=(), refusal=Refusal(RefusalCode.BALANCE_TOO_SMALL, cents=7_500)),
)


def _schedule(cents: int, count: int, *, down_cents: int = 0) -> tuple[Installment, ...]:
    return schedule(
        cents,
        count=count,
        cadence=cadence_from(Frequency.MONTHLY, first_on=_FIRST),
        agreed_on=_TODAY,
        down_payment_cents=down_cents,
    )


def _offered(installments: tuple[Installment, ...]) -> OfferedPlan:
    return OfferedPlan(
        practice=RIVERBEND,
        statement_id=STATEMENT_ID,
        plan_id=_PLAN_ID,
        number=_NUMBER,
        state=PlanState.PENDING_CONSENT,
        frequency=Frequency.MONTHLY,
        installments=installments,
        principal_cents=sum(one.cents for one in installments),
        has_lapsed=False,
    )


def _terms(
    installments: tuple[Installment, ...],
    *,
    method: MethodOnFile | None = None,
    notices: frozenset[Notice] = frozenset(),
    is_changed: bool = False,
    language: str = "en",
) -> Terms:
    facts = PlanFacts(
        practice=RIVERBEND.name,
        phone=RIVERBEND.phone,
        installments=installments,
        policy=_POLICY,
        notices=notices,
        method=method.name if method else "",
        is_changed=is_changed,
    )
    box = None
    if len(installments) > 4:
        box = closed_end(installments, creditor=RIVERBEND.name, frequency=Frequency.MONTHLY)
    agreement = plan_agreement(facts, language=language, is_reviewed=False)
    return Terms(agreement, box, method, "0" * 64)


_FOUR, _SIX = _schedule(21_450, 4), _schedule(21_450, 6)
HOW = HowPage(
    plan=_offered(_FOUR),
    autopay=Autopay.OPTIONAL,
    methods=(VISA, BANK, replace(VISA, method_id=an_id(702), last4="0005", expires="over")),
    method_id=None,
    is_decided=False,
    is_mailed=True,
    card_notices=(),
)
AGREE = AgreePage(
    plan=_offered(_FOUR),
    visits=_VISITS,
    autopay=Autopay.OPTIONAL,
    terms=_terms(_FOUR, method=VISA),
    is_disclosed=True,
    is_mailed=True,
)
AGREE_SIX = replace(
    AGREE, plan=_offered(_SIX), terms=_terms(_SIX, notices=frozenset(Notice)), is_mailed=False
)
AGREE_IN_SPANISH = replace(AGREE, terms=_terms(_FOUR, method=VISA, language="es"))
_DOWN = _schedule(21_450, 3, down_cents=5_000)
AGREE_DOWN = replace(AGREE, plan=_offered(_DOWN), terms=_terms(_DOWN))


def _row(one: Installment, left_cents: int, state: RowState) -> PlanRow:
    may_change = state in (RowState.TO_COME, RowState.PART_PAID)
    return PlanRow(one, left_cents, state, may_change=may_change)


def _at(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 9, 41, tzinfo=PACIFIC)


_MOVED = replace(_SIX[3], due_on=date(2026, 7, 6), moved_from=_SIX[3].due_on)
_SKIPPED = replace(_SIX[4], cents=0, kind=InstallmentKind.SKIPPED)
_LATER = replace(_SIX[5], number=7, due_on=date(2026, 9, 30))
_EXTRA = Installment(number=8, due_on=date(2026, 5, 20), cents=1_000, kind=InstallmentKind.EXTRA)
_HISTORY = (
    HistoryRow(
        version=3,
        at=_at(5, 12),
        made_by="patient",
        change="skipped",
        changes=row_changes(_SIX, (*_SIX[:4], _SKIPPED, _SIX[5], _LATER)),
        is_agreed=False,
    ),
    HistoryRow(
        version=2,
        at=_at(4, 12),
        made_by="staff",
        change="date_moved",
        changes=row_changes(_SIX, (*_SIX[:3], _MOVED, *_SIX[4:])),
        is_agreed=False,
    ),
    HistoryRow(
        version=1, at=_at(3, 6), made_by="patient", change="offered", changes=(), is_agreed=True
    ),
)
PLAN = PlanPage(
    practice=RIVERBEND,
    statement_id=STATEMENT_ID,
    plan_id=_PLAN_ID,
    number=_NUMBER,
    state=PlanState.ACTIVE,
    frequency=Frequency.MONTHLY,
    today=date(2026, 5, 20),
    policy=_POLICY,
    principal_cents=21_450,
    waived_cents=0,
    paid_cents=7_150,
    coming_cents=0,
    left_cents=14_300,
    rows=(
        _row(_SIX[0], 0, RowState.PAID),
        _row(_SIX[1], 0, RowState.PAID),
        _row(_SIX[2], 3_575, RowState.TO_COME),
        _row(_MOVED, 3_575, RowState.TO_COME),
        _row(_SKIPPED, 0, RowState.SKIPPED),
        _row(_SIX[5], 3_575, RowState.TO_COME),
        _row(_LATER, 3_575, RowState.TO_COME),
    ),
    past_due_since=None,
    cure_until=None,
    paused_reason="",
    paused_until=None,
    ended_on=None,
    visits=_VISITS,
    method=VISA,
    is_method_gone=False,
    beyond_cents=0,
    has_more_visits=True,
    history=_HISTORY,
    is_mailed=True,
)
_NEW = replace(
    PLAN,
    today=_TODAY,
    paid_cents=0,
    left_cents=21_450,
    rows=tuple(_row(one, one.cents, RowState.TO_COME) for one in _FOUR),
    history=_HISTORY[-1:],
    has_more_visits=False,
)
_LATE = (
    _row(_SIX[0], 0, RowState.PAID),
    _row(_SIX[1], 1_575, RowState.LATE),
    _row(_SIX[2], 3_575, RowState.FAILED),
    _row(_SIX[3], 0, RowState.ON_ITS_WAY),
    _row(_SIX[4], 3_575, RowState.TO_COME),
    _row(replace(_SIX[5], waived_cents=_SIX[5].cents), 0, RowState.WAIVED),
)
STATES: Mapping[str, PlanPage] = {
    "active": PLAN,
    "not-mailed": replace(PLAN, is_mailed=False),
    "by-hand": replace(_NEW, method=None, practice=LONG_PRACTICE),
    "ahead": replace(
        PLAN,
        beyond_cents=1_000,
        rows=(*PLAN.rows[:2], _row(_EXTRA, 0, RowState.PAID), *PLAN.rows[2:]),
    ),
    "due": replace(
        PLAN,
        today=date(2026, 5, 31),
        rows=(*PLAN.rows[:2], _row(_SIX[2], 3_575, RowState.DUE), *PLAN.rows[3:]),
        method=replace(VISA, expires="soon"),
    ),
    "past-due": replace(
        PLAN,
        state=PlanState.PAST_DUE,
        today=date(2026, 6, 10),
        rows=_LATE,
        paid_cents=5_575,
        coming_cents=3_575,
        waived_cents=3_575,
        left_cents=8_725,
        past_due_since=date(2026, 4, 30),
        cure_until=date(2026, 6, 24),
    ),
    "failed": replace(
        PLAN,
        today=date(2026, 5, 31),
        rows=(*PLAN.rows[:2], _row(_SIX[2], 3_575, RowState.FAILED), *PLAN.rows[3:]),
    ),
    "retrying": replace(
        PLAN,
        today=date(2026, 5, 31),
        rows=(*PLAN.rows[:2], _row(_SIX[2], 3_575, RowState.RETRYING), *PLAN.rows[3:]),
        is_method_gone=True,
        method=None,
    ),
    "on-its-way": replace(
        _NEW,
        coming_cents=21_450,
        left_cents=0,
        rows=tuple(_row(one, 0, RowState.ON_ITS_WAY) for one in _FOUR),
    ),
    "paused": replace(
        PLAN, state=PlanState.PAUSED, paused_reason="hardship", paused_until=date(2026, 8, 31)
    ),
    "completed": replace(
        PLAN,
        state=PlanState.COMPLETED,
        paid_cents=21_450,
        left_cents=0,
        rows=tuple(_row(one, 0, RowState.PAID) for one in _FOUR),
        ended_on=date(2026, 7, 1),
    ),
    **{
        state.value.replace("_", "-"): replace(
            PLAN, state=state, ended_on=date(2026, 7, 1), has_more_visits=False
        )
        for state in (
            PlanState.DEFAULTED,
            PlanState.REPLACED,
            PlanState.CANCELLED_BY_PATIENT,
            PlanState.CANCELLED_BY_STAFF,
        )
    },
}
_LISTED = PlanListRow(
    plan_id=_PLAN_ID,
    number=_NUMBER,
    state=PlanState.ACTIVE,
    principal_cents=21_450,
    paid_cents=7_150,
    left_cents=14_300,
    next_on=date(2026, 5, 31),
    next_cents=3_575,
    made_on=_TODAY,
)
PLANS = PlansPage(
    practice=RIVERBEND,
    statement_id=STATEMENT_ID,
    live=(_LISTED, replace(_LISTED, state=PlanState.PAST_DUE)),
    undecided=(replace(_LISTED, state=PlanState.PENDING_CONSENT, next_on=None),),
    over=tuple(
        replace(_LISTED, state=state, next_on=None)
        for state in (PlanState.COMPLETED, PlanState.DEFAULTED, PlanState.CANCELLED_BY_PATIENT)
    ),
    open_cents=6_000,
)

_HEAD = PlanHead(
    practice=RIVERBEND,
    statement_id=STATEMENT_ID,
    plan_id=_PLAN_ID,
    number=_NUMBER,
    today=_TODAY,
)
_BEFORE = Outlook(4, 5_363, date(2026, 6, 30), 21_450)
_AFTER = Outlook(6, 5_363, date(2026, 8, 31), 27_450)
CHANGE = ChangePage(
    plan=_HEAD,
    refusal=None,
    changes=row_changes(_SIX, (*_SIX[:3], _MOVED, *_SIX[4:])),
    before=_BEFORE,
    after=_BEFORE,
    visits=(),
    terms=None,
    is_disclosed=True,
    is_mailed=True,
    seen="0" * 64,
    fields={"day": "2026-07-06"},
)
ADDED = replace(
    CHANGE,
    changes=row_changes(_FOUR, _SIX),
    after=_AFTER,
    visits=_VISITS[1:],
    terms=_terms(_SIX, method=VISA, is_changed=True),
    fields={"how": "longer", "visit": [str(_VISITS[1].claim_id)]},
)
MOVE = MovePage(
    plan=_HEAD,
    installment=_SIX[2],
    first_on=date(2026, 5, 21),
    last_on=date(2026, 6, 10),
    most_days=10,
)
AHEAD = AheadPage(
    plan=_HEAD,
    beyond_cents=1_000,
    now=_BEFORE,
    ways={
        Overpayment.SHORTEN: Outlook(3, 5_363, date(2026, 5, 31), 16_089),
        Overpayment.LOWER: Outlook(4, 4_023, date(2026, 6, 30), 16_089),
    },
)
ADD = AddPage(plan=_HEAD, visits=_VISITS, now=_BEFORE)
METHOD = MethodPage(
    plan=_HEAD,
    autopay=Autopay.OPTIONAL,
    methods=(VISA, BANK),
    method_id=VISA.method_id,
    is_mailed=True,
    card_notices=(),
)
_SMALLER = (replace(_VISITS[0], cents=11_875), _VISITS[1])
END = EndPage(plan=_HEAD, left_cents=14_300, coming_cents=3_575, visits=_SMALLER, is_charged=True)
_STEPS: Mapping[str, object] = {
    "CHECK": "check",
    "GO": "go",
    "DISCLOSED": "disclosed",
    "BY_HAND": "by_hand",
    "BY_AMOUNT": "amount",
    "BY_NUMBER": "number",
    "errors": (),
}


def _page(template: str, page: object, form: object = None, typed: object = None) -> Parts:
    return (f"plans/{template}.html", page, form, typed, _STEPS)


PAGES: Mapping[str, Parts] = {
    "plan-choose": _page("choose", CHOOSE, ChooseForm),
    "plan-choose-large": _page("choose", CHOOSE_LARGE, ChooseForm),
    "plan-choose-one": _page("choose", CHOOSE_ONE, ChooseForm),
    "plan-choose-wrong": _page(
        "choose", CHOOSE_LARGE, ChooseForm, {"how": "number", "number": "x", "first_on": "soon"}
    ),
    "plan-choose-too-little": _page("choose", CHOOSE, ChooseForm, {"how": "amount"}),
    **{
        f"plan-choose-{why.value.replace('_', '-')}": _page(
            "choose", replace(CHOOSE, refusal=why), ChooseForm
        )
        for why in NoPlanBecause
    },
    "plan-how": _page("how", HOW, HowForm),
    "plan-how-wrong": _page("how", HOW, HowForm, {}),
    "plan-how-required": _page(
        "how",
        replace(HOW, autopay=Autopay.REQUIRED, methods=(), card_notices=("Read this first.",)),
        HowForm,
    ),
    "plan-how-no-mail": _page("how", replace(HOW, methods=(), is_mailed=False), HowForm),
    "plan-disclosure": (
        "plans/disclosure.html",
        AGREE_SIX,
        None,
        None,
        {"box": AGREE_SIX.terms.disclosure},
    ),
    "plan-agree": _page("agree", AGREE, AgreeForm),
    "plan-agree-not-agreed": _page("agree", AGREE_SIX, AgreeForm, {}),
    "plan-agree-in-spanish": _page("agree", AGREE_IN_SPANISH, AgreeForm),
    "plan-agree-down-payment": _page("agree", AGREE_DOWN, AgreeForm),
    "plan-agree-lapsed": _page(
        "agree", replace(AGREE, plan=replace(AGREE.plan, has_lapsed=True)), AgreeForm
    ),
    "plan-begun": _page("begun", _NEW),
    "plan-begun-by-hand": _page("begun", replace(_NEW, method=None, is_mailed=False)),
    "plan-begun-down-payment": _page(
        "begun",
        replace(_NEW, rows=tuple(_row(one, one.cents, RowState.TO_COME) for one in _DOWN)),
    ),
    **{f"plan-page-{name}": _page("plan", page) for name, page in STATES.items()},
    "plan-list": _page("plans", PLANS),
    "plan-list-none": _page("plans", replace(PLANS, live=(), undecided=(), over=())),
    "plan-changed": _page("changed", PLAN),
    "plan-move": _page("move", MOVE, MoveForm),
    "plan-move-wrong": _page("move", MOVE, MoveForm, {"day": "soon"}),
    "plan-move-none": _page("move", replace(MOVE, installment=None), MoveForm),
    "plan-check": _page("check", CHANGE, StepForm),
    "plan-check-added": _page("check", ADDED, StepForm),
    "plan-change-disclosure": _page("change_disclosure", ADDED, StepForm),
    "plan-refused": (
        "plans/refused.html",
        replace(CHANGE, refusal=Refusal(RefusalCode.TOO_LITTLE_PAID, count=2)),
        None,
        None,
        {"words": "You can skip a payment after you have made 2."},
    ),
    "plan-ahead": _page("ahead", AHEAD, AheadForm),
    "plan-ahead-none": _page("ahead", replace(AHEAD, ways={}), AheadForm),
    "plan-add": _page("add", ADD, AddForm),
    "plan-add-wrong": _page("add", ADD, AddForm, {}),
    "plan-add-none": _page("add", replace(ADD, visits=()), AddForm),
    "plan-method": _page("method", METHOD, MethodForm),
    "plan-method-no-mail": _page(
        "method", replace(METHOD, methods=(), is_mailed=False), MethodForm
    ),
    "plan-method-check": (
        "plans/method_check.html",
        replace(METHOD, terms=_terms(_FOUR, method=BANK, is_changed=True)),
        MethodForm,
        None,
        {**_STEPS, "wanted": str(BANK.method_id)},
    ),
    "plan-method-by-hand": (
        "plans/method_check.html",
        METHOD,
        MethodForm,
        None,
        {**_STEPS, "wanted": "by_hand"},
    ),
    "plan-end": _page("end", END, EndForm),
}


def offer(form: FlaskForm) -> None:
    """What a view sets on these forms."""
    if isinstance(form, HowForm):
        form.offer({VISA.method_id, BANK.method_id}, by_hand=True)
    if isinstance(form, ChooseForm) and not form.how.data:
        form.how.data = "4"

"""Staff's pages of people's plans as values: a plan on somebody's behalf, changes, requests."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, Final

from portal.domain.charge_schedule import ScheduledState
from portal.domain.plan_script_texts import spoken_script
from portal.domain.plans.cadence import Frequency
from portal.domain.plans.difference import row_changes
from portal.domain.plans.refusal import Refusal, RefusalCode
from portal.domain.plans.staff_changes import NewTerms
from portal.domain.plans.states import PlanState
from portal.plans.changing.forms import DISCLOSED, GO
from portal.plans.changing.queries import ChangePage, EndPage, Outlook, PlanHead
from portal.plans.listing import PlanListRow, PlansPage
from portal.plans.models import PlanRequest
from portal.plans.offering.footing import NoPlanBecause
from portal.plans.offering.forms import BY_AMOUNT, BY_HAND, BY_NUMBER, ChooseForm, HowForm
from portal.plans.refusal_words import refusal_words
from portal.plans.staff.consenting import sentences_to_read
from portal.plans.staff.forms import (
    ConsentForm,
    DecisionForm,
    PauseForm,
    SettleForm,
    TermsForm,
    WhyForm,
)
from portal.plans.staff.queries import (
    ConsentPage,
    PersonHead,
    PersonPlans,
    PlanRef,
    StaffConsent,
    StaffEvent,
    StaffPlanPage,
    StaffVersion,
)
from portal.plans.staff.request_queries import Effect, RequestPage, RequestRow
from portal.plans.staff.requests import RequestKind, Waiver
from tests.web import sample_desk_views as desk
from tests.web import sample_plan_views as plans
from tests.web.sample_patient_views import RIVERBEND, an_id

ROUTES: Mapping[str, str] = {
    "/desk/people/<uuid:guarantor_id>/plans": "staff_plans.person",
    "/desk/people/<uuid:guarantor_id>/plans/new": "staff_plans.choose",
    "/desk/plans/<uuid:plan_id>": "staff_plans.plan",
    "/desk/plans/<uuid:plan_id>/agreement-<int:version>.pdf": "staff_plans.copy",
    **{
        f"/desk/plans/<uuid:plan_id>/{page}": f"staff_plans.{endpoint}"
        for page, endpoint in {
            "how": "how",
            "consent": "consent",
            "disclosed": "disclosed",
            "disclosure.pdf": "disclosure",
            "agreement.pdf": "agreement",
            "ask": "ask",
            "give-up": "give_up",
            "terms": "terms",
            "begin-anew": "begin_anew",
            "pause": "pause",
            "go-on": "go_on",
            "settle": "settle",
            "cancel": "cancel",
        }.items()
    },
    "/plan-requests": "staff_plans.waiting",
    "/plan-requests/<uuid:request_id>": "staff_plans.decide",
    "/plan-requests/<uuid:request_id>/terms": "staff_plans.approved_terms",
}

CLERK: Final = replace(desk.JO, role="collections", areas=frozenset({"desk", "plans"}))
MANAGER: Final = replace(
    desk.JO, role="manager", areas=frozenset({"desk", "money", "plans", "plan_rules"})
)
_PLAN_ID, _REQUEST_ID = plans.PLAN.plan_id, an_id(970)
_ANA: Final = PersonHead(an_id(11), "Ana Ruiz", "Ana", "J-1041", "en")
_LONG: Final = PersonHead(
    an_id(12),
    "Maximiliana-Guadalupe Wolfeschlegelsteinhausenbergerdorff",
    "Maximiliana-Guadalupe",
    "ACCOUNT-00000000001041-B",
    "es",
)
_AT: Final = datetime(2026, 3, 6, 17, 41, tzinfo=UTC)


def _listed(state: PlanState, number: str) -> PlanListRow:
    is_live = state in (PlanState.ACTIVE, PlanState.PAST_DUE)
    return PlanListRow(
        an_id(950 + len(state.value)), number, state, 21_450, 7_150, 14_300,
        date(2026, 3, 31) if is_live else None, 5_363 if is_live else 0, date(2026, 3, 6),
    )  # fmt: skip


LIST: Final = PersonPlans(
    _LONG,
    PlansPage(
        practice=RIVERBEND,
        statement_id=None,
        live=(_listed(PlanState.ACTIVE, "7Q4HN-X2M9T"), _listed(PlanState.PAST_DUE, "3K8TD-W5F1B")),
        undecided=(_listed(PlanState.PENDING_CONSENT, "9V2RC-L7P4Z"),),
        over=(_listed(PlanState.CANCELLED_BY_STAFF, "1B6XS-D8N3Q"),),
        open_cents=6_000,
    ),
)
NO_LIST: Final = PersonPlans(
    _ANA, replace(LIST.plans, live=(), undecided=(), over=(), open_cents=0)
)


@dataclass(frozen=True, slots=True)
class _Charge:
    installment_id: Any
    state: ScheduledState
    reason: str
    amount_cents: int
    on: date
    method_kind: str = "card"
    method_brand: str = "visa"
    method_last4: str = "4242"


def _request(decision: str) -> PlanRequest:
    return PlanRequest(
        request_id=an_id(971 + len(decision)), decision=decision, asked_at=_AT,
        reason="Low wages until the summer", kind="terms",
    )  # fmt: skip


_SAID: Final = StaffConsent(
    kind="spoken",
    at=_AT,
    given_by="Ana Ruiz",
    recorded_by="Jo Kim",
    note="script 1; known by: date of birth and address",
    language="en",
    sentences=("I will now read you the terms.", "You pay $214.50.", "Do you agree?"),
    is_disclosed=True,
)
PLAN: Final = StaffPlanPage(
    person=_ANA,
    ref=PlanRef(_ANA.guarantor_id, PlanState.ACTIVE, "en"),
    plan_id=_PLAN_ID,
    number=plans.PLAN.number,
    plan=plans.PLAN,
    new_bills=(replace(plans.PLAN.visits[1], service_on=date(2026, 5, 4), cents=4_444),),
    versions=tuple(
        StaffVersion(row=row, name="Jo Kim" if row.made_by == "staff" else "", why="Asked by phone")
        for row in plans.PLAN.history
    ),
    consents=(_SAID, replace(_SAID, kind="online", given_by="", recorded_by="", note="")),
    events=(
        StaffEvent(at=_AT, number=2, state="paid", name="", actor="job", detail=""),
        StaffEvent(
            at=_AT, number=None, state="active", name="Jo Kim", actor="staff", detail="agreed"
        ),
    ),
    charges=(
        _Charge(an_id(1), ScheduledState.PAID, "", 3_575, date(2026, 3, 31)),
        _Charge(an_id(2), ScheduledState.RETRYING, "declined", 3_575, date(2026, 4, 30)),
    ),
    requests=(_request("waiting"), _request("approved")),
)
PLAN_PAUSED: Final = replace(
    PLAN,
    ref=replace(PLAN.ref, state=PlanState.PAUSED),
    person=_LONG,
    plan=replace(
        plans.PLAN,
        state=PlanState.PAUSED,
        paused_reason="hardship",
        paused_until=date(2026, 7, 1),
        past_due_since=date(2026, 4, 30),
        waived_cents=2_000,
        method=None,
    ),
    requests=(),
    charges=(),
)
PLAN_OFFERED: Final = replace(
    PLAN, ref=replace(PLAN.ref, state=PlanState.PENDING_CONSENT), plan=None, new_bills=(),
    versions=(), consents=(), charges=(), requests=(),
)  # fmt: skip


def _consent(offered: Any, person: PersonHead) -> ConsentPage:
    script = spoken_script(language=person.language)
    return ConsentPage(
        person=person,
        offered=offered,
        script=script,
        sentences=sentences_to_read(offered.terms, script),
        today=date(2026, 3, 6),
    )


_BY_HAND: Final = replace(plans.AGREE_DOWN, is_mailed=True)
CONSENT: Final = _consent(_BY_HAND, _ANA)
CONSENT_CHARGED: Final = _consent(replace(plans.AGREE, is_mailed=False), _LONG)
CONSENT_FIRST: Final = _consent(replace(plans.AGREE_SIX, is_disclosed=False), _ANA)
CONSENT_LAPSED: Final = _consent(
    replace(_BY_HAND, plan=replace(_BY_HAND.plan, has_lapsed=True)), _ANA
)

_HEAD: Final = PlanHead(
    practice=RIVERBEND,
    statement_id=None,
    plan_id=_PLAN_ID,
    number=plans.PLAN.number,
    today=date(2026, 5, 20),
)
END: Final = EndPage(
    plan=_HEAD, left_cents=14_300, coming_cents=0, visits=plans.PLAN.visits, is_charged=True
)
_BEFORE: Final = plans.AGREE_SIX.plan.installments
_AFTER: Final = plans.AGREE.plan.installments
CHANGE: Final = ChangePage(
    plan=_HEAD,
    refusal=None,
    changes=row_changes(_BEFORE, _AFTER),
    before=Outlook(6, 3_575, date(2026, 8, 31), 21_450),
    after=Outlook(4, 5_363, date(2026, 6, 30), 21_450),
    visits=(),
    terms=plans.AGREE_DOWN.terms,
    is_disclosed=True,
    is_mailed=True,
    seen="0" * 64,
    fields={"count": "4", "frequency": "monthly", "first_on": "2026-03-31"},
)
CHANGE_FIRST: Final = replace(CHANGE, terms=plans.AGREE_SIX.terms, is_disclosed=False)
EFFECT: Final = Effect(
    refusal=None,
    changes=row_changes(_AFTER, (*_AFTER[:3], replace(_AFTER[3], waived_cents=_AFTER[3].cents))),
    left_before_cents=21_450,
    left_after_cents=16_088,
    seen="0" * 64,
)
WAIVER_ROW: Final = RequestRow(
    request_id=_REQUEST_ID,
    kind=RequestKind.WAIVER,
    plan_id=_PLAN_ID,
    plan_number=plans.PLAN.number,
    guarantor_id=_ANA.guarantor_id,
    person_name=_LONG.name,
    reason="Papers of July: out of work since the spring, three children",
    asked_at=_AT,
    asked_by="Jo Kim",
    is_own=False,
)
_TERMS_ROW: Final = replace(WAIVER_ROW, kind=RequestKind.TERMS, is_own=True)
_TERMS: Final = NewTerms(
    count=18, frequency=Frequency.TWICE_A_MONTH, first_due_on=date(2026, 6, 15), is_approved=True
)
WAIVER: Final = RequestPage(WAIVER_ROW, Waiver(cents=5_362, has_need=True, has_failed=True), EFFECT)
OWN: Final = RequestPage(_TERMS_ROW, _TERMS, EFFECT)
IMPOSSIBLE: Final = RequestPage(
    replace(_TERMS_ROW, is_own=False),
    _TERMS,
    Effect(refusal=Refusal(RefusalCode.NOTHING_TO_CHANGE)),
)

_CHOOSE: Final = {"person": _ANA, "nothing": "", "BY_AMOUNT": BY_AMOUNT, "BY_NUMBER": BY_NUMBER}
_CHANGES: Final = {
    "person": _LONG,
    "now": END,
    "ids": {"plan_id": _PLAN_ID},
    "frequencies": tuple(Frequency),
    "may_ask": False,
    "GO": GO,
    "DISCLOSED": DISCLOSED,
    "sentences": sentences_to_read(CHANGE.terms, spoken_script(language="en"))
    if CHANGE.terms
    else (),
}
_SETTLE: Final = {"amount": "53.62", "has_need": "y", "why": "Papers of July"}
_PAUSE: Final = {"hold": "hardship", "until": "2026-07-01", "why": "Lost her job"}
_HOW: Final = {"guarantor_id": _ANA.guarantor_id, "BY_HAND": BY_HAND}
_REFUSALS: Final = {"refusal_words": refusal_words}

_PAGES: Final[Mapping[str, tuple[str, Any, Any, Any, Mapping[str, Any]]]] = {
    "staff-plans": ("person", LIST, None, None, {}),
    "staff-plans-none": ("person", NO_LIST, None, None, {}),
    "staff-plan": ("plan", PLAN, None, None, {}),
    "staff-plan-paused": ("plan", PLAN_PAUSED, None, None, {}),
    "staff-plan-offered": ("plan", PLAN_OFFERED, None, None, {}),
    "staff-plan-choose": ("choose", plans.CHOOSE, ChooseForm, None, _CHOOSE),
    "staff-plan-choose-wrong": ("choose", plans.CHOOSE_LARGE, ChooseForm, {}, _CHOOSE),
    "staff-plan-choose-refused": (
        "choose",
        replace(plans.CHOOSE, refusal=NoPlanBecause.NOTHING_OPEN),
        ChooseForm,
        None,
        _CHOOSE,
    ),
    "staff-plan-how": ("how", plans.HOW, HowForm, None, _HOW),
    "staff-plan-how-wrong": ("how", replace(plans.HOW, is_mailed=False), HowForm, {}, _HOW),
    "staff-plan-consent": ("consent", CONSENT, ConsentForm, None, {}),
    "staff-plan-consent-wrong": ("consent", CONSENT, ConsentForm, {"kind": "spoken"}, {}),
    "staff-plan-consent-charged": ("consent", CONSENT_CHARGED, ConsentForm, None, {}),
    "staff-plan-consent-first": ("consent", CONSENT_FIRST, ConsentForm, None, {}),
    "staff-plan-consent-lapsed": ("consent", CONSENT_LAPSED, ConsentForm, None, {}),
    "staff-plan-terms": ("terms", None, TermsForm, None, _CHANGES),
    "staff-plan-terms-wrong": ("terms", None, TermsForm, {}, {**_CHANGES, "may_ask": True}),
    "staff-plan-begin-anew": ("begin_anew", CHANGE, WhyForm, None, _CHANGES),
    "staff-plan-agree": ("agree", CHANGE, WhyForm, {"why": "Asked for it"}, _CHANGES),
    "staff-plan-agree-first": ("agree", CHANGE_FIRST, WhyForm, {"why": "Low wages"}, _CHANGES),
    "staff-plan-pause": ("pause", None, PauseForm, None, _CHANGES),
    "staff-plan-pause-wrong": ("pause", None, PauseForm, {}, _CHANGES),
    "staff-plan-pause-check": ("pause_check", None, PauseForm, _PAUSE, _CHANGES),
    "staff-plan-go-on": ("go_on", None, WhyForm, None, _CHANGES),
    "staff-plan-settle": ("settle", None, SettleForm, None, _CHANGES),
    "staff-plan-settle-wrong": ("settle", None, SettleForm, {}, _CHANGES),
    "staff-plan-settle-check": ("settle_check", EFFECT, SettleForm, _SETTLE, _CHANGES),
    "staff-plan-cancel": ("cancel", END, WhyForm, None, _CHANGES),
    "staff-plan-requests": ("requests", None, None, None, {"rows": (WAIVER_ROW, _TERMS_ROW)}),
    "staff-plan-requests-none": ("requests", None, None, None, {"rows": ()}),
    "staff-plan-request": ("request", WAIVER, DecisionForm, None, _REFUSALS),
    "staff-plan-request-wrong": ("request", WAIVER, DecisionForm, {}, _REFUSALS),
    "staff-plan-request-own": ("request", OWN, DecisionForm, None, _REFUSALS),
    "staff-plan-request-over": ("request", IMPOSSIBLE, DecisionForm, None, _REFUSALS),
}
PAGES: Final = {
    name: (
        f"staff_plans/{template}.html",
        page,
        form,
        typed,
        {"staff": MANAGER, "errors": (), **more},
    )
    for name, (template, page, form, typed, more) in _PAGES.items()
}


def beside(page: object) -> dict[str, object]:
    """The second form of a page that has two."""
    if isinstance(page, ChangePage):
        return {"consent": ConsentForm(formdata=None, meta={"csrf": False})}
    return {}

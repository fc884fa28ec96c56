"""The pages of collections as values; with the addresses they link to."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from portal.auth.roles import Area
from portal.collections.agency.candidates import Candidate
from portal.collections.agency.pages import AgencyPage, CheckPage, PaidHere, PlacementRow
from portal.collections.choice import WorkChoice
from portal.collections.forms import AgencyForm, NoteForm, PromiseForm, ViewForm
from portal.collections.mailing import MailPage, NotWritten, Recipient
from portal.collections.people import NoteRow, PersonPage, PlacedRow, PromiseRow
from portal.collections.reasons import WorkReason
from portal.collections.reports.chart import chart
from portal.collections.reports.figures import Figures, Rates, Share, Week, WeekToCome
from portal.collections.reports.pages import ReportPage
from portal.collections.views import ViewRow
from portal.collections.worklist import WorkCause, WorkItem, WorkPage, WorkPlan
from portal.domain.plans.agency import AgencyReason, AgencyRefusal
from portal.domain.promises import PromiseOutcome
from portal.ledger.agency import HeldByAgency
from portal.messages.service import MessageTemplate
from tests.web import sample_desk_views as desk
from tests.web.sample_patient_views import ANA_STATEMENT, GUARANTOR_ID, an_id

_WITH_A_DAY: Final = frozenset(
    {AgencyReason.TOO_YOUNG, AgencyReason.NOTICE_RUNS, AgencyReason.PROMISE_OPEN}
)
ROUTES: Mapping[str, str] = {
    "/collections": "collections.index",
    "/collections/agency": "collections.agency",
    "/collections/agency/check": "collections.check_placement",
    "/collections/agency/files/<uuid:placement_id>.csv": "collections.placement_file",
    "/collections/agency/notice": "collections.final_notice",
    "/collections/agency/paid.csv": "collections.paid_here",
    "/collections/agency/people/<uuid:guarantor_id>/recall": "collections.recall",
    "/collections/agency/place": "collections.place",
    "/collections/list.csv": "collections.as_csv",
    "/collections/mail": "collections.mail",
    "/collections/mail/send": "collections.send",
    "/collections/people/<uuid:guarantor_id>": "collections.person",
    "/collections/people/<uuid:guarantor_id>/notes": "collections.note",
    "/collections/people/<uuid:guarantor_id>/promises": "collections.promise",
    "/collections/promises/<uuid:promise_id>/withdraw": "collections.withdraw",
    "/collections/reports": "collections.reports",
    "/collections/reports.csv": "collections.reports_as_csv",
    "/collections/views": "collections.save",
    "/desk/people/<uuid:guarantor_id>/plans": "staff_plans.person",
    "/desk/plans/<uuid:plan_id>": "staff_plans.plan",
    "/collections/views/<uuid:view_id>/delete": "collections.forget",
}

MANAGER: Final = replace(
    desk.JO,
    role="manager",
    areas=frozenset(area.value for area in Area),
)
CLERK: Final = replace(desk.JO, role="collections", areas=frozenset({"desk", "plans"}))

TODAY: Final = date(2026, 9, 14)
_LONG: Final = "Maximiliana Featherstonehaugh-Villanueva de la Cruz"

PLAN: Final = WorkPlan(
    plan_id=an_id(801),
    number="7HJ4-K2M9",
    state="past_due",
    has_autopay=False,
    left_cents=48_000,
    past_due_cents=12_000,
    next_due_on=date(2026, 9, 20),
    next_due_cents=6_000,
)
BY_CARD: Final = replace(
    PLAN, number="9TQ2-WX5C", state="active", has_autopay=True, past_due_cents=0
)
LATE: Final = WorkItem(
    guarantor_id=GUARANTOR_ID,
    name="Ana Reyes",
    account_number="A-20411",
    phone="(503) 555-0142",
    causes=(
        WorkCause(WorkReason.CURE_ENDS, date(2026, 9, 18)),
        WorkCause(WorkReason.PAST_DUE, date(2026, 8, 20)),
        WorkCause(WorkReason.PROMISE_BROKEN, date(2026, 9, 1)),
    ),
    plans=(PLAN,),
    beside_plans_cents=21_450,
)
TRIED: Final = replace(
    LATE,
    name=_LONG,
    account_number="A-20977",
    causes=tuple(
        WorkCause(reason, date(2026, 9, 10))
        for reason in WorkReason
        if reason not in (WorkReason.CURE_ENDS, WorkReason.PAST_DUE)
    ),
    plans=(BY_CARD, replace(BY_CARD, plan_id=an_id(802), number="2CD8-RR41", state="paused")),
    beside_plans_cents=0,
)
ODD: Final = replace(
    LATE,
    name="Ed Li",
    account_number="A-3",
    phone="",
    causes=(WorkCause(WorkReason.DISPUTED, date(2026, 9, 2)),),
    plans=(),
)
COUNTS: Final = {"": 128, "at_risk": 97, **{reason.value: 12 for reason in WorkReason}}
LIST: Final = WorkPage(
    choice=WorkChoice(page=2),
    items=(LATE, TRIED, ODD),
    people=128,
    counts=COUNTS,
    views=(
        ViewRow(an_id(811), "My morning", WorkChoice(show="past_due")),
        ViewRow(an_id(812), "Cards that expire", WorkChoice(show="card_expires_first")),
    ),
)
AT_RISK: Final = replace(LIST, choice=WorkChoice(show="at_risk"), views=(), people=1, items=(LATE,))
NOBODY: Final = WorkPage(
    choice=WorkChoice(), items=(), people=0, counts=dict.fromkeys(COUNTS, 0), views=()
)
MAIL: Final = MailPage(
    recipients=(
        Recipient(LATE, MessageTemplate.PLAN_PAST_DUE, None),
        Recipient(TRIED, MessageTemplate.PLAN_DUE_SOON, None),
        *(Recipient(ODD, None, refusal) for refusal in NotWritten),
    ),
    more=True,
)
_PROMISE: Final = PromiseRow(
    promise_id=an_id(821),
    amount_cents=12_000,
    promised_for=date(2026, 9, 25),
    made_on=TODAY,
    made_by="Jo Park",
    outcome=PromiseOutcome.OPEN,
)
PERSON: Final = PersonPage(
    item=LATE,
    today=TODAY,
    owes_cents=69_450,
    promises=(
        _PROMISE,
        replace(_PROMISE, outcome=PromiseOutcome.KEPT, made_by=""),
        replace(_PROMISE, outcome=PromiseOutcome.BROKEN),
        replace(_PROMISE, outcome=PromiseOutcome.WITHDRAWN, made_by=_LONG),
    ),
    notes=(
        NoteRow(
            "Called at ten. Wants to pay after the 20th, when the wages come.",
            datetime(2026, 9, 14, 17, 5, tzinfo=UTC),
            "Jo Park",
        ),
        NoteRow("x" * 200, datetime(2026, 9, 1, 17, 5, tzinfo=UTC), ""),
    ),
    placed=(
        PlacedRow("Harbor Recovery", 8_000, date(2026, 9, 1), None),
        PlacedRow("Harbor Recovery", 4_000, date(2026, 8, 1), date(2026, 8, 15)),
    ),
)
QUIET: Final = replace(
    PERSON, item=replace(ODD, causes=()), promises=(), notes=(), placed=(), owes_cents=0
)
READY: Final = Candidate(
    claim_id=an_id(831),
    claim_number="RB-104417",
    service_on=date(2026, 1, 14),
    guarantor_id=GUARANTOR_ID,
    name="Ana Reyes",
    account_number="A-20411",
    lines={an_id(832): 8_000},
    first_statement_on=date(2026, 3, 4),
    refusals=(),
)
KEPT: Final = replace(
    READY,
    name=_LONG,
    refusals=tuple(
        AgencyRefusal(
            reason,
            date(2026, 10, 1) if reason in _WITH_A_DAY else None,
        )
        for reason in AgencyReason
    ),
)
AGENCY: Final = AgencyPage(
    today=TODAY,
    ready=(READY, replace(READY, claim_id=an_id(833), name=_LONG)),
    to_notice=(
        replace(READY, claim_id=an_id(834), name="Ed Li"),
        replace(READY, claim_id=an_id(835), name="Rosa Lima", notice_asked_on=date(2026, 9, 8)),
    ),
    refused=(KEPT,),
    placements=(
        PlacementRow(an_id(841), "Harbor Recovery", date(2026, 9, 1), 12, 19, 412_345, 398_000),
    ),
    paid=(
        PaidHere(date(2026, 9, 10), GUARANTOR_ID, "A-20411", "Ana Reyes", "Harbor Recovery", 2_500),
    ),
    newest_agency="Harbor Recovery",
)
NO_AGENCY: Final = replace(AGENCY, ready=(), to_notice=(), refused=(), placements=(), paid=())
CHECK: Final = CheckPage("Harbor Recovery", (READY,), (KEPT,))

_HELD: Final = HeldByAgency("Harbor Recovery", 5_000)
PLACED: Final = replace(
    ANA_STATEMENT,
    state="placed",
    due_now_cents=0,
    can_pay=False,
    agencies=(replace(_HELD, cents=21_450),),
    placed_cents=21_450,
)
PARTLY_PLACED: Final = replace(
    ANA_STATEMENT, due_now_cents=16_450, agencies=(_HELD,), placed_cents=5_000
)

_MONDAY: Final = date(2026, 6, 29)
_WEEKS: Final = tuple(
    Week(_MONDAY + number * timedelta(days=7), 120_000 + 9_000 * number, 110_000 + 8_500 * number)
    for number in range(12)
)
_TO_COME: Final = tuple(
    WeekToCome(week.monday + timedelta(days=84), week.due_cents, week.collected_cents)
    for week in _WEEKS
)
FIGURES: Final = Figures(
    today=TODAY,
    rates=Rates(Share(212, 1_840), Share(1_911, 2_050), Share(61, 88), Share(9, 212)),
    live_plans=187,
    weeks=_WEEKS,
    to_come=_TO_COME,
)


def _report(figures: Figures) -> ReportPage:
    return ReportPage(
        figures,
        chart([(one.monday, one.due_cents, one.collected_cents) for one in figures.weeks]),
        chart([(one.monday, one.scheduled_cents, one.expected_cents) for one in figures.to_come]),
    )


REPORT: Final = _report(FIGURES)
NO_REPORT: Final = _report(
    replace(
        FIGURES,
        rates=Rates(*[Share(0, 0)] * 4),
        live_plans=0,
        weeks=tuple(replace(one, due_cents=0, collected_cents=0) for one in _WEEKS),
        to_come=tuple(replace(one, scheduled_cents=0, expected_cents=0) for one in _TO_COME),
    )
)


PAGES: Final[Mapping[str, tuple[str, object, Any, Any, object]]] = {
    "work-list": ("collections/list.html", LIST, ViewForm, None, CLERK),
    "work-list-at-risk": ("collections/list.html", AT_RISK, ViewForm, {}, MANAGER),
    "work-list-empty": ("collections/list.html", NOBODY, ViewForm, None, CLERK),
    "work-mail": ("collections/mail.html", MAIL, None, None, CLERK),
    "collections-person": ("collections/person.html", PERSON, PromiseForm, None, MANAGER),
    "collections-person-wrong": (
        "collections/person.html",
        QUIET,
        PromiseForm,
        {"amount": "0"},
        CLERK,
    ),
    "agency": ("collections/agency.html", AGENCY, AgencyForm, None, MANAGER),
    "agency-wrong": ("collections/agency.html", AGENCY, AgencyForm, {}, MANAGER),
    "agency-empty": ("collections/agency.html", NO_AGENCY, AgencyForm, None, CLERK),
    "agency-check": ("collections/agency_check.html", CHECK, None, None, MANAGER),
    "plan-report": ("collections/reports.html", REPORT, None, None, CLERK),
    "plan-report-empty": ("collections/reports.html", NO_REPORT, None, None, CLERK),
}


def beside(page: object, form: object) -> dict[str, object]:
    """What else the pages ask for."""
    if isinstance(page, MailPage):
        return {"choice": WorkChoice()}
    if isinstance(page, PersonPage):
        return {"promise": form, "note": NoteForm(formdata=None, meta={"csrf": False})}
    return {}

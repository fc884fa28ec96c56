"""Home in each of its states, statements over time, visits, a year and the file, as values."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from portal.domain.dates import MonthOnly
from portal.domain.statement import PendingReason, PendingVisit, StatementState
from portal.domain.statement_changes import ChangeKind, StatementChange
from portal.domain.visit_privacy import GroupedBecause, grouped_pending, grouped_visit
from portal.home.activity import Activity, ActivityKind, Narrowed
from portal.home.download import Keepsake
from portal.home.everything import EverythingPage, NamedPatient
from portal.home.queries import Current, HomePage, HomePlan, HomeState, PersonOwed, Waiting
from portal.home.since import SinceIssue
from portal.home.summary import PersonYear, SummaryPage
from portal.home.visit_records import InsurersFigures, OnStatement, PaidOnVisit
from portal.home.visits import VisitPage
from portal.ledger.agency import HeldByAgency
from portal.payments.receipts.years import YearRow
from portal.statements.overview import ListedStatement, StatementsPage
from portal.statements.queries import StatementRow
from tests.web.sample_account_views import BY_AUTOPAY, OF_PLAN
from tests.web.sample_look_views import BY_LINK, HOLDER
from tests.web.sample_owed_views import CHARGED, CHARGED_IN_PART
from tests.web.sample_patient_views import (
    ANA_CHECKUP,
    ANA_DOCUMENT,
    GUARANTOR_ID,
    LONG_PLAN,
    LONG_PRACTICE,
    LONG_VISIT,
    MATEO_FOLLOW_UP,
    MATEO_WRIST,
    PAYMENT_ID,
    RIVERBEND,
    SELF_PAY_VISIT,
    STATEMENT_ID,
    WAITING_VISITS,
    an_id,
)

ROUTES: Mapping[str, str] = {
    "/home": "home.show",
    "/activity": "home.activity",
    "/activity/search": "home.search",
    "/summary/<int:year>": "home.summary",
    "/account": "home.ask_for_all",
    "/account.zip": "home.all_of_it",
    "/visits/<uuid:claim_id>": "visits.show",
    "/statements": "statements.index",
    "/help": "cases.help",
    "/statements/<uuid:statement_id>.pdf": "statements.paper",
}

_MATEO, _ANA = an_id(21), an_id(22)
_PENDING = PendingVisit("Ana", date(2026, 2, 26), "Dr. Lena Okafor", "Blue Horizon")

STATEMENT = Activity(ActivityKind.STATEMENT, date(2026, 3, 4), 21_450, "10482", STATEMENT_ID)
DECISION = Activity(
    ActivityKind.DECISION,
    date(2026, 2, 24),
    7_600,
    "Blue Horizon",
    MATEO_WRIST.claim_id,
    patient_first_name="Mateo",
    visit_on=date(2026, 1, 22),
    claim_id=MATEO_WRIST.claim_id,
)
PAID = Activity(ActivityKind.MONEY, date(2026, 2, 10), 1_500, "RB-000211", PAYMENT_ID)
BY_MAIL = Activity(ActivityKind.MONEY, date(2026, 1, 30), 7_500, "", None)
SENT_BACK = Activity(ActivityKind.MONEY, date(2026, 1, 12), -2_000, "", None)
VISIT = Activity(
    ActivityKind.VISIT,
    date(2026, 1, 22),
    42_200,
    "Mateo",
    MATEO_WRIST.claim_id,
    patient_first_name="Mateo",
    visit_on=date(2026, 1, 22),
    claim_id=MATEO_WRIST.claim_id,
)
PRIVATE = replace(VISIT, on=MonthOnly.of(VISIT.on), visit_on=MonthOnly.of(VISIT.visit_on))
PLAN = HomePlan(
    plan_id=an_id(714),
    number="P-1004",
    paid_cents=9_000,
    coming_cents=4_500,
    left_cents=4_500,
    past_due_cents=0,
    next_on=date(2026, 4, 6),
    next_cents=4_500,
)

DUE = HomePage(
    practice=RIVERBEND,
    guarantor_id=GUARANTOR_ID,
    first_name="Ana",
    state=HomeState.DUE,
    current=Current(STATEMENT_ID, date(2026, 3, 31), ANA_DOCUMENT),
    due_now_cents=21_450,
    open_cents=21_450,
    since=SinceIssue(asked_cents=21_450),
    on_the_way_cents=0,
    expected_on=None,
    can_pay=True,
    past_due=False,
    credit_cents=0,
    new_cents=0,
    people=(PersonOwed(_MATEO, "Mateo", 2, 16_180), PersonOwed(_ANA, "Ana", 1, 5_270)),
    coming=(),
    plans=(),
    agencies=(),
    pending=(Waiting(an_id(31), _PENDING),),
    activity=(STATEMENT, DECISION, PAID, BY_MAIL, SENT_BACK),
)
NOTHING_DUE = replace(
    DUE,
    due_now_cents=0,
    open_cents=0,
    can_pay=False,
    pending=(),
    people=(PersonOwed(_ANA, "Ana", 0, 0), PersonOwed(_MATEO, "Mateo", 0, 0)),
)
BUSY = replace(
    DUE,
    due_now_cents=9_180,
    open_cents=13_680,
    since=SinceIssue(asked_cents=21_450, settled_cents=7_770),
    on_the_way_cents=4_500,
    beside_cents=500,
    charged=CHARGED,
    expected_on=date(2026, 3, 12),
    past_due=True,
    credit_cents=1_000,
    new_cents=3_000,
    people=(PersonOwed(_MATEO, "Mateo", 1, 13_680), PersonOwed(_ANA, "Ana", 0, 0)),
    coming=(BY_AUTOPAY, OF_PLAN),
    plans=(PLAN, replace(PLAN, plan_id=an_id(715), number="P-1005", past_due_cents=4_500)),
    agencies=(HeldByAgency("Harbor Recovery", 8_400),),
)
MORE_THAN_ASKED = replace(
    DUE,
    due_now_cents=25_450,
    open_cents=25_450,
    since=SinceIssue(
        asked_cents=21_450,
        settled_cents=1_000,
        on_plan_cents=2_000,
        paused_cents=3_000,
        placed_cents=4_000,
        earlier_cents=14_000,
    ),
    charged=CHARGED_IN_PART,
    people=(PersonOwed(_MATEO, "Mateo", 2, 20_180), PersonOwed(_ANA, "Ana", 1, 5_270)),
)
_LONG = "María de los Ángeles Guadalupe Maximiliana"
LONG = replace(
    BUSY,
    practice=LONG_PRACTICE,
    first_name=_LONG,
    due_now_cents=29_995_500,
    open_cents=30_000_000,
    people=(PersonOwed(None, "", 12, 30_000_000), PersonOwed(_ANA, _LONG, 0, 0)),
    pending=tuple(Waiting(an_id(32 + place), one) for place, one in enumerate(WAITING_VISITS)),
    activity=(*DUE.activity, replace(DECISION, name=LONG_PLAN, patient_first_name=_LONG)),
)

LINES = {ChangeKind.NEW_VISIT: 8_400, ChangeKind.DECIDED: 4_000, ChangeKind.PAID: -9_000}
_CHANGES = tuple(
    StatementChange(kind, cents, None if kind is ChangeKind.PAID else an_id(12))
    for kind, cents in LINES.items()
)
_ROW = StatementRow(
    statement_id=STATEMENT_ID,
    number="10482",
    issued_on=date(2026, 3, 4),
    due_on=date(2026, 3, 31),
    amount_due_cents=21_450,
    due_now_cents=16_450,
    on_the_way_cents=5_000,
    state=StatementState.DUE,
    waits_for=None,
)
_OLDER = (
    ListedStatement(replace(_ROW, number="10377"), is_newest=False, changes=()),
    *(
        ListedStatement(replace(_ROW, number="10201", state=state), is_newest=False, changes=())
        for state in StatementState
    ),
    *(
        ListedStatement(
            replace(_ROW, state=StatementState.PAID, waits_for=why), is_newest=False, changes=()
        )
        for why in PendingReason
    ),
)
_EVERY_CHANGE = tuple(StatementChange(kind, 1_234) for kind in ChangeKind)
STATEMENTS = StatementsPage(
    RIVERBEND,
    GUARANTOR_ID,
    (
        ListedStatement(_ROW, is_newest=True, changes=_CHANGES),
        ListedStatement(replace(_ROW, number="10400"), is_newest=False, changes=_EVERY_CHANGE),
        *_OLDER,
    ),
)
NO_STATEMENTS = StatementsPage(LONG_PRACTICE, GUARANTOR_ID, ())

VISIT_PAGE = VisitPage(
    practice=RIVERBEND,
    guarantor_id=GUARANTOR_ID,
    claim_id=MATEO_WRIST.claim_id,
    today=date(2026, 3, 9),
    visit=MATEO_WRIST,
    pending=None,
    due_cents=13_680,
    on_plan_cents=0,
    insurers=(
        InsurersFigures(
            "Blue Horizon", date(2026, 2, 24), 12_720, 13_680, "26055BH0042117", "EFT 0088213"
        ),
    ),
    payments=(),
    statements=(OnStatement(STATEMENT_ID, "10482", date(2026, 3, 4), 13_680),),
)
PAID_VISIT = replace(
    VISIT_PAGE,
    visit=MATEO_FOLLOW_UP,
    claim_id=MATEO_FOLLOW_UP.claim_id,
    due_cents=0,
    on_plan_cents=2_500,
    insurers=(replace(VISIT_PAGE.insurers[0], paid_cents=2_400, share_cents=4_000),),
    payments=(
        PaidOnVisit(date(2026, 2, 10), 1_500, PAYMENT_ID, "RB-000211"),
        PaidOnVisit(date(2026, 2, 12), -500, None, ""),
    ),
)
_HARBOR = (HeldByAgency("Harbor Recovery", 13_680),)
PLACED_VISIT = replace(
    VISIT_PAGE,
    visit=replace(
        MATEO_WRIST,
        lines=tuple(
            replace(
                line,
                figures=replace(
                    line.figures, you_owe_cents=0, placed_cents=line.figures.you_owe_cents
                ),
            )
            for line in MATEO_WRIST.lines
        ),
    ),
    due_cents=0,
    agencies=_HARBOR,
)
VISIT_ON_ITS_WAY = replace(
    VISIT_PAGE,
    on_the_way_cents=13_680,
    is_all_on_the_way=True,
    expected_on=date(2026, 3, 12),
    insurers=(replace(VISIT_PAGE.insurers[0], share_cents=9_000),),
)
VISIT_IN_PARTS = replace(
    VISIT_PAGE,
    due_cents=9_000,
    on_plan_cents=2_000,
    on_the_way_cents=1_000,
    agencies=_HARBOR,
)
PENDING_VISIT = replace(
    VISIT_PAGE, visit=None, pending=WAITING_VISITS[0], insurers=(), statements=(), due_cents=0
)
REFUSED_VISIT = replace(
    PENDING_VISIT,
    pending=next(one for one in WAITING_VISITS if one.why is PendingReason.REFUSED),
)
PRIVATE_VISIT = replace(
    VISIT_PAGE,
    visit=grouped_visit(ANA_CHECKUP, GroupedBecause.THEIR_CHOICE),
    due_cents=5_270,
    insurers=(),
)
PRIVATE_PENDING = replace(
    PENDING_VISIT, pending=grouped_pending(_PENDING, GroupedBecause.KEPT_PRIVATE)
)
LONG_VISIT_PAGE = replace(
    VISIT_PAGE,
    practice=LONG_PRACTICE,
    visit=LONG_VISIT,
    due_cents=30_000_000,
    insurers=(replace(VISIT_PAGE.insurers[0], payer_name=LONG_PLAN, claim_number="9" * 38),) * 2,
)
SELF_PAY = replace(
    VISIT_PAGE, visit=SELF_PAY_VISIT, insurers=(), statements=(), due_cents=0, payments=()
)

EVERYTHING = EverythingPage(
    practice=RIVERBEND,
    guarantor_id=GUARANTOR_ID,
    chosen=Narrowed(kind=None, patient_id=_MATEO, year=2026),
    years=(2026, 2025),
    patients=(NamedPatient(_ANA, "Ana"), NamedPatient(_MATEO, "Mateo")),
    rows=(STATEMENT, DECISION, PAID, VISIT, PRIVATE, BY_MAIL, SENT_BACK),
    number=2,
    has_more=True,
)
NOTHING_FOUND = replace(EVERYTHING, practice=LONG_PRACTICE, rows=(), has_more=False, number=1)

_MATEOS_YEAR = PersonYear("Mateo", 2, 53_200, 20_400, 15_120, 0, 1_500, 0, 16_180)
YEAR = SummaryPage(
    practice=RIVERBEND,
    guarantor_id=GUARANTOR_ID,
    year=2026,
    is_over=False,
    today=date(2026, 3, 9),
    people=(
        PersonYear("Ana", 2, 45_300, 16_870, 12_160, 9_000, 2_000, 0, 5_270),
        _MATEOS_YEAR,
        replace(_MATEOS_YEAR, first_name="", placed_cents=16_180, owed_cents=0),
    ),
    money=YearRow(0, 11_000, 2_000),
)
EMPTY_YEAR = replace(
    YEAR, practice=LONG_PRACTICE, year=2025, is_over=True, people=(), money=YearRow(0, 0, 0)
)


def _waiting(why: PendingReason) -> tuple[Waiting, ...]:
    return (Waiting(an_id(31), _PENDING), Waiting(an_id(30), replace(_PENDING, why=why)))


_SIGNED_IN = {"visitor": HOLDER}
PAGES: Mapping[str, tuple[Any, ...]] = {
    **{
        f"home-{name}": ("home/home.html", page, None, None, _SIGNED_IN)
        for name, page in {
            "due": DUE,
            "busy": BUSY,
            "more-than-asked": MORE_THAN_ASKED,
            "on-its-way": replace(
                BUSY,
                state=HomeState.ON_ITS_WAY,
                due_now_cents=0,
                open_cents=4_500,
                plans=(),
                coming=(),
                people=(PersonOwed(_MATEO, "Mateo", 1, 4_500),),
            ),
            "on-hold": replace(DUE, state=HomeState.ON_HOLD, due_now_cents=0, can_pay=False),
            "on-plan": replace(NOTHING_DUE, state=HomeState.ON_PLAN, plans=(PLAN,)),
            "on-plan-and-more": replace(
                NOTHING_DUE,
                state=HomeState.ON_PLAN,
                plans=(replace(PLAN, past_due_cents=4_500),),
                agencies=BUSY.agencies,
                new_cents=3_000,
            ),
            "to-come": replace(NOTHING_DUE, state=HomeState.TO_COME, new_cents=3_000),
            "looked-at": replace(
                NOTHING_DUE, state=HomeState.DECIDING, pending=_waiting(PendingReason.DISPUTED)
            ),
            "answer-needed": replace(
                NOTHING_DUE, state=HomeState.DECIDING, pending=_waiting(PendingReason.ANSWER_NEEDED)
            ),
            "placed": replace(NOTHING_DUE, state=HomeState.PLACED, agencies=BUSY.agencies),
            "credit": replace(NOTHING_DUE, state=HomeState.CREDIT, credit_cents=3_270),
            "deciding": replace(
                NOTHING_DUE, state=HomeState.DECIDING, pending=(Waiting(an_id(31), _PENDING),)
            ),
            "paid": replace(NOTHING_DUE, state=HomeState.PAID),
            "new": replace(NOTHING_DUE, state=HomeState.NEW, current=None, people=(), activity=()),
            "long": LONG,
        }.items()
    },
    "home-by-link": ("home/home.html", DUE, None, None, {"visitor": BY_LINK}),
    "statements-list": ("statements/index.html", STATEMENTS, None, None, _SIGNED_IN),
    "statements-list-empty": ("statements/index.html", NO_STATEMENTS, None, None, _SIGNED_IN),
    **{
        f"visit-{name}": ("home/visit.html", page, None, None, _SIGNED_IN)
        for name, page in {
            "due": VISIT_PAGE,
            "paid-in-part": PAID_VISIT,
            "placed": PLACED_VISIT,
            "on-its-way": VISIT_ON_ITS_WAY,
            "in-parts": VISIT_IN_PARTS,
            "on-hold": replace(VISIT_PAGE, is_on_hold=True, due_cents=0),
            "pending-placed": replace(PENDING_VISIT, agencies=_HARBOR),
            "pending": PENDING_VISIT,
            "refused": REFUSED_VISIT,
            "private": PRIVATE_VISIT,
            "private-pending": PRIVATE_PENDING,
            "long": LONG_VISIT_PAGE,
            "self-pay": SELF_PAY,
        }.items()
    },
    "activity": ("home/activity.html", EVERYTHING, None, None, {**_SIGNED_IN, "words": ""}),
    "activity-found": (
        "home/activity.html",
        EVERYTHING,
        None,
        None,
        {**_SIGNED_IN, "words": "Okafor <b>"},
    ),
    "activity-nothing": (
        "home/activity.html",
        NOTHING_FOUND,
        None,
        None,
        {**_SIGNED_IN, "words": "nobody"},
    ),
    "summary": ("home/summary.html", YEAR, None, None, _SIGNED_IN),
    "summary-empty": ("home/summary.html", EMPTY_YEAR, None, None, _SIGNED_IN),
    "account-file": (
        "home/download.html",
        Keepsake(RIVERBEND, statements=3, visits=7),
        None,
        None,
        _SIGNED_IN,
    ),
    "account-file-empty": (
        "home/download.html",
        Keepsake(LONG_PRACTICE, statements=0, visits=0),
        None,
        None,
        _SIGNED_IN,
    ),
}

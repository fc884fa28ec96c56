"""Help, cases and help with paying as values, for who tells us and for staff."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, Final

from portal.auth.roles import Area
from portal.cases.assistance.applying import Screened
from portal.cases.assistance.forms import (
    ApplyForm,
    AttestForm,
    DenyForm,
    GrantForm,
    PolicyForm,
    StopForm,
)
from portal.cases.assistance.forms import ScreenForm as LookForm
from portal.cases.assistance.pages import (
    ApplicationPage,
    DecidePage,
    DraftApplicationPage,
    Outlook,
    PlainPage,
    PolicyPage,
)
from portal.cases.files import FileRow
from portal.cases.forms import FORMS, FileForm, NotMineForm, ReplyForm
from portal.cases.mailing import MailTrouble
from portal.cases.staff.forms import KINDS, AnswerForm, CallerForm, CardForm, CloseForm, NoteForm
from portal.cases.staff.inbox import InboxChoice, InboxPage, InboxRow
from portal.cases.staff.pages import NewCasePage, NoteRow, PersonOfCase, StaffCasePage
from portal.cases.views import AskPage, CasePage, CaseRow, CasesPage, DraftPage, WaysPage, WordRow
from portal.cases.visits import LineChoice, VisitChoice
from portal.domain.assistance import ApplicationState, AssistancePolicy, Household, IncomePeriod
from portal.domain.cases import ANSWER_WITHIN, OUTCOMES, CaseKind, CaseState
from tests.web import sample_desk_views as desk
from tests.web.sample_patient_views import (
    GUARANTOR_ID,
    LONG_PRACTICE,
    RIVERBEND,
    STATEMENT_ID,
    an_id,
)

ROUTES: Mapping[str, str] = {
    "/cases": "staff_cases.index",
    "/cases/<uuid:case_id>": "staff_cases.show",
    "/cases/<uuid:case_id>/answer": "staff_cases.answer",
    "/cases/<uuid:case_id>/assistance": "staff_cases.decide",
    "/cases/<uuid:case_id>/assistance/agree": "staff_cases.agree",
    "/cases/<uuid:case_id>/assistance/deny": "staff_cases.deny",
    "/cases/<uuid:case_id>/assistance/grant": "staff_cases.grant",
    "/cases/<uuid:case_id>/assistance/send-back": "staff_cases.send_back",
    "/cases/<uuid:case_id>/assistance/stop": "staff_cases.stop",
    "/cases/<uuid:case_id>/close": "staff_cases.close",
    "/cases/<uuid:case_id>/hold": "staff_cases.hold_again",
    "/cases/<uuid:case_id>/insurance": "staff_cases.insurance",
    "/cases/<uuid:case_id>/note": "staff_cases.note",
    "/cases/<uuid:case_id>/take": "staff_cases.take",
    "/cases/assistance-rules": "staff_cases.policy",
    "/cases/assistance-rules/set": "staff_cases.set_rules",
    "/cases/files/<uuid:case_file_id>": "staff_cases.file",
    "/cases/people/<uuid:guarantor_id>/new": "staff_cases.new",
    "/cases/people/<uuid:guarantor_id>/open": "staff_cases.open_for",
    "/help": "cases.help",
    "/help/<kind>": "cases.begin",
    "/help/<kind>/write": "cases.write_down",
    "/help/assistance": "cases.screen",
    "/help/assistance/apply": "cases.apply",
    "/help/assistance/look": "cases.screened",
    "/help/cannot_afford": "cases.cannot_afford",
    "/help/cases": "cases.index",
    "/help/cases/<uuid:case_id>": "cases.show",
    "/help/cases/<uuid:case_id>/application": "cases.application",
    "/help/cases/<uuid:case_id>/application/withdraw": "cases.withdraw_application",
    "/help/cases/<uuid:case_id>/files": "cases.add_file",
    "/help/cases/<uuid:case_id>/reply": "cases.reply",
    "/help/cases/<uuid:case_id>/withdraw": "cases.withdraw",
    "/help/drafts/<uuid:case_id>/application": "cases.change_application",
    "/help/drafts/<uuid:case_id>/application/change": "cases.changed_application",
    "/help/drafts/<uuid:case_id>/application/check": "cases.check_application",
    "/help/drafts/<uuid:case_id>/application/send": "cases.send_application",
    "/help/drafts/<uuid:case_id>/change": "cases.change",
    "/help/drafts/<uuid:case_id>/changed": "cases.changed",
    "/help/drafts/<uuid:case_id>/check": "cases.check",
    "/help/drafts/<uuid:case_id>/files": "cases.files",
    "/help/drafts/<uuid:case_id>/files/add": "cases.add_draft_file",
    "/help/drafts/<uuid:case_id>/send": "cases.send",
    "/help/drafts/files/<uuid:case_file_id>/remove": "cases.remove_file",
    "/help/files/<uuid:case_file_id>": "cases.file",
}

CASE_ID: Final = an_id(901)
_AT: Final = datetime(2026, 3, 9, 10, 12, tzinfo=UTC)
_LONG: Final = "Maximiliana Featherstonehaugh-Villanueva de la Cruz"
_WORDS: Final = (
    "We paid this at the front desk on the day of the visit, with a check from my mother. "
    "The bank says that it was cashed."
)

OFFICE: Final = VisitChoice(
    claim_id=an_id(911),
    patient_first_name="Mateo",
    service_on=date(2026, 1, 22),
    provider_name="Dr. Lena Okafor",
    open_cents=13_680,
    is_private=False,
    lines=(
        LineChoice(an_id(912), "", "office_visit", 25_000),
        LineChoice(an_id(913), "Wrist X-ray, two views", "imaging", 18_400),
    ),
)
LONG_VISIT: Final = replace(
    OFFICE, claim_id=an_id(914), patient_first_name=_LONG, provider_name=f"Dr. {_LONG}"
)
PRIVATE: Final = VisitChoice(an_id(915), "", None, "", 4_000, is_private=True, lines=())
FILES: Final = (
    FileRow(an_id(921), 1, "image/jpeg", 240_000, _AT),
    FileRow(an_id(922), 2, "application/pdf", 80_000, _AT),
)
OPEN: Final = CaseRow(
    CASE_ID,
    "C-7Q4K-21",
    CaseKind.ALREADY_PAID,
    CaseState.OPEN,
    date(2026, 3, 9),
    date(2026, 3, 16),
    None,
)
ROWS: Final = (
    OPEN,
    replace(OPEN, case_id=an_id(902), kind=CaseKind.WRONG_INSURANCE, state=CaseState.WAITING),
    replace(OPEN, case_id=an_id(903), kind=CaseKind.QUESTION, state=CaseState.ANSWERED),
    *(
        replace(OPEN, case_id=an_id(930 + place), kind=kind, state=CaseState.CLOSED, outcome=one)
        for place, (kind, one) in enumerate(
            (kind, outcome.value) for kind, ends in OUTCOMES.items() for outcome in ends
        )
    ),
)

WAYS: Final = WaysPage(RIVERBEND, STATEMENT_ID, None, None, (), ANSWER_WITHIN)
WAYS_OF_VISIT: Final = replace(WAYS, visit=OFFICE, standing=(OPEN,))
WAYS_OF_TWINS: Final = replace(WAYS, can_write=False)
WAYS_LONG: Final = replace(
    WAYS, practice=LONG_PRACTICE, visit=LONG_VISIT, statement_id=None, standing=ROWS[:3]
)
ASK: Final = AskPage(
    RIVERBEND, STATEMENT_ID, CaseKind.ALREADY_PAID, OFFICE, None, (OFFICE, PRIVATE), None
)
ASK_LONG: Final = replace(
    ASK, practice=LONG_PRACTICE, visit=None, visits=(LONG_VISIT, OFFICE, PRIVATE)
)
ASK_NOTHING: Final = replace(ASK, visit=None, visits=())
DRAFT: Final = DraftPage(
    practice=RIVERBEND,
    statement_id=STATEMENT_ID,
    case_id=CASE_ID,
    kind=CaseKind.ALREADY_PAID,
    answers={"how": "check", "paid_on": date(2026, 1, 22), "amount": 13_680, "words": _WORDS},
    visits=(OFFICE,),
    lines=frozenset(),
    files=FILES,
    answer_within=5,
)
CASE: Final = CasePage(
    practice=RIVERBEND,
    statement_id=STATEMENT_ID,
    case_id=CASE_ID,
    number="C-7Q4K-21",
    kind=CaseKind.ALREADY_PAID,
    state=CaseState.OPEN,
    answers=DRAFT.answers,
    opened_at=_AT,
    due_on=date(2026, 3, 16),
    is_late=False,
    outcome=None,
    closed_on=None,
    is_mine=True,
    can_reply=True,
    can_withdraw=True,
    is_holding=True,
    visits=(OFFICE,),
    lines=frozenset(),
    paused=frozenset({OFFICE.claim_id}),
    thread=(),
    files=FILES,
)
_THREAD: Final = (
    WordRow(
        "We see no check of that day. Do you have the number on it?",
        is_by_staff=True,
        written_at=_AT,
    ),
    WordRow("It is 1042.", is_by_staff=False, written_at=_AT),
)
CASE_WAITING: Final = replace(
    CASE, state=CaseState.WAITING, due_on=None, thread=_THREAD[:1], paused=frozenset()
)
CASE_ANSWERED: Final = replace(CASE, state=CaseState.ANSWERED, due_on=None, thread=_THREAD)
CASE_LATE: Final = replace(CASE, is_late=True, practice=LONG_PRACTICE, visits=(LONG_VISIT,))
CASE_CLOSED: Final = replace(
    CASE,
    state=CaseState.CLOSED,
    outcome="payment_found",
    closed_on=date(2026, 3, 12),
    due_on=None,
    thread=_THREAD,
)
CASE_OLD: Final = replace(CASE_CLOSED, can_reply=False, outcome="as_billed", files=())
CASE_ASSISTANCE: Final = replace(
    CASE, kind=CaseKind.ASSISTANCE, answers={}, visits=(), paused=frozenset()
)

CASE_REOPENED: Final = replace(
    CASE, state=CaseState.REOPENED, is_holding=False, paused=frozenset(), thread=_THREAD
)
CASE_OF_ANOTHER: Final = replace(
    CASE_ANSWERED, is_mine=False, can_reply=False, can_withdraw=False, practice=LONG_PRACTICE
)

POLICY: Final = AssistancePolicy()
PLAIN: Final = PlainPage(RIVERBEND, STATEMENT_ID, POLICY)
HOUSEHOLD: Final = Household(3, 310_000, IncomePeriod.MONTH)
DRAFT_APPLICATION: Final = DraftApplicationPage(
    RIVERBEND, STATEMENT_ID, CASE_ID, HOUSEHOLD, "I lost my second job in January.", FILES
)
APPLICATION: Final = ApplicationPage(
    practice=RIVERBEND,
    statement_id=STATEMENT_ID,
    case_id=CASE_ID,
    number="C-2M8P-07",
    household=HOUSEHOLD,
    income_words="I lost my second job in January.",
    applied_on=date(2026, 3, 9),
    state=ApplicationState.ASKED,
    off_percent=None,
    helped_cents=0,
    good_from=None,
    good_until=None,
    decided_on=None,
    words="",
)
GRANTED: Final = replace(
    APPLICATION,
    state=ApplicationState.GRANTED,
    off_percent=50,
    helped_cents=10_725,
    good_from=date(2025, 7, 12),
    good_until=date(2026, 9, 12),
    decided_on=date(2026, 3, 12),
    words="Call us if your income changes again.",
)
GRANTED_WAITS: Final = replace(GRANTED, waits=True)
GRANTED_NONE_YET: Final = replace(GRANTED, helped_cents=0, words="")
STOPPED: Final = replace(
    GRANTED,
    state=ApplicationState.STOPPED,
    stopped_on=date(2026, 5, 4),
    stopped_words="You told us that you have work again. Apply again if that changes.",
)
GRANTED_ALL: Final = replace(GRANTED, off_percent=100, household=Household(1, 0, HOUSEHOLD.period))
DENIED: Final = replace(
    APPLICATION,
    state=ApplicationState.DENIED,
    decided_on=date(2026, 3, 12),
    words="With three people and this income our rules end at $110,000 a year.",
)
WITHDRAWN: Final = replace(APPLICATION, state=ApplicationState.WITHDRAWN)

CLERK: Final = replace(desk.JO, areas=frozenset(area.value for area in Area))
POSTER: Final = replace(desk.JO, role="poster", areas=frozenset({"insurance", "sync", "cases"}))
_INBOX_ROW: Final = InboxRow(
    case_id=CASE_ID,
    number="C-7Q4K-21",
    kind=CaseKind.ALREADY_PAID,
    state=CaseState.OPEN,
    guarantor_id=GUARANTOR_ID,
    name="Ana Reyes",
    account_number="A-20411",
    opened_at=_AT,
    days=3,
    due_on=date(2026, 3, 16),
    is_late=False,
    assigned_to="Jo Kim",
)
INBOX: Final = InboxPage(
    choice=InboxChoice(),
    cases=(
        replace(_INBOX_ROW, is_late=True, due_on=date(2026, 3, 6), days=11, assigned_to=""),
        _INBOX_ROW,
        replace(_INBOX_ROW, kind=CaseKind.WRONG_INSURANCE, name=_LONG),
        replace(_INBOX_ROW, kind=CaseKind.ASSISTANCE, state=CaseState.REOPENED),
    ),
    counts={"ours": 4, "late": 1, "waiting": 2, "answered": 7, "closed": 51},
    kinds=tuple(CaseKind),
    pages=3,
)
INBOX_CLOSED: Final = replace(
    INBOX,
    choice=InboxChoice(show="closed"),
    cases=(
        replace(_INBOX_ROW, state=CaseState.CLOSED, outcome="payment_found", due_on=None),
        replace(
            _INBOX_ROW,
            kind=CaseKind.WRONG_INSURANCE,
            state=CaseState.CLOSED,
            outcome="insurance_not_in_force",
            due_on=None,
            name=_LONG,
        ),
    ),
)
INBOX_EMPTY: Final = replace(
    INBOX,
    choice=InboxChoice(show="late", kind="wrong_insurance", mine=True, sorted_by="age"),
    cases=(),
    counts={"ours": 0, "late": 0, "waiting": 0, "answered": 0, "closed": 0},
    kinds=(CaseKind.WRONG_INSURANCE,),
    pages=1,
)
PERSON: Final = PersonOfCase(GUARANTOR_ID, "Ana Reyes", "A-20411", "es")
STAFF_CASE: Final = StaffCasePage(
    case_id=CASE_ID,
    number="C-7Q4K-21",
    kind=CaseKind.ALREADY_PAID,
    state=CaseState.OPEN,
    answers=DRAFT.answers,
    language="es",
    person=PERSON,
    told_by="Ana Reyes",
    is_payers=True,
    is_private=False,
    opened_at=_AT,
    is_by_staff=False,
    is_holding=True,
    due_on=date(2026, 3, 16),
    is_late=True,
    assigned_to="",
    is_mine=False,
    outcome=None,
    outcomes=OUTCOMES[CaseKind.ALREADY_PAID],
    visits=(OFFICE,),
    lines=frozenset(),
    paused=frozenset({OFFICE.claim_id}),
    patients=((an_id(941), "Mateo Reyes"), (an_id(942), _LONG)),
    thread=_THREAD,
    notes=(NoteRow("The check is in the drawer of March 3.", "Jo Kim", _AT),),
    files=FILES,
)
STAFF_INSURANCE: Final = replace(
    STAFF_CASE,
    kind=CaseKind.WRONG_INSURANCE,
    answers={"payer_name": "Green Valley", "member_identifier": "GV 1", "group_number": "7"},
    outcomes=OUTCOMES[CaseKind.WRONG_INSURANCE],
    is_by_staff=True,
)
STAFF_CLOSED: Final = replace(
    STAFF_CASE,
    state=CaseState.CLOSED,
    outcome="payment_found",
    assigned_to="Jo Kim",
    paused=frozenset(),
    thread=(),
    notes=(),
)
STAFF_NOT_REACHED: Final = replace(STAFF_CASE, mail_trouble=MailTrouble(None))
STAFF_PRIVATE: Final = replace(
    STAFF_CASE,
    mail_trouble=MailTrouble(_AT),
    state=CaseState.REOPENED,
    told_by=_LONG,
    is_payers=False,
    is_private=True,
    is_holding=False,
    paused=frozenset(),
)
STAFF_ASSISTANCE: Final = replace(
    STAFF_CASE,
    kind=CaseKind.ASSISTANCE,
    answers={},
    visits=(),
    outcomes=OUTCOMES[CaseKind.ASSISTANCE],
    is_mine=True,
)
NEW: Final = NewCasePage(
    PERSON,
    ((an_id(941), "Mateo Reyes"), (an_id(942), _LONG)),
    (
        (OFFICE.claim_id, "Mateo", date(2026, 1, 22), "Dr. Lena Okafor"),
        (LONG_VISIT.claim_id, _LONG, None, ""),
    ),
)
DECIDE: Final = DecidePage(
    case_id=CASE_ID,
    number="C-2M8P-07",
    name="Ana Reyes",
    guarantor_id=GUARANTOR_ID,
    account_number="A-20411",
    household=HOUSEHOLD,
    income_words="I lost my second job in January.",
    attested_at=_AT,
    percent=136,
    banded=100,
    policy=POLICY,
    outlooks=(Outlook(100, 21_450, 4_000, 3), Outlook(50, 10_725, 0, 3), Outlook(25, 5_363, 0, 3)),
    state=ApplicationState.ASKED,
    off_percent=None,
    helped_cents=0,
    promised_cents=0,
    good_from=None,
    good_until=None,
    decided_by="",
    decided_at=None,
    words="",
    proposed_by="",
    may_agree=False,
    may_send_back=False,
    waits_for_second=False,
    files=FILES,
)
DECIDE_SECOND: Final = replace(
    DECIDE,
    state=ApplicationState.PROPOSED,
    off_percent=100,
    promised_cents=121_450,
    proposed_by="Jo Kim",
    may_agree=True,
    may_send_back=True,
    banded=0,
    percent=455,
)
DECIDED: Final = replace(
    DECIDE,
    state=ApplicationState.GRANTED,
    off_percent=50,
    helped_cents=10_725,
    promised_cents=10_725,
    good_from=date(2025, 7, 12),
    good_until=date(2026, 9, 12),
    decided_by="Jo Kim",
    decided_at=_AT,
    words="Gladly.",
    files=(),
)
DECIDED_MORE: Final = replace(
    DECIDED, promised_cents=112_400, may_agree=True, may_stop=True, waits_for_second=True
)
STOPPED_AT_WORK: Final = replace(
    DECIDED,
    state=ApplicationState.STOPPED,
    stopped_by="Jo Kim",
    stopped_at=_AT,
    stopped_words="You told us that you have work again.",
)
DENIED_AT_WORK: Final = replace(
    DECIDED, state=ApplicationState.DENIED, off_percent=None, words="Your papers are of 2019."
)
WITHDRAWN_AT_WORK: Final = replace(
    DECIDE, state=ApplicationState.WITHDRAWN, decided_by="", decided_at=None
)

PAGES: Mapping[str, tuple[Any, ...]] = {
    "help": ("cases/ways.html", WAYS),
    "help-of-visit": ("cases/ways.html", WAYS_OF_VISIT),
    "help-twins": ("cases/ways.html", WAYS_OF_TWINS),
    "help-nothing-to-choose": ("cases/ask.html", ASK_NOTHING, NotMineForm),
    "help-long": ("cases/ways.html", WAYS_LONG),
    "help-cannot-afford": ("cases/cannot_afford.html", CasesPage(RIVERBEND, STATEMENT_ID, ())),
    "help-cannot-afford-long": ("cases/cannot_afford.html", CasesPage(LONG_PRACTICE, None, ())),
    **{
        f"help-{kind.value}": ("cases/ask.html", replace(ASK, kind=kind), form)
        for kind, form in FORMS.items()
    },
    **{
        f"help-{kind.value}-wrong": ("cases/ask.html", replace(ASK_LONG, kind=kind), form, {})
        for kind, form in FORMS.items()
    },
    "help-files": ("cases/files.html", DRAFT, FileForm),
    "help-files-none": (
        "cases/files.html",
        replace(DRAFT, kind=CaseKind.WRONG_INSURANCE, files=()),
        FileForm,
        {},
    ),
    "help-files-income": ("cases/files.html", replace(DRAFT, kind=CaseKind.ASSISTANCE), FileForm),
    "help-check": ("cases/check.html", DRAFT),
    "help-check-not-mine": (
        "cases/check.html",
        replace(
            DRAFT,
            kind=CaseKind.NOT_MINE,
            answers={"why": "misused", "words": _WORDS},
            visits=(OFFICE, LONG_VISIT, PRIVATE),
            practice=LONG_PRACTICE,
        ),
    ),
    "help-check-line": (
        "cases/check.html",
        replace(
            DRAFT,
            kind=CaseKind.WRONG_AMOUNT,
            answers={"expected": 2_000, "words": "My copay is $20."},
            lines=frozenset({an_id(913)}),
        ),
    ),
    "cases": ("cases/index.html", CasesPage(RIVERBEND, STATEMENT_ID, ROWS)),
    "cases-none": ("cases/index.html", CasesPage(LONG_PRACTICE, None, ())),
    "case": ("cases/case.html", CASE, ReplyForm),
    "case-reopened": ("cases/case.html", CASE_REOPENED, ReplyForm),
    "case-of-another": ("cases/case.html", CASE_OF_ANOTHER, ReplyForm),
    "case-waiting": ("cases/case.html", CASE_WAITING, ReplyForm),
    "case-answered": ("cases/case.html", CASE_ANSWERED, ReplyForm),
    "case-late-wrong": ("cases/case.html", CASE_LATE, ReplyForm, {}),
    "case-closed": ("cases/case.html", CASE_CLOSED, ReplyForm),
    "case-old": ("cases/case.html", CASE_OLD, ReplyForm),
    "case-assistance": ("cases/case.html", CASE_ASSISTANCE, ReplyForm),
    "assistance": ("cases/assistance/screen.html", PLAIN, LookForm),
    "assistance-wrong": ("cases/assistance/screen.html", PLAIN, LookForm, {"people": "many"}),
    "assistance-all": ("cases/assistance/screened.html", PLAIN, LookForm),
    "assistance-half": ("cases/assistance/screened.html", PLAIN, LookForm),
    "assistance-not": ("cases/assistance/screened.html", PLAIN, LookForm),
    "assistance-not-theirs": (
        "cases/assistance/screened.html",
        replace(PLAIN, may_apply=False),
        LookForm,
    ),
    "assistance-apply": ("cases/assistance/apply.html", PLAIN, ApplyForm),
    "assistance-apply-wrong": ("cases/assistance/apply.html", PLAIN, ApplyForm, {}),
    "assistance-check": ("cases/assistance/check.html", DRAFT_APPLICATION, AttestForm),
    "assistance-check-wrong": (
        "cases/assistance/check.html",
        replace(DRAFT_APPLICATION, files=(), income_words=""),
        AttestForm,
        {},
    ),
    "assistance-asked": ("cases/assistance/application.html", APPLICATION),
    "assistance-granted": ("cases/assistance/application.html", GRANTED),
    "assistance-granted-all": ("cases/assistance/application.html", GRANTED_ALL),
    "assistance-granted-waits": ("cases/assistance/application.html", GRANTED_WAITS),
    "assistance-granted-none-yet": ("cases/assistance/application.html", GRANTED_NONE_YET),
    "assistance-stopped": ("cases/assistance/application.html", STOPPED),
    "assistance-denied": ("cases/assistance/application.html", DENIED),
    "assistance-withdrawn": ("cases/assistance/application.html", WITHDRAWN),
    "inbox": ("staff_cases/index.html", INBOX),
    "inbox-second-page": (
        "staff_cases/index.html",
        replace(INBOX, choice=InboxChoice(page=2)),
    ),
    "inbox-closed": ("staff_cases/index.html", INBOX_CLOSED),
    "inbox-empty": ("staff_cases/index.html", INBOX_EMPTY),
    "staff-case": ("staff_cases/case.html", STAFF_CASE),
    "staff-case-insurance": ("staff_cases/case.html", STAFF_INSURANCE),
    "staff-case-closed": ("staff_cases/case.html", STAFF_CLOSED),
    "staff-case-not-reached": ("staff_cases/case.html", STAFF_NOT_REACHED),
    "staff-case-private": ("staff_cases/case.html", STAFF_PRIVATE),
    "staff-case-assistance": ("staff_cases/case.html", STAFF_ASSISTANCE),
    "staff-case-new": ("staff_cases/new.html", NEW, CallerForm),
    "staff-case-new-wrong": ("staff_cases/new.html", replace(NEW, visits=()), CallerForm, {}),
    "staff-decide": ("staff_cases/decide.html", DECIDE),
    "staff-decide-second": ("staff_cases/decide.html", DECIDE_SECOND),
    "staff-decided": ("staff_cases/decide.html", DECIDED),
    "staff-decided-more": ("staff_cases/decide.html", DECIDED_MORE),
    "staff-decided-denied": ("staff_cases/decide.html", DENIED_AT_WORK),
    "staff-decided-withdrawn": ("staff_cases/decide.html", WITHDRAWN_AT_WORK),
    "staff-decided-stopped": ("staff_cases/decide.html", STOPPED_AT_WORK),
    "assistance-rules": ("staff_cases/policy.html", PolicyPage(0, POLICY), PolicyForm),
    "assistance-rules-wrong": ("staff_cases/policy.html", PolicyPage(3, POLICY), PolicyForm, {}),
}
"""Template, page, form and what was typed; ``beside`` has the rest."""


_NO_CSRF: Final = {"csrf": False}


def beside(name: str, template: str, page: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """What a view of these pages gives its template beside its page."""
    if not template.startswith(("cases/", "staff_cases/")):
        return {}
    more: dict[str, Any] = {"errors": given.get("errors", ())}
    if template.startswith("staff_cases/"):
        more["staff"] = POSTER if name == "inbox-empty" else CLERK
    if template in {"cases/case.html", "staff_cases/case.html"}:
        kind = FORMS.get(page.kind)
        more["labels"] = kind(formdata=None, meta=_NO_CSRF) if kind else ()
    if template == "cases/case.html":
        more["file_form"] = FileForm(formdata=None, meta=_NO_CSRF)
    if template == "cases/check.html":
        more["form"] = FORMS.get(page.kind, NotMineForm)(formdata=None, meta=_NO_CSRF)
    if template == "cases/assistance/screened.html":
        off = {"assistance-all": 100, "assistance-half": 50}.get(name, 0)
        more["result"] = Screened(120, off, POLICY)
        more["form"] = LookForm(
            formdata=None,
            data={"people": 3, "income": 310_000, "period": "month"},
            meta=_NO_CSRF,
        )
    if template == "staff_cases/case.html":
        more |= {
            "answer": AnswerForm(formdata=None, meta=_NO_CSRF),
            "note": NoteForm(formdata=None, meta=_NO_CSRF),
            "close": CloseForm(formdata=None, meta=_NO_CSRF),
            "card": CardForm(formdata=None, data={**page.answers, "rank": 1}, meta=_NO_CSRF),
        }
    if template == "staff_cases/new.html":
        more["kinds"] = KINDS
    if template == "staff_cases/decide.html":
        more |= {
            "grant": GrantForm(formdata=None, data={"off_percent": 100}, meta=_NO_CSRF),
            "deny": DenyForm(formdata=None, meta=_NO_CSRF),
            "stop": StopForm(formdata=None, meta=_NO_CSRF),
        }
    return more

"""The papers of an account's file and what was agreed and answered, in the words of their pages.

Each is made when the one before it has been sent.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import get_template_attribute
from flask_babel import force_locale, gettext

from portal.auth.current import account_statement
from portal.cases.forms import FORMS
from portal.cases.queries import case_page, cases_page
from portal.cases.store import Moment
from portal.cases.views import CaseRow
from portal.connectors.pdf import Paper, PaperTooLongError
from portal.connectors.practice_systems.spreadsheets import written
from portal.db import Principal
from portal.domain.money import format_plain
from portal.home.account_tables import AccountTables, KeptStatement
from portal.home.download import KeptFile
from portal.payments.access import StatementDue
from portal.payments.receipts.papers import receipt_paper
from portal.payments.receipts.queries import receipt_page
from portal.plans.copies import agreed_copy
from portal.plans.listing import PlanListRow, plans_page
from portal.plans.papers import agreement_paper
from portal.plans.ports import ChargesOfPlans, ComingToLines, MethodsOnFile
from portal.plans.queries import plan_page
from portal.plans.reader import plan_reader
from portal.practice.letterhead import print_for
from portal.statements.coming import ScheduledOfStatement
from portal.statements.papers.itemized import itemized_paper
from portal.statements.papers.service import Sheet, read_sheet
from portal.statements.papers.statement import Layout, statement_paper
from portal.web import i18n
from portal.web.context import portal


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asked for the file, when, and by which request."""

    principal: Principal
    now: datetime
    request_id: str


def papers_of(tables: AccountTables, asked: Asked) -> Iterator[KeptFile]:
    """Statements with their itemized bills, receipts, plans with what was agreed to, cases."""
    for statement in tables.statements:
        yield from _statement(statement, asked)
    yield from _receipts(tables, asked)
    yield from _plans(asked)
    yield _cases(asked)
    yield _about(tables)


def _statement(statement: KeptStatement, asked: Asked) -> Iterator[KeptFile]:
    sheet = _sheet(statement, asked)
    layout = Layout(portal().settings.base_url)
    name = f"{statement.number}.pdf"
    yield from _printed(
        f"statements/{name}", statement_paper(sheet.page, sheet.facts, layout), asked
    )
    yield from _printed(f"itemized/{name}", itemized_paper(sheet.page, sheet.facts), asked)


def _sheet(statement: KeptStatement, asked: Asked) -> Sheet:
    here = portal()
    with here.database.transaction(asked.principal) as session:
        return read_sheet(
            session,
            statement.statement_id,
            scheduled_of_statement=here.service(ScheduledOfStatement),
            now=asked.now,
        )


def _printed(name: str, paper: Paper, asked: Asked) -> Iterator[KeptFile]:
    """What is too long to be printed stands in the tables, line by line."""
    try:
        content = print_for(portal().database, asked.principal, paper, made_at=asked.now)
    except PaperTooLongError:
        return
    yield KeptFile(name, content)


def _receipts(tables: AccountTables, asked: Asked) -> Iterator[KeptFile]:
    here = portal()
    for payment_id in tables.receipts:
        page = receipt_page(
            here.database,
            asked.principal,
            payment_id,
            account_at=account_statement(),
            statement_due=here.service(StatementDue),
            now=asked.now,
            request_id=asked.request_id,
        )
        if page is not None:
            yield from _printed(f"receipts/{page.receipt_number}.pdf", receipt_paper(page), asked)


def _plans(asked: Asked) -> Iterator[KeptFile]:
    here, reader = portal(), plan_reader()
    page = plans_page(
        here.database,
        asked.principal,
        guarantor_id=reader.guarantor_id,
        statement_id=reader.statement_id,
        charges=here.service(ChargesOfPlans),
        coming=here.service(ComingToLines),
        now=asked.now,
        request_id=asked.request_id,
    )
    plans = (*page.live, *page.undecided, *page.over)
    headings = (
        gettext("Plan"),
        gettext("Since"),
        gettext("How it stands"),
        gettext("Amount"),
        gettext("Paid"),
        gettext("Left"),
    )
    yield KeptFile("plans.csv", written([headings, *map(_plan_row, plans)]))
    for plan in plans:
        yield from _agreements(plan, asked)


def _plan_row(plan: PlanListRow) -> Sequence[str]:
    return (
        plan.number,
        plan.made_on.isoformat(),
        _words("plans/words.html", "plan_state", plan.state),
        format_plain(plan.principal_cents),
        format_plain(plan.paid_cents),
        format_plain(plan.left_cents),
    )


def _agreements(plan: PlanListRow, asked: Asked) -> Iterator[KeptFile]:
    """Each version that was agreed to, in the language in which it was."""
    here = portal()
    page = plan_page(
        here.database,
        asked.principal,
        plan.plan_id,
        statement_id=None,
        methods=here.service(MethodsOnFile),
        charges=here.service(ChargesOfPlans),
        coming=here.service(ComingToLines),
        language=i18n.current_language(),
        now=asked.now,
        request_id=asked.request_id,
    )
    agreed = [row.version for row in page.history if row.is_agreed] if page else []
    for version in sorted(agreed):
        copy = agreed_copy(
            here.database,
            asked.principal,
            plan.plan_id,
            version,
            now=asked.now,
            request_id=asked.request_id,
        )
        if copy is not None:
            with force_locale(copy.language):
                paper = agreement_paper(copy)
            yield from _printed(f"plans/{plan.number}-{version}.pdf", paper, asked)


def _cases(asked: Asked) -> KeptFile:
    """Every word of every case that this reader may see."""
    at = Moment(asked.now, asked.request_id)
    page = cases_page(portal().database, asked.principal, None, at=at)
    headings = (
        gettext("Case"),
        gettext("Date"),
        gettext("What it is about"),
        gettext("How it stands"),
        gettext("Who wrote"),
        gettext("Words"),
    )
    rows = [row for case in page.cases for row in _case_rows(case, asked, at)]
    return KeptFile("cases.csv", written([headings, *rows]))


def _case_rows(case: CaseRow, asked: Asked, at: Moment) -> Iterator[Sequence[str]]:
    """First what was told, question by question; then the thread."""
    page = case_page(portal().database, asked.principal, case.case_id, at=at)
    kind = _words("cases/words.html", "kind_name", case.kind)
    state = _words("cases/words.html", "state_tag", case.state)
    you, we = gettext("You") if page.is_mine else gettext("Who opened it"), gettext("We")
    fields = FORMS[case.kind](formdata=None) if case.kind in FORMS else ()
    told = [field for field in fields if field.name in page.answers]
    yield case.number, case.opened_on.isoformat(), kind, state, "", ""
    for field in told:
        value = _words("cases/words.html", "answer", field, page.answers[field.name])
        words = f"{field.label.text}: {value}"
        yield case.number, case.opened_on.isoformat(), kind, "", you, words
    for said in page.thread:
        who, on = we if said.is_by_staff else you, said.written_at.date().isoformat()
        yield case.number, on, kind, "", who, said.words


def _about(tables: AccountTables) -> KeptFile:
    """What is in the file; and the notice of 42 CFR 2.32 where it goes along."""
    said = [
        gettext("visits.csv: every visit, and what became of its cost. It adds up as of today."),
        gettext("lines.csv: every service, once. Until a visit is decided, only what was billed."),
        gettext("statements.csv: every statement with what it asked for, also replaced ones."),
        gettext("payments.csv: every payment, and what went back to you."),
        gettext("today.csv: what is left to pay, on plans, on its way and unused today."),
        gettext("plans.csv and cases.csv: your payment plans, and what you asked or told us."),
        gettext("In the folders: statements, itemized bills, receipts and agreements as PDF."),
    ]
    if tables.has_part2:
        said.append(
            gettext("42 CFR part 2 prohibits unauthorized use or disclosure of these records.")
        )
    return KeptFile("about.txt", "".join(f"{one}\r\n" for one in said).encode())


def _words(template: str, macro: str, *values: object) -> str:
    """What a page calls it, without its icon."""
    return str(get_template_attribute(template, macro)(*values).striptags())

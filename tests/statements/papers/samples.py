"""Every kind of paper there is, of sample values; a statement of as many lines as wanted."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, cast

from flask import Flask
from flask_babel import force_locale

from portal.connectors.pdf import Paper, print_paper
from portal.domain.paper_aging import Aging
from portal.domain.plans.schedule import Installment
from portal.domain.service_kind import ServiceKind
from portal.domain.statement import Figures, StatementLine, TakenOff
from portal.payments.receipts.papers import receipt_paper, year_paper
from portal.plans.papers import AgreedCopy, agreement_paper, paper_to_sign
from portal.plans.visits import PlanVisit
from portal.statements.page import StatementPage
from portal.statements.papers.itemized import itemized_paper
from portal.statements.papers.reading import PaperFacts
from portal.statements.papers.statement import Layout, statement_paper
from portal.web import i18n
from tests.web import sample_patient_views as patients
from tests.web import sample_receipt_views as receipts

MADE_AT = datetime(2026, 3, 9, 17, 0, tzinfo=UTC)
SITE = "https://pay.riverbend.example"
ADDRESS = ("Ana Reyes", "1180 Prairie View Road, Apartment 14", "Easton, OR 97399-1204")
ANA = cast("StatementPage", patients.ANA_STATEMENT)
LONG = cast("StatementPage", patients.LONG_STATEMENT)
STATES = {
    "due": ANA,
    "long": LONG,
    "partly-paid": cast("StatementPage", patients.PARTLY_PAID),
    "changed": cast("StatementPage", patients.CHANGED_SINCE),
    "paid": cast("StatementPage", patients.PAID),
    "credit": cast("StatementPage", patients.CREDIT),
    "on-hold": cast("StatementPage", patients.ON_HOLD),
    "voided": cast("StatementPage", patients.VOIDED),
}


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Within an app, in a language."""
    app = Flask(__name__)
    i18n.speak(app, secure_cookies=False)
    with app.test_request_context(), force_locale(language):
        yield


def facts_of(page: StatementPage, **more: Any) -> PaperFacts:
    aging = Aging((page.due_now_cents, 0, 0, 0, 0))
    return replace(PaperFacts(ADDRESS, aging=aging), **more)


def statement(
    page: StatementPage = ANA,
    *,
    language: str = "en",
    is_large: bool = False,
    mark: str = "",
    address: tuple[str, ...] = ADDRESS,
) -> bytes:
    """Printed."""
    layout = Layout(SITE, is_large=is_large, mark=mark)
    with speaking(language):
        paper = statement_paper(page, facts_of(page, address_lines=address), layout)
    return print_paper(paper, made_at=MADE_AT)


def with_lines(count: int) -> StatementPage:
    """Ana's statement, its first visit of so many lines that a plan left to her."""
    visit = ANA.document.visits[0]
    lines = tuple(
        StatementLine(
            patients.an_id(10_000 + number),
            ServiceKind.LAB_TEST,
            f"8{number:04d}",
            Figures(1000 + number, 400, 0, 0, 0, 600 + number),
            taken_off=(TakenOff("contractual", 400),),
        )
        for number in range(count)
    )
    document = replace(ANA.document, visits=(replace(visit, lines=lines),))
    due = document.amount_due_cents
    return replace(ANA, document=document, due_now_cents=due)


def every_paper() -> Mapping[str, Paper]:
    """By name, in the language at work."""
    papers = {}
    for size, is_large in (("", False), ("-large", True)):
        layout = Layout(SITE, is_large=is_large)
        for name, page in STATES.items():
            papers[f"statement-{name}{size}"] = statement_paper(page, facts_of(page), layout)
        papers[f"itemized{size}"] = itemized_paper(ANA, facts_of(ANA), is_large=is_large)
        for name, paper in _others().items():
            papers[f"{name}{size}"] = replace(paper, is_large=is_large)
    return papers


def _others() -> Mapping[str, Paper]:
    copy = AgreedCopy(
        practice=patients.RIVERBEND,
        number="PL-10012",
        version=1,
        text_version=1,
        language=i18n.current_language(),
        installments=(
            Installment(number=1, due_on=date(2026, 4, 1), cents=10_000),
            Installment(number=2, due_on=date(2026, 5, 1), cents=11_450),
        ),
        visits=(
            PlanVisit(
                patients.an_id(77),
                "Mateo",
                (ServiceKind.OFFICE_VISIT,),
                date(2026, 2, 10),
                "Dr. Samir Patel",
                21_450,
            ),
        ),
        sentences=("You pay the amounts above.", "You may pay early at no cost."),
        disclosure=None,
        agreed_at=MADE_AT,
    )
    return {
        "receipt": receipt_paper(receipts.RECEIPT),
        "year": year_paper(receipts.YEAR),
        "agreement": agreement_paper(copy),
        "agreement-to-sign": paper_to_sign(copy),
    }

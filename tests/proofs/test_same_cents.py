"""Page and paper of a statement say the same cents, whatever was billed, paid and put on a plan."""

import random
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from xml.etree.ElementTree import Element

import html5lib
import pytest
from flask import Flask, render_template
from flask_babel import force_locale

from portal.app import create_app
from portal.connectors.pdf import print_paper
from portal.db import Database
from portal.domain.money import format_usd
from portal.domain.service_kind import ServiceKind
from portal.domain.statement import (
    CoveredVisit,
    Figures,
    PaymentPlanBlock,
    PlanAnswer,
    StatementDocument,
    StatementLine,
    TakenOff,
    Visit,
)
from portal.statements.page import StatementPage
from portal.statements.papers.statement import Layout, statement_paper
from portal.statements.papers.visits import columns_of
from tests.auth.running import Clock, settings_for_tests
from tests.proofs.conftest import Size, chance_of
from tests.statements.papers.pdf_reading import AMOUNT, amounts_of
from tests.statements.papers.samples import ANA, MADE_AT, SITE, facts_of
from tests.web.sample_patient_views import an_id

PIECES, PIECES_IN_SMALL = 30, 1
_NOBODY = "postgresql+psycopg://nobody@127.0.0.1:1/none"
_PAYERS = ("Blue Horizon", "Northwest Mutual", "")
_KINDS = (ServiceKind.OFFICE_VISIT, ServiceKind.LAB_TEST, ServiceKind.IMAGING)


@pytest.fixture(scope="module")
def drawing() -> Iterator[Flask]:
    """Draws pages; it needs no database."""
    with closing(Database(_NOBODY)) as database:
        yield create_app(settings_for_tests(), database, clock=Clock())


def test_page_and_paper_say_the_same_cents(drawing: Flask, size: Size, piece: int) -> None:
    count = size.choose(8, 100)
    for number in range(count):
        seed = f"cents {piece} {number}"
        page = _page(chance_of(seed))
        language = "es" if number % 2 else "en"
        with drawing.test_request_context("/page"), force_locale(language):
            text = render_template("statements/statement.html", page=page, visitor=None)
            layout = Layout(SITE, is_large=number % 5 == 0)
            paper = statement_paper(page, facts_of(page), layout)
        printed = amounts_of(print_paper(paper, made_at=MADE_AT))
        _compare(page, text, printed, seed=seed, is_large=layout.is_large)
    size.add("statements whose paper says the cents of their page", count)


def _compare(
    page: StatementPage, text: str, printed: Sequence[str], *, seed: str, is_large: bool
) -> None:
    root = html5lib.parse(text, namespaceHTMLElements=False)
    for table in root.iter("table"):
        if not _is_of_a_line(root, table):
            shown = _amounts(table)
            assert _stands_in(shown, printed), (seed, shown, printed)
    headings = [_amounts(summary)[0] for summary in root.iter("summary") if _amounts(summary)]
    for visit, heading in zip(page.document.visits, headings, strict=True):
        assert heading == format_usd(visit.figures.you_owe_cents), seed
    lines = [_amounts(table) for table in root.iter("table") if _is_of_a_line(root, table)]
    rows = [
        (line.figures, len(columns_of(visit.figures)))
        for visit in page.document.visits
        for line in (*visit.lines, *((visit,) if len(visit.lines) > 1 else ()))
    ]
    for (figures, columns), shown in zip(rows, lines, strict=True):
        assert _has_row(shown[0], shown[-1], columns, printed), (seed, figures, printed)
    assert printed.count(format_usd(page.due_now_cents)) >= 1 + (not is_large), seed


def _is_of_a_line(root: Element, table: Element) -> bool:
    """Of a service or a whole visit: on paper it is one row."""
    return any(table in item.iter("table") for item in root.iter("details"))


def _amounts(element: Element) -> list[str]:
    return AMOUNT.findall(" ".join(element.itertext()))


def _stands_in(shown: Sequence[str], printed: Sequence[str]) -> bool:
    """One after the other, with nothing between."""
    last = len(printed) - len(shown) + 1
    return any(list(printed[at : at + len(shown)]) == list(shown) for at in range(last))


def _has_row(billed: str, owed: str, columns: int, printed: Sequence[str]) -> bool:
    """Somewhere so many amounts begin with what was billed and end with what is owed."""
    rows = zip(printed, printed[columns - 1 :], strict=False)
    return (billed, owed) in rows


def _page(chance: random.Random) -> StatementPage:
    visits = tuple(_visit(chance, number) for number in range(chance.randint(1, 4)))
    plans = tuple(_plan(chance, number) for number in range(chance.choice((0, 0, 1))))
    document = replace(
        ANA.document,
        visits=visits,
        payment_plans=plans,
        previous_amount_due_cents=chance.choice((0, chance.randint(500, 90_000))),
        payments_since_cents=chance.randint(0, 40_000),
        moved_to_plans_cents=chance.choice((0, chance.randint(1, 9_000))),
    )
    return _as_it_stands(chance, document)


def _as_it_stands(chance: random.Random, document: StatementDocument) -> StatementPage:
    owed = document.amount_due_cents
    paid = tuple(
        (date(2026, 3, 5) + timedelta(days=day), chance.randint(1, 1 + owed // 4))
        for day in range(chance.choice((0, 0, 1, 2)))
    )
    left = owed - sum(cents for _, cents in paid)
    on_the_way = chance.choice((0, left // 3))
    changed = chance.choice((0, 0, chance.randint(-left // 4, left // 4)))
    return replace(
        ANA,
        document=document,
        paid_since_issue=paid,
        on_the_way_cents=on_the_way,
        due_now_cents=left - on_the_way + changed,
        credit_cents=chance.choice((0, 0, chance.randint(1, 5_000))),
        past_due=chance.random() < 0.3,
    )


def _visit(chance: random.Random, number: int) -> Visit:
    payer = chance.choice(_PAYERS)
    lines = tuple(_line(chance, number * 100 + one, payer) for one in range(chance.randint(1, 5)))
    return replace(
        ANA.document.visits[number % len(ANA.document.visits)],
        claim_id=an_id(5_000 + number),
        lines=lines,
        decisions=(),
        changes=(),
    )


def _line(chance: random.Random, number: int, payer: str) -> StatementLine:
    """Cut at chance: what was billed falls into parts that add up, and the first one is owed."""
    cuts = sorted(chance.randint(0, 250_000) for _ in range(6))
    owed, taken, plan, insurance, paid, on_plan = (
        cuts[0] + 1,
        *(after - before for before, after in pairwise(cuts)),
    )
    insurance, on_plan = chance.choice((0, insurance)), chance.choice((0, 0, on_plan))
    figures = Figures(
        billed_cents=owed + taken + plan + insurance + paid + on_plan,
        taken_off_cents=taken,
        plan_paid_cents=plan,
        with_insurance_cents=insurance,
        you_paid_cents=paid,
        you_owe_cents=owed,
        on_payment_plan_cents=on_plan,
    )
    return StatementLine(
        an_id(100_000 + number),
        chance.choice(_KINDS),
        f"9{number:04d}",
        figures,
        taken_off=(TakenOff("contractual", taken),),
        answers=(PlanAnswer(payer, plan),),
    )


def _plan(chance: random.Random, number: int) -> PaymentPlanBlock:
    left = [chance.randint(1, 50_000) for _ in range(chance.randint(1, 3))]
    coming = chance.choice((0, sum(left) // 3))
    return PaymentPlanBlock(
        plan_id=an_id(9_000 + number),
        number=f"PL-{number}",
        paid_cents=chance.randint(0, 50_000),
        coming_cents=coming,
        left_cents=sum(left) - coming,
        past_due_cents=0,
        next_on=date(2026, 4, 1),
        next_cents=1_000,
        visits=tuple(
            CoveredVisit(
                an_id(9_100 + place), "Mateo", (ServiceKind.LAB_TEST,), date(2026, 2, 1), "", cents
            )
            for place, cents in enumerate(left)
        ),
    )

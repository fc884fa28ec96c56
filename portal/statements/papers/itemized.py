"""The itemized bill: every service with its code and all amounts, for who asked for no reason."""

from collections.abc import Iterator

from flask_babel import gettext

from portal.connectors.pdf import Block, Facts, Paper, Sum, Words
from portal.domain.money import format_usd
from portal.domain.statement import StatementLine, Visit
from portal.messages.letters import letter
from portal.statements.page import StatementPage
from portal.statements.papers.reading import PaperFacts
from portal.statements.papers.visits import about_visit, amounts, columns_of, service_title
from portal.web import i18n
from portal.web.filters import service_name


def itemized_paper(page: StatementPage, facts: PaperFacts, *, is_large: bool = False) -> Paper:
    """In the language at work; the cents of the statement, line by line."""
    document = page.document
    return letter(
        page.practice,
        title=gettext("Itemized bill"),
        lead=gettext("On this statement"),
        amount_cents=document.amount_due_cents,
        blocks=(
            Facts("", tuple(_about(page))),
            *(block for visit in document.visits for block in _visit(visit, facts)),
            _all(page),
            Words(
                gettext(
                    "These are the amounts as the statement was issued. What was paid since is on"
                    " your statement’s page. An itemized bill is free, and you need no reason to"
                    " ask for one."
                ),
                soft=True,
            ),
        ),
        foot=gettext(
            "Account %(account)s, statement %(number)s",
            account=document.account_number,
            number=document.number,
        ),
        is_large=is_large,
    )


def _about(page: StatementPage) -> Iterator[tuple[str, str]]:
    document = page.document
    yield gettext("Statement"), document.number
    yield gettext("Date"), i18n.long_day(document.issued_on)
    yield gettext("Account"), document.account_number
    yield gettext("Paid to"), ", ".join((page.practice.name, *page.practice.address_lines))
    if page.practice.tax_identifier:
        yield gettext("Tax ID"), page.practice.tax_identifier


def _visit(visit: Visit, facts: PaperFacts) -> Iterator[Block]:
    columns = columns_of(visit.figures)
    units = [_units(line, facts) for line in visit.lines]
    has_units = any(units)  # an empty column would look like something left out
    heads = (gettext("Service"), gettext("Code"), *([gettext("Units")] if has_units else []))
    yield Sum(
        f"{visit.patient_first_name}, {about_visit(visit)}",
        (*heads, *(one.name for one in columns)),
        tuple(
            (
                service_title(service_name(line.service_kind), line.description),
                line.procedure_code,
                *([count] if has_units else []),
                *amounts(line.figures, columns),
            )
            for line, count in zip(visit.lines, units, strict=True)
        ),
        (gettext("This visit in all"), *[""] * (len(heads) - 1), *amounts(visit.figures, columns)),
        amounts=len(columns) + has_units,
    )


def _units(line: StatementLine, facts: PaperFacts) -> str:
    units = facts.units.get(line.charge_id) if line.charge_id else None
    return "" if units is None else str(units)


def _all(page: StatementPage) -> Sum:
    figures = page.document.figures
    return Sum(
        gettext("All visits"),
        (gettext("What"), gettext("Amount")),
        tuple(
            (column.name, format_usd(column.sign * getattr(figures, column.figure)))
            for column in columns_of(figures)[:-1]
        ),
        (gettext("You owe"), format_usd(figures.you_owe_cents)),
    )

"""The visits of a statement on paper: services in a table, reasons below, each said once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext

from portal.connectors.pdf import Block, Sum, Words
from portal.connectors.pdf_blocks import Heading, Told
from portal.domain.explanation_text import Point, StepText, VisitText
from portal.domain.money import format_usd
from portal.domain.statement import Figures, PendingVisit, StatementDocument, Visit
from portal.statements.page import StatementPage
from portal.web import i18n
from portal.web.filters import kinds_named, services, told_change, told_pending, told_visit, upfirst


@dataclass(frozen=True, slots=True)
class Column:
    """One amount of a line; ``sign`` below zero where it is taken off."""

    name: str
    figure: str
    sign: int = 1


def columns_of(figures: Figures) -> tuple[Column, ...]:
    """What was billed, what came off it, what is owed: only what has an amount somewhere."""
    possible = (
        Column(gettext("Billed"), "billed_cents"),
        Column(gettext("Taken off"), "taken_off_cents", -1),
        Column(gettext("Insurance paid"), "plan_paid_cents", -1),
        Column(gettext("Still with insurance"), "with_insurance_cents", -1),
        Column(gettext("You paid"), "you_paid_cents", -1),
        Column(gettext("Payment plan"), "on_payment_plan_cents", -1),
        Column(gettext("Agency"), "placed_cents", -1),
        Column(gettext("You owe"), "you_owe_cents"),
    )
    always = ("billed_cents", "you_owe_cents")
    return tuple(one for one in possible if one.figure in always or getattr(figures, one.figure))


def amounts(figures: Figures, columns: Sequence[Column]) -> tuple[str, ...]:
    """One row."""
    return tuple(format_usd(one.sign * getattr(figures, one.figure)) for one in columns)


def visit_blocks(visit: Visit, issued_on: date) -> Iterator[Block]:
    """One visit of a statement of that day."""
    told = told_visit(visit, issued_on)
    title = gettext(
        "%(patient)s, %(services)s", patient=visit.patient_first_name, services=services(visit)
    )
    yield Heading(title, about_visit(visit), format_usd(visit.figures.you_owe_cents))
    columns = columns_of(visit.figures)
    yield Sum(
        "",
        (gettext("Service"), *(one.name for one in columns)),
        tuple(
            (service_title(line.title, line.description), *amounts(of.figures, columns))
            for line, of in zip(told.lines, visit.lines, strict=True)
        ),
        (gettext("This visit in all"), *amounts(visit.figures, columns)),
        amounts=len(columns),
    )
    yield from _reasons(told)
    letters = " ".join(dict.fromkeys(letter for line in told.lines for letter in line.letters))
    if letters:
        yield Words(letters, soft=True)
    yield Words(_journey(told.steps), soft=True)


def about_visit(visit: Visit | PendingVisit) -> str:
    """Day, provider, place: as far as they are known."""
    day = i18n.long_day(visit.service_on) if visit.service_on else gettext("Day not known")
    place = visit.place_name if isinstance(visit, Visit) else ""
    return ", ".join(part for part in (day, visit.provider_name, place) if part)


def service_title(title: str, description: str) -> str:
    """What people call it, and what the practice does."""
    return f"{upfirst(title)} ({description})" if description else upfirst(title)


def pending_blocks(document: StatementDocument) -> Iterator[Block]:
    """Visits that ask for nothing yet."""
    if not document.pending:
        return
    as_of = gettext("This is how it stood on %(day)s.", day=i18n.long_day(document.as_of))
    yield Words("", heading=gettext("Nothing to pay for these now"))
    for visit in document.pending:
        told = told_pending(visit)
        yield Heading(f"{visit.patient_first_name}, {about_visit(visit)}")
        yield from (_said(point) for point in told.points)
    yield Words(as_of, soft=True)


def plan_blocks(document: StatementDocument) -> Iterator[Block]:
    """What payment plans covered on the day of the statement."""
    for plan in document.payment_plans:
        rows = [
            (
                f"{upfirst(kinds_named(visit.service_kinds))}, {visit.patient_first_name}, "
                f"{i18n.long_day(visit.service_on) if visit.service_on else ''}".rstrip(", "),
                format_usd(visit.left_cents),
            )
            for visit in plan.visits
        ]
        if plan.coming_cents:
            rows.append((gettext("On its way from your bank"), format_usd(-plan.coming_cents)))
        yield Sum(
            gettext("Your payment plan covers these"),
            (gettext("Visit"), gettext("Amount")),
            rows,
            (gettext("Left on your payment plan"), format_usd(plan.left_cents)),
        )
        stood = gettext(
            "This is how payment plan %(number)s stood on %(day)s.",
            number=plan.number,
            day=i18n.long_day(document.issued_on),
        )
        yield Words(f"{gettext('They are not in the amount above.')} {stood}", soft=True)


def changed_blocks(page: StatementPage) -> Iterator[Block]:
    """What plans decided anew since the statement, by visit."""
    for visit in page.document.visits:
        for change in page.changes_since.get(visit.claim_id, ()):
            point = told_change(change)
            yield Told(f"{visit.patient_first_name}, {about_visit(visit)}:", _text(point))


def _reasons(told: VisitText) -> Iterator[Block]:
    """A reason that several services have is said once, with all of them before it."""
    yield from (_said(point) for point in told.points)
    of_point: dict[Point, list[str]] = {}
    for line in told.lines:
        for point in line.points:
            of_point.setdefault(point, []).append(upfirst(line.title))
    for point, titles in of_point.items():
        if len(told.lines) == 1:
            yield _said(point)
        else:
            names = ", ".join(dict.fromkeys(titles))
            yield Told(f"{names}: {point.heading}", _text(point))


def _said(point: Point) -> Told:
    return Told(point.heading, _text(point))


def _text(point: Point) -> str:
    return f"{point.text} {point.what_you_can_do}".strip()


def _journey(steps: Sequence[StepText]) -> str:
    told = (f"{one.title} ({i18n.long_day(one.on)})" if one.on else one.title for one in steps)
    return " · ".join(told)

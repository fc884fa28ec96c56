"""How amounts, dates and phone numbers look on a page; what a template may compute stands here."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from babel import Locale
from babel.lists import format_list
from flask import Flask
from flask_babel import gettext, lazy_gettext
from markupsafe import Markup

from portal.domain import explanation_text
from portal.domain.card_notices import card_notices
from portal.domain.claim_journey import DecisionChange
from portal.domain.explanation_rows import Row
from portal.domain.explanation_text import PendingText, Point, VisitText
from portal.domain.money import format_plain, format_usd
from portal.domain.service_kind import name_of
from portal.domain.statement import Figures, PendingVisit, StatementDocument, Visit
from portal.web import i18n
from portal.web.change_words import change_name, changes_short, since_name
from portal.web.context import portal
from portal.web.reviewed import is_reviewed

_US_DIGITS = 10
_BAR_UNITS = 10_000  # hundredths of a percent
_BAR_GAP = 60
_BAR_LEAST = 40
_LABEL_ROOM = 2_800  # what a label of the bar needs on a phone

_ROLE_NAMES = {
    "front_desk": lazy_gettext("Front desk"),
    "collections": lazy_gettext("Collections"),
    "poster": lazy_gettext("Poster"),
    "manager": lazy_gettext("Manager"),
    "auditor": lazy_gettext("Auditor"),
    "admin": lazy_gettext("Administrator"),
}
_EVENT_NAMES = {
    "payment_settled": lazy_gettext("Payment"),
    "refund_paid": lazy_gettext("Refund"),
    "dispute_lost": lazy_gettext("Taken back by the bank"),
    "credit_applied": lazy_gettext("Credit used"),
}

_MEASURE_NAMES = {  # as tests/proofs/test_accessible.py writes them
    "axe": lazy_gettext("WCAG 2.2 A and AA rules that a machine can check"),
    "reflow": lazy_gettext("Fits a small screen, and text four times as large"),
    "spacing": lazy_gettext("Fits with more space between letters and lines"),
    "forced": lazy_gettext("Seen in your own colors, and nothing moves"),
}

_METHOD_NAMES = {
    "card": lazy_gettext("Card"),
    "us_bank_account": lazy_gettext("Bank account"),
    "cash": lazy_gettext("Cash"),
    "check": lazy_gettext("Check"),
    "terminal": lazy_gettext("Card, at the practice"),
}

_WALLETS = {
    "amex_express_checkout": "Amex Express Checkout",
    "apple_pay": "Apple Pay",
    "google_pay": "Google Pay",
    "link": "Link",
    "masterpass": "Masterpass",
    "samsung_pay": "Samsung Pay",
    "visa_checkout": "Visa Checkout",
}


def said_of_cards(state: str, phone: str) -> tuple[str, ...]:
    """What a practice's state wants read before a credit card is used."""
    today, language = portal().clock().date(), i18n.current_language()
    return card_notices(state, on=today, phone=phone, language=language)


def add_filters(app: Flask) -> None:
    """Make them known to every template."""
    app.jinja_env.filters.update(
        usd=usd,
        usd_minus=usd_minus,
        usd_in_words=format_usd,
        day=day,
        day_in_words=i18n.long_day,  # where no element may stand, as in a chart
        day_with_weekday=day_with_weekday,
        moment=moment,
        clock_time=clock_time,
        tel=tel,
        tel_uri=tel_uri,
        listed=listed,
        card_notices=said_of_cards,
        upfirst=upfirst,
        service_name=service_name,
        services=services,
        kinds_named=kinds_named,
        told_sum=told_sum,
        sum_rows=sum_rows,
        told_visit=told_visit,
        told_pending=told_pending,
        told_change=told_change,
        change_name=change_name,
        since_name=since_name,
        changes_short=changes_short,
        role_name=role_name,
        event_name=event_name,
        month_name=month_name,
        measure_name=measure_name,
    )
    app.jinja_env.globals["method_words"] = method_words
    app.jinja_env.globals.update(
        split_bar=split_bar,
        bar_parts=bar_parts,
        current_language=i18n.current_language,
        other_language=i18n.other_language,
        LANGUAGES=i18n.LANGUAGES,
        is_reviewed=is_reviewed,
        in_english=i18n.in_english,
    )


def usd(cents: int) -> Markup:
    """``<data value="214.50">$214.50</data>``."""
    return Markup('<data value="{}">{}</data>').format(format_plain(cents), format_usd(cents))


def usd_minus(cents: int) -> Markup:
    """A row that is taken off: 3500 cents with a real minus sign before them, nothing as $0.00."""
    return usd(-cents)


def day(on: date) -> Markup:
    """``<time datetime="2026-03-04">March 4, 2026</time>``."""
    return Markup('<time datetime="{}">{}</time>').format(on.isoformat(), i18n.long_day(on))


def day_with_weekday(on: date) -> Markup:
    """As `day`, with the weekday: for the headings of a timeline."""
    text = upfirst(i18n.day_with_weekday(on))
    return Markup('<time datetime="{}">{}</time>').format(on.isoformat(), text)


def moment(at: datetime) -> Markup:
    """Day and time, in the moment's own time zone (a view gives the practice's)."""
    text = f"{i18n.long_day(at.date())}, {i18n.clock_time(at)}"
    return Markup('<time datetime="{}">{}</time>').format(_machine_time(at), text)


def clock_time(at: datetime) -> Markup:
    """The time alone."""
    return Markup('<time datetime="{}">{}</time>').format(_machine_time(at), i18n.clock_time(at))


def tel(phone: str) -> Markup:
    """A link that calls the number."""
    return Markup('<a href="{}">{}</a>').format(tel_uri(phone), phone)


def tel_uri(phone: str) -> str:
    """``tel:+15035550142``; ten digits are a number of the United States."""
    digits = re.sub(r"\D", "", phone)
    return f"tel:+1{digits}" if len(digits) == _US_DIGITS else f"tel:+{digits}"


def listed(names: Sequence[str]) -> str:
    """Names as a sentence lists them: "consulta, radiografía y análisis"."""
    return str(format_list(list(names), locale=i18n.current_language()))


def service_name(kind: str) -> str:
    """What people call a kind of service, as in the middle of a sentence."""
    return name_of(kind, i18n.current_language())


def kinds_named(kinds: Sequence[str]) -> str:
    """Kinds of service as the title of a visit: the first two, and whether there were more."""
    names = list(dict.fromkeys(service_name(kind) for kind in kinds))
    if len(names) > 2:  # noqa: PLR2004 — a title, not a list
        return str(gettext("%(first)s, %(second)s and more", first=names[0], second=names[1]))
    return listed(names)


def services(visit: Visit) -> str:
    """What a visit was: its two largest kinds of service, and whether there were more."""
    by_charge = sorted(visit.lines, key=lambda line: -line.figures.billed_cents)
    return kinds_named([line.service_kind for line in by_charge])


def told_sum(document: StatementDocument) -> tuple[str, ...]:
    """How a statement's visits became what is owed, in sentences."""
    return explanation_text.tell_sum(document, i18n.current_language())


def sum_rows(document: StatementDocument) -> tuple[Row, ...]:
    """The same as rows."""
    return explanation_text.sum_rows(document, i18n.current_language())


def told_visit(visit: Visit, billed_on: date) -> VisitText:
    """A visit of a statement of that day, explained."""
    return explanation_text.tell_visit(visit, i18n.current_language(), billed_on=billed_on)


def told_pending(visit: PendingVisit) -> PendingText:
    """Why a visit asks for nothing yet."""
    return explanation_text.tell_pending(visit, i18n.current_language())


def told_change(change: DecisionChange) -> Point:
    """What a plan decided anew."""
    return explanation_text.tell_change(change, i18n.current_language())


def role_name(role: str) -> str:
    """What a member of staff is called."""
    return str(_ROLE_NAMES.get(role, role))


def measure_name(name: str) -> str:
    """What a kind of accessibility check is called."""
    return str(_MEASURE_NAMES.get(name, name))


def event_name(kind: str) -> str:
    """What a business event of the ledger is called on a list for staff."""
    return str(_EVENT_NAMES.get(kind, kind.replace("_", " ")))


def method_words(kind: str, brand: str, last4: str, wallet: str = "") -> str:
    """What a payment was made with, as far as known: "Apple Pay, Visa ending 4242", "Cash"."""
    name = upfirst(brand) if brand else str(_METHOD_NAMES.get(kind, _METHOD_NAMES["card"]))
    if last4:
        name = str(gettext("%(brand)s ending %(last4)s", brand=name, last4=last4))
    return f"{_WALLETS[wallet]}, {name}" if wallet in _WALLETS else name


def month_name(month: int) -> str:
    """The name of a month by its number, as a row of a table begins with it."""
    return upfirst(str(Locale(i18n.current_language(), "US").months["stand-alone"]["wide"][month]))


def upfirst(text: str) -> str:
    """The first letter large, the others as they are (X-ray, not X-Ray)."""
    return text[:1].upper() + text[1:]


@dataclass(frozen=True, slots=True)
class BarPart:
    """One part of the bar, in percent of its width; ``label_at`` is empty where none would fit."""

    part: str
    x: str
    width: str
    label_at: str
    label_ends: bool


def split_bar(figures: Figures) -> tuple[BarPart, ...]:
    """How the bill became what is owed, as a bar; its figures are those of the table below it."""
    amounts = [
        ("discount", figures.taken_off_cents),
        ("plan", figures.plan_paid_cents),
        ("insurance", figures.with_insurance_cents),
        ("paid", figures.you_paid_cents),
        ("later", figures.on_payment_plan_cents),
        ("placed", figures.placed_cents),
        ("owe", figures.you_owe_cents),
    ]
    return bar_parts(amounts)


def bar_parts(amounts: Sequence[tuple[str, int]]) -> tuple[BarPart, ...]:
    """Parts by their names, each as wide as its cents; those without any are left out."""
    shown = [(part, cents) for part, cents in amounts if cents > 0]
    if not shown:
        return ()
    room = _BAR_UNITS - _BAR_GAP * (len(shown) - 1)
    total = sum(cents for _, cents in shown)
    widths = [max(_BAR_LEAST, room * cents // total) for _, cents in shown]
    widths[widths.index(max(widths))] += room - sum(widths)
    starts = [sum(widths[:index]) + _BAR_GAP * index for index in range(len(widths))]
    parts: list[BarPart] = []
    free_until = _BAR_UNITS
    for (part, _), x, width in reversed(list(zip(shown, starts, widths, strict=True))):
        ends = part == "owe" and width < _LABEL_ROOM
        fits = ends or x + _LABEL_ROOM <= free_until
        if fits:
            free_until = _BAR_UNITS - _LABEL_ROOM if ends else x
        label_at = _percent(x + width if ends else x) if fits else ""
        parts.append(BarPart(part, _percent(x), _percent(width), label_at, ends))
    return tuple(reversed(parts))


def _percent(units: int) -> str:
    return f"{units // 100}.{units % 100:02d}%"


def _machine_time(at: datetime) -> str:
    return at.isoformat(timespec="minutes")

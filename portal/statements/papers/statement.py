"""A statement as a letter: what to pay on the first page, then why; the cents of its page."""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

import segno
from flask_babel import gettext, ngettext

from portal.connectors.pdf import Block, Paper, Sum, Words
from portal.connectors.pdf_blocks import AmountBox, Bar, Coupon, Mailing, Note, Part, Ways
from portal.domain.money import format_usd
from portal.domain.statement import Figures, PendingVisit, Visit
from portal.statements.page import StatementPage
from portal.statements.papers.headline import Headline, headline, standing
from portal.statements.papers.notices import language_notes
from portal.statements.papers.reading import PaperFacts
from portal.statements.papers.visits import (
    about_visit,
    changed_blocks,
    pending_blocks,
    plan_blocks,
    visit_blocks,
)
from portal.web import i18n
from portal.web.change_words import change_name, since_name
from portal.web.filters import sum_rows, told_sum

_QUIET_ZONE = 4  # modules around the square, without which phones do not find it


@dataclass(frozen=True, slots=True)
class Layout:
    """How it is wanted. ``site`` is the portal's own address, ``mark`` a print run's number."""

    site: str
    is_large: bool = False
    mark: str = ""


def statement_paper(page: StatementPage, facts: PaperFacts, layout: Layout) -> Paper:
    """In the language at work. Whoever may see the page may have the paper."""
    first = headline(page)
    document = page.document
    return Paper(
        language=i18n.current_language(),
        title=gettext("Your statement"),
        sender=page.practice.name,
        sender_lines=page.practice.address_lines,
        lead=first.lead,
        amount=_amount(first),
        front=tuple(_front(page, first, layout)),
        blocks=(
            *_details(page, facts),
            *language_notes(facts.languages, phone=page.practice.phone, site=layout.site),
        ),
        page=gettext("Page"),
        of=gettext("of"),
        foot=gettext(
            "Account %(account)s, statement %(number)s",
            account=document.account_number,
            number=document.number,
        ),
        is_large=layout.is_large,
        mailing=Mailing(
            recipient=facts.address_lines or (document.guarantor_name,),
            windows=facts.envelope.windows,
            box=AmountBox(first.lead, _amount(first), first.until, tuple(_numbers(page))),
            coupon=_coupon(page, facts, layout) if first.asks else None,
            mark=layout.mark,
        ),
    )


def _amount(first: Headline) -> str:
    return "" if first.amount_cents is None else format_usd(first.amount_cents)


def _numbers(page: StatementPage) -> Iterator[tuple[str, str]]:
    yield gettext("Statement"), page.document.number
    yield gettext("Date"), i18n.long_day(page.document.issued_on)
    yield gettext("Account"), page.document.account_number
    if page.practice.tax_identifier:
        yield gettext("Tax ID"), page.practice.tax_identifier


def _front(page: StatementPage, first: Headline, layout: Layout) -> Iterator[Block]:
    for said in standing(page):
        yield Note("", said)
    why = gettext("Why do I owe this?") if first.asks else gettext("What was on this statement?")
    *others, last = told_sum(page.document)
    yield Words(f"{' '.join(others)} {last}", heading=why)
    yield _bar(page.document.figures, f"{' '.join(others)} {last}")
    yield _sum(page, first)
    if first.asks:
        yield Ways(gettext("How to pay"), tuple(_ways(page, layout)))
        yield _help(page)


def _sum(page: StatementPage, first: Headline) -> Sum:
    figures = page.document.figures
    label = gettext("Your share")
    if first.asks:
        is_all = page.due_now_cents == figures.you_owe_cents
        label = gettext("You owe") if is_all else gettext("You owed on this statement")
    return Sum(
        "",
        (gettext("What"), gettext("Amount")),
        tuple((row.label, format_usd(row.cents)) for row in sum_rows(page.document)),
        (label, format_usd(figures.you_owe_cents)),
    )


def _bar(figures: Figures, described: str) -> Bar:
    parts = (
        Part("discount", gettext("Taken off"), figures.taken_off_cents),
        Part("plan", gettext("Insurance paid"), figures.plan_paid_cents),
        Part("insurance", gettext("Still with insurance"), figures.with_insurance_cents),
        Part("paid", gettext("You paid"), figures.you_paid_cents),
        Part("later", gettext("Payment plan"), figures.on_payment_plan_cents),
        Part("placed", gettext("Collection agency"), figures.placed_cents),
        Part("owe", gettext("You owe"), figures.you_owe_cents),
    )
    return Bar(tuple(part for part in parts if part.cents > 0), described)


def _ways(page: StatementPage, layout: Layout) -> Iterator[tuple[str, tuple[str, ...]]]:
    code = page.pay_code
    if code and page.can_pay:
        typed = gettext("Code: %(code)s", code=code.code)
        yield gettext("Online"), (_shown(layout.site, code.practice_slug), typed)
    language = i18n.current_language()
    yield gettext("By phone"), (page.practice.phone, page.practice.hours_in(language))
    payable = gettext("Payable to %(practice)s", practice=page.practice.name)
    yield gettext("By check"), (payable, gettext("Send the payment slip with it."))


def _help(page: StatementPage) -> Note:
    said = [
        gettext(
            "You may get help with all or part of this bill. Asking does not change your care."
        ),
        gettext(
            "Call %(phone)s and ask for financial assistance, or for a payment plan: you choose how"
            " much and when, with no interest and no fee.",
            phone=page.practice.phone,
        ),
    ]
    if page.practice.assistance_url:
        said.append(_without_scheme(page.practice.assistance_url))
    return Note(gettext("If this is hard to pay"), " ".join(said))


def _coupon(page: StatementPage, facts: PaperFacts, layout: Layout) -> Coupon:
    code = page.pay_code if page.can_pay else None
    lines = facts.envelope.remit_lines or page.practice.address_lines
    address = f"{layout.site}/pay/{code.practice_slug}" if code else ""
    document = page.document
    return Coupon(
        detach=gettext("Payment slip: cut here, and send it with your check"),
        rows=(
            (gettext("Account"), document.account_number),
            (gettext("Statement"), document.number),
            (gettext("You owe"), format_usd(page.due_now_cents)),
            (gettext("Please pay by"), i18n.long_day(document.due_on)),
        ),
        enclosed=gettext("Amount enclosed"),
        remit_to=gettext("Payable to, and mailed to"),
        remit_lines=(page.practice.name, *lines),
        square=square(address) if address else "",
        square_says=gettext("A square code that opens %(address)s", address=address),
        scan=gettext("Scan to pay"),
        address=_shown(layout.site, code.practice_slug) if code else "",
        code_is=gettext("Code:"),
        code=code.code if code else "",
    )


def square(address: str) -> str:
    """A QR code as SVG, with its quiet zone. An address names no one."""
    drawn = io.BytesIO()
    made = segno.make(address, error="m", micro=False)
    made.save(drawn, kind="svg", xmldecl=False, border=_QUIET_ZONE, dark="#000", light="#fff")
    return drawn.getvalue().decode()


def _shown(site: str, slug: str) -> str:
    """As people type it."""
    return f"{_without_scheme(site)}/pay/{slug}"


def _without_scheme(address: str) -> str:
    return address.removeprefix("https://").removeprefix("http://")


def _details(page: StatementPage, facts: PaperFacts) -> Iterator[Block]:
    document = page.document
    count = len(document.visits)
    visits = ngettext("Your visit", "Your %(num)s visits", count)
    for place, visit in enumerate(document.visits):
        blocks = visit_blocks(visit, document.issued_on)
        if place == 0:
            yield Words("", heading=visits)
        yield from blocks
    yield from _earlier(page)
    yield Words(_others_bill(), soft=True)
    yield from _since_issue(page)
    yield from plan_blocks(document)
    yield from pending_blocks(document)
    yield from _since_last(page)
    yield from _aging(facts)
    yield from _questions(page)


def _earlier(page: StatementPage) -> Iterator[Block]:
    """The visits that only an older statement asked for: without them nobody could say why."""
    for one in page.earlier:
        day = i18n.long_day(one.issued_on)
        yield Words("", heading=gettext("From your statement of %(day)s", day=day))
        yield Words(gettext("This is how it stood on %(day)s.", day=day), soft=True)
        for visit, cents in one.visits:
            yield from visit_blocks(visit, one.issued_on)
            yield Words(gettext("Of it you owe %(amount)s now.", amount=format_usd(cents)))


def _others_bill() -> str:
    own = gettext(
        "Your insurance sends you its own letter about each visit. It should show the same amounts."
        " If it does not, call us."
    )
    others = gettext("A lab, a hospital or another doctor may send you a bill of their own.")
    return f"{own} {others}"


def _since_issue(page: StatementPage) -> Iterator[Block]:
    """As the page's own sum: what was paid or decided after it was issued.

    Of an older statement it leads to what is left of its own lines; the newest has all there is.
    """
    changed = tuple(changed_blocks(page))
    if not (page.since or changed):
        return
    about = _about_visits(page)
    lines = [(gettext("On this statement"), page.document.amount_due_cents)]
    lines += [(_with_visit(since_name(row), row.claim_id, about), row.cents) for row in page.since]
    last = gettext("Left of this statement") if page.newer else gettext("You owe now")
    total = (last, format_usd(page.left_cents))
    yield _two_columns(gettext("Since this statement"), lines, total)
    yield from changed


def _since_last(page: StatementPage) -> Iterator[Block]:
    document = page.document
    if not (document.previous_amount_due_cents or page.since_last):
        return
    about = _about_visits(page)
    lines = [(gettext("On your last statement"), document.previous_amount_due_cents)]
    lines += [
        (_with_visit(change_name(one), one.claim_id, about), one.cents) for one in page.since_last
    ]
    total = (gettext("On this statement"), format_usd(document.amount_due_cents))
    yield _two_columns(gettext("Since your last statement"), lines, total)


def _about_visits(page: StatementPage) -> Mapping[UUID | None, str]:
    document = page.document
    visits: tuple[Visit | PendingVisit, ...] = (*document.visits, *document.pending)
    return {one.claim_id: f"{one.patient_first_name}, {about_visit(one)}" for one in visits}


def _with_visit(name: str, claim_id: UUID | None, about: Mapping[UUID | None, str]) -> str:
    visit = about.get(claim_id, "") if claim_id else ""
    return f"{name} ({visit})" if visit else name


def _two_columns(heading: str, lines: list[tuple[str, int]], total: tuple[str, str]) -> Sum:
    return Sum(
        heading,
        (gettext("What"), gettext("Amount")),
        tuple((label, format_usd(cents)) for label, cents in lines),
        total,
    )


def _aging(facts: PaperFacts) -> Iterator[Block]:
    if facts.aging.total_cents <= 0:
        return
    steps = (
        gettext("Up to 30 days"),
        gettext("31 to 60 days"),
        gettext("61 to 90 days"),
        gettext("91 to 120 days"),
        gettext("Over 120 days"),
        gettext("In all"),
    )
    row = tuple(format_usd(cents) for cents in (*facts.aging.cents, facts.aging.total_cents))
    yield Sum(gettext("How long ago we first asked"), steps, (row,), (), amounts=len(steps))


def _questions(page: StatementPage) -> Iterator[Block]:
    practice = page.practice
    language = i18n.current_language()
    yield Words(
        gettext(
            "Call %(phone)s, %(hours)s. Say “statement %(number)s”, account %(account)s. If an"
            " amount looks wrong, or you already paid, tell us: we look at it with you.",
            phone=practice.phone,
            hours=practice.hours_in(language).rstrip("."),  # Spanish ends them with "p. m."
            number=page.document.number,
            account=page.document.account_number,
        ),
        heading=gettext("Questions, or something is wrong?"),
    )
    yield Words(
        gettext(
            "You can have this statement in large print or in braille, or have it read to you on"
            " the phone, at no cost. You can also have every service with its code on an itemized"
            " bill. Call us and ask."
        )
    )

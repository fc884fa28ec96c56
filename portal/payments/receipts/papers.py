"""Receipts and years as papers: the views of the pages, in the words of the pages."""

from collections.abc import Iterator
from datetime import datetime

from flask_babel import gettext

from portal.connectors.pdf import Facts, Paper, Sum, Words
from portal.domain.money import format_usd
from portal.messages.letters import letter
from portal.payments.receipts.queries import ReceiptLine, ReceiptPage
from portal.payments.receipts.years import YearPage, YearRow
from portal.web import i18n
from portal.web.filters import method_words, month_name, service_name, upfirst


def receipt_paper(page: ReceiptPage) -> Paper:
    """What an administrator of an HSA or FSA asks for; services by their kind, no diagnosis."""
    return letter(
        page.practice,
        title=gettext("Receipt %(number)s", number=page.receipt_number),
        lead=gettext("You paid"),
        amount_cents=page.amount_cents,
        blocks=[
            Facts("", tuple(_facts(page))),
            Sum(
                gettext("What it paid for"),
                (gettext("Service"), gettext("Patient"), gettext("Billed"), gettext("You paid")),
                tuple(_services(page)),
                (gettext("You paid"), "", "", format_usd(page.amount_cents)),
                amounts=2,
            ),
            *_went_back(page),
            *(Words(text, soft=True) for text in _for_an_administrator(page)),
        ],
    )


def year_paper(page: YearPage) -> Paper:
    """One year of an account, by patient and month."""
    columns = (gettext("Month"), gettext("Paid"), gettext("Went back"), gettext("You paid in all"))
    return letter(
        page.practice,
        title=gettext("What you paid in %(year)s", year=page.year),
        lead=gettext("You paid in all"),
        amount_cents=page.total.net_cents,
        blocks=[
            *_year_facts(page),
            *(
                Sum(
                    part.patient_name or gettext("Not for one patient’s visit"),
                    columns,
                    tuple(_year_row(month_name(row.month), row) for row in part.months),
                    _year_row(gettext("The year"), part.total),
                    amounts=3,
                )
                for part in page.parts
            ),
            Words(
                gettext(
                    "Only what you paid is here, not what your insurance paid"
                    " or what was taken off the bill."
                ),
                soft=True,
            ),
        ],
    )


def _facts(page: ReceiptPage) -> Iterator[tuple[str, str]]:
    yield gettext("Receipt number"), page.receipt_number
    if page.plan:
        words = gettext("Payment plan %(number)s", number=page.plan.number)
        yield gettext("Paid towards"), words
    yield gettext("Paid on"), _moment(page.charged_at)
    yield gettext("Paid with"), _method(page)
    yield gettext("Paid to"), ", ".join((page.practice.name, *page.practice.address_lines))
    if page.practice.tax_identifier:
        yield gettext("Tax ID"), page.practice.tax_identifier


def _method(page: ReceiptPage) -> str:
    if page.by_guest:
        return str(gettext("Somebody paid for you with your code"))
    return method_words(page.method_kind, page.method_brand, page.method_last4, page.method_wallet)


def _services(page: ReceiptPage) -> Iterator[tuple[str, str, str, str]]:
    for line in page.lines:
        billed, paid = format_usd(line.charge_cents), format_usd(line.amount_cents)
        yield _what(line), line.patient_name, billed, paid
    if page.waiting_cents:
        yield gettext("Kept for a visit to come"), "", "", format_usd(page.waiting_cents)
    if page.unapplied_cents:
        yield gettext("Kept as a credit for you"), "", "", format_usd(page.unapplied_cents)


def _what(line: ReceiptLine) -> str:
    parts = [upfirst(service_name(line.service_kind))]
    if line.service_on is not None:
        parts.append(i18n.long_day(line.service_on))
    return ", ".join([*parts, *([line.provider_name] if line.provider_name else [])])


def _went_back(page: ReceiptPage) -> Iterator[Sum]:
    rows = [(gettext("You paid"), format_usd(page.amount_cents))]
    for refund in page.refunds:
        sent = gettext("Sent back on %(day)s", day=i18n.long_day(refund.at.date()))
        words = sent if refund.is_done else gettext("On its way back to you")
        rows.append((words, format_usd(-refund.amount_cents)))
    for part in page.taken_back:
        day = i18n.long_day(part.at.date())
        mistake = gettext("Taken by mistake, undone on %(day)s", day=day)
        words = (
            mistake if part.is_mistake else gettext("Taken back by the bank on %(day)s", day=day)
        )
        rows.append((words, format_usd(-part.amount_cents)))
    if len(rows) > 1:
        total = (gettext("You paid after that"), format_usd(page.kept_cents))
        yield Sum(
            gettext("What went back"), (gettext("What happened"), gettext("Amount")), rows, total
        )


def _for_an_administrator(page: ReceiptPage) -> Iterator[str]:
    if page.has_part2:
        yield gettext("42 CFR part 2 prohibits unauthorized use or disclosure of these records.")
    if page.has_private:
        yield gettext(
            "Of a private visit this shows the month and the amount."
            " Whoever was treated can ask us for more."
        )
    if not page.kept_cents:
        yield gettext("All of it went back, so do not use this receipt for an HSA or FSA.")
        return
    if page.kept_cents != page.amount_cents:
        kept = format_usd(page.kept_cents)
        yield gettext("For an HSA or FSA, only %(amount)s counts: the rest went back.", amount=kept)
    yield gettext(
        "Some also ask for the letter of your insurance about the visit (EOB)."
        " It comes from them, not from us."
    )


def _year_facts(page: YearPage) -> Iterator[Facts]:
    rows = [
        (gettext("Account"), page.account_number),
        (gettext("As of"), _moment(page.made_at)),
    ]
    if page.practice.tax_identifier:
        rows.append((gettext("Tax ID"), page.practice.tax_identifier))
    yield Facts("", rows)


def _year_row(label: str, row: YearRow) -> tuple[str, str, str, str]:
    back = format_usd(-row.back_cents)
    return label, format_usd(row.paid_cents), back, format_usd(row.net_cents)


def _moment(at: datetime) -> str:
    return f"{i18n.long_day(at.date())}, {i18n.clock_time(at)}"

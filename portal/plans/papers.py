"""What a person keeps on paper: the disclosure, and the agreement as they agreed to it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from flask_babel import force_locale, gettext

from portal.connectors.pdf import Facts, Paper, Sum, Words
from portal.domain.money import format_usd
from portal.domain.plan_agreement_texts import apart_from_english
from portal.domain.plans.cadence import Frequency
from portal.domain.plans.disclosure import ClosedEnd, PaymentGroup
from portal.domain.plans.schedule import Installment
from portal.messages.letters import letter
from portal.plans.visits import PlanVisit
from portal.practice.contact import PracticeContact
from portal.web import i18n
from portal.web.filters import listed, service_name, upfirst
from portal.web.reviewed import is_reviewed

_SIGNED_ON: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementText:
    """All that an agreement says."""

    practice: PracticeContact
    number: str
    version: int
    text_version: int
    language: str
    installments: Sequence[Installment]
    visits: Sequence[PlanVisit]
    sentences: Sequence[str]
    disclosure: ClosedEnd | None
    has_part2: bool = False  # names a visit whose records 42 CFR Part 2 protects


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedCopy(AgreementText):
    """An agreement as it was kept. ``sentences`` are in the language they were agreed to in.

    ``agreed_at`` is where the practice is.
    """

    agreed_at: datetime


def disclosure_paper(practice: PracticeContact, box: ClosedEnd, *, number: str) -> Paper:
    """The figures of 12 CFR 1026.18, with nothing else beside them."""
    return letter(
        practice,
        title=gettext("Payment plan %(number)s: federal disclosures", number=number),
        lead=gettext("Total of payments"),
        amount_cents=box.total_of_payments_cents,
        blocks=[*_disclosure(box), *_disclosed_in_english(box)],
    )


def agreement_paper(copy: AgreedCopy) -> Paper:
    """The whole agreement. To be made in the language of the agreement."""
    at = copy.agreed_at
    agreed = gettext("Agreed on"), f"{i18n.long_day(at.date())}, {i18n.clock_time(at)}"
    title = gettext("Payment plan %(number)s: your agreement", number=copy.number)
    return _agreement(copy, title=title, facts=[agreed])


def paper_to_sign(text: AgreementText) -> Paper:
    """The same before anybody agreed, with room to sign. In the language of the agreement."""
    title = gettext("Payment plan %(number)s: agreement to sign", number=text.number)
    paper = _agreement(text, title=title, facts=[])
    line = "_" * _SIGNED_ON
    asked = (gettext("Name"), gettext("Signature"), gettext("Date"))
    return replace(
        paper,
        blocks=[
            *paper.blocks,
            Words(gettext("I have read this and agree to the plan.")),
            Facts("", tuple((name, line) for name in asked)),
        ],
    )


def _agreement(copy: AgreementText, *, title: str, facts: Sequence[tuple[str, str]]) -> Paper:
    total_cents = sum(one.asked_cents for one in copy.installments)
    own, english = apart_from_english(copy.sentences)
    return letter(
        copy.practice,
        title=title,
        lead=gettext("You pay in all"),
        amount_cents=total_cents,
        blocks=[
            Facts("", tuple(_facts(copy, facts))),
            Sum(
                gettext("Your payments"),
                (gettext("Payment"), gettext("Date"), gettext("Amount")),
                tuple(_payments(copy.installments)),
                (gettext("In all"), "", format_usd(total_cents)),
            ),
            _visits(copy.visits),
            *_part2(copy),
            *_disclosed(copy.disclosure),
            Words(gettext("What we agree on")),
            *_numbered(own),
            *(Words(text) for text in english[:1]),
            *_numbered(english[1:]),
            *(_disclosed_in_english(copy.disclosure) if copy.disclosure else ()),
        ],
    )


def _numbered(sentences: Sequence[str]) -> Iterator[Words]:
    return (Words(f"{place}. {text}") for place, text in enumerate(sentences, start=1))


def frequency_words(frequency: Frequency) -> str:
    """How often, at the end of a sentence."""
    words = {
        Frequency.WEEKLY: gettext("every week"),
        Frequency.EVERY_TWO_WEEKS: gettext("every two weeks"),
        Frequency.TWICE_A_MONTH: gettext("twice a month"),
        Frequency.MONTHLY: gettext("every month"),
    }
    return str(words[frequency])


def _facts(copy: AgreementText, agreed: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    yield gettext("Plan"), copy.number
    yield gettext("Version"), str(copy.version)
    yield from agreed
    yield gettext("Wording"), gettext("Version %(version)s", version=copy.text_version)
    yield gettext("Paid to"), ", ".join((copy.practice.name, *copy.practice.address_lines))


def _payments(installments: Sequence[Installment]) -> Iterator[tuple[str, str, str]]:
    for one in installments:
        name = str(one.number) if one.number else gettext("Down payment")
        yield name, i18n.long_day(one.due_on), format_usd(one.asked_cents)


def _part2(copy: AgreementText) -> Iterator[Words]:
    if copy.has_part2:
        yield Words(
            gettext("42 CFR part 2 prohibits unauthorized use or disclosure of these records.")
        )


def _visits(visits: Sequence[PlanVisit]) -> Sum:
    return Sum(
        gettext("What it covers"),
        (gettext("Visit"), gettext("Patient"), gettext("Amount")),
        [(_visit(visit), visit.patient_first_name, format_usd(visit.cents)) for visit in visits],
        (gettext("In all"), "", format_usd(sum(visit.cents for visit in visits))),
    )


def _visit(visit: PlanVisit) -> str:
    parts = [upfirst(listed([service_name(kind) for kind in visit.service_kinds]))]
    if visit.service_on is not None:
        parts.append(i18n.long_day(visit.service_on))
    return ", ".join([*parts, *([visit.provider_name] if visit.provider_name else [])])


def _disclosed(box: ClosedEnd | None) -> list[Words | Facts | Sum]:
    return [] if box is None else [Words(gettext("Federal disclosures")), *_disclosure(box)]


def _disclosed_in_english(box: ClosedEnd) -> list[Words | Facts | Sum]:
    """Beside a translation that nobody qualified has reviewed: these count."""
    if is_reviewed("plan_agreements", i18n.current_language()):
        return []
    counts = gettext(
        "No qualified translator has reviewed these figures in Spanish yet. The English ones, "
        "which follow, are those that count."
    )
    with force_locale(i18n.DEFAULT_LANGUAGE):
        return [Words(counts), Words(gettext("Federal disclosures")), *_disclosure(box)]


def _disclosure(box: ClosedEnd) -> list[Words | Facts | Sum]:
    return [
        Facts("", tuple(_figures(box))),
        Sum(
            gettext("Payment schedule"),
            (gettext("Payments"), gettext("When"), gettext("Each"), gettext("Together")),
            [_group(group) for group in box.groups],
            (gettext("Total of payments"), "", "", format_usd(box.total_of_payments_cents)),
            amounts=2,
        ),
    ]


def _figures(box: ClosedEnd) -> Iterator[tuple[str, str]]:
    yield gettext("Creditor"), box.creditor
    yield gettext("Annual percentage rate"), f"{box.annual_percentage_rate} %"
    yield gettext("Finance charge"), format_usd(box.finance_charge_cents)
    yield gettext("Amount financed"), format_usd(box.amount_financed_cents)
    yield gettext("Total of payments"), format_usd(box.total_of_payments_cents)
    if box.down_payment_cents:
        yield gettext("Down payment, not financed"), format_usd(box.down_payment_cents)
    yield gettext("How often"), upfirst(frequency_words(box.frequency))
    yield gettext("Late charge"), gettext("None")
    yield gettext("If you pay early"), gettext("You pay no penalty")
    yield gettext("Security"), gettext("None: you give no security")


def _group(group: PaymentGroup) -> tuple[str, str, str, str]:
    first, last = i18n.long_day(group.first_on), i18n.long_day(group.last_on)
    days = first
    if group.count > 1:
        days = gettext("%(first)s to %(last)s", first=first, last=last)
    return (
        str(group.count),
        days,
        format_usd(group.cents),
        format_usd(group.cents * group.count),
    )

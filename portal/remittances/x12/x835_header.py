"""What stands around the claims of an 835: the header (ST to the first LX) and the PLB."""

from datetime import date
from typing import NamedTuple

from portal.domain.money import AmountError, parse_amount
from portal.domain.remittance import (
    US_DOLLARS,
    Finding,
    Organization,
    ProviderAdjustment,
    RemittanceHeader,
)
from portal.remittances.findings import FindingCode
from portal.remittances.x12.envelope import Envelope, element, shown
from portal.remittances.x12.values import DateError, parse_date

_DEBIT = "D"


class HeaderReading(NamedTuple):
    """A header, what is odd about it, and whether its payment amount can be relied on."""

    header: RemittanceHeader
    findings: list[Finding]
    has_payment: bool


def remittance_header(
    segments: list[list[str]], *, envelope: Envelope, segment_number: int
) -> HeaderReading:
    """The header from what follows ST; ``segment_number`` is that of ST."""
    where = f"ST {shown(envelope.transaction_control)}, segment {segment_number}"
    findings: list[Finding] = []
    first: dict[str, list[str]] = {}
    for parts in segments:
        first.setdefault(parts[0], parts)
    payment = first.get("BPR", [])
    trace = first.get("TRN", [])
    payment_cents = _payment(payment, findings, where)
    currency = element(first.get("CUR", []), 2).upper() or US_DOLLARS
    if currency != US_DOLLARS:
        message = f"The payment is in {shown(currency)}, not in US dollars (CUR02)."
        findings.append(Finding(FindingCode.OTHER_CURRENCY, where, message))
    if not element(trace, 2):
        message = "The payment has no check or EFT number (TRN02)."
        findings.append(Finding(FindingCode.TRACE_MISSING, where, message))
    produced = [parts for parts in segments if parts[0] == "DTM" and element(parts, 1) == "405"]
    header = RemittanceHeader(
        interchange_control=envelope.interchange_control,
        group_control=envelope.group_control,
        transaction_control=envelope.transaction_control,
        version=envelope.version,
        payment_cents=payment_cents or 0,
        credit_or_debit=element(payment, 3),
        payment_method=element(payment, 4),
        effective_on=_date(element(payment, 16), "BPR16", findings, where),
        trace_number=element(trace, 2),
        payer_trace_identifier=element(trace, 3),
        payer=_organization(segments, "PR"),
        payee=_organization(segments, "PE"),
        produced_on=_date(element(produced[0], 2), "DTM*405", findings, where)
        if produced
        else None,
        currency=currency,
        segment_number=segment_number,
    )
    return HeaderReading(header, findings, has_payment=payment_cents is not None)


def provider_adjustments(
    parts: list[str], *, component: str, segment_number: int
) -> tuple[list[ProviderAdjustment], list[Finding]]:
    """The pairs of one PLB. An amount that is no number counts as 0, and is told."""
    where = f"PLB, segment {segment_number}"
    findings: list[Finding] = []
    period_ends_on = _date(element(parts, 2), "PLB02", findings, where)
    found = []
    for index in range(3, len(parts), 2):
        identifier, amount = element(parts, index), element(parts, index + 1)
        if not (identifier or amount):
            continue
        try:
            amount_cents = parse_amount(amount)
        except AmountError:
            amount_cents = 0
            message = f"PLB{index + 1:02d} is not an amount; it counts as 0."
            findings.append(Finding(FindingCode.PROVIDER_ADJUSTMENT_UNREADABLE, where, message))
        reason, _, reference = identifier.partition(component)
        found.append(
            ProviderAdjustment(
                reason=reason,
                reference=reference,
                amount_cents=amount_cents,
                provider_identifier=element(parts, 1),
                fiscal_period_ends_on=period_ends_on,
            )
        )
    return found, findings


def _payment(payment: list[str], findings: list[Finding], where: str) -> int | None:
    """X12 835 BPR02, never negative there; BPR03 = D means that the payer takes it back."""
    try:
        cents = parse_amount(element(payment, 2))
        return -abs(cents) if element(payment, 3) == _DEBIT else cents
    except AmountError:
        message = "The payment amount (BPR02) is missing or not an amount; it counts as 0."
        findings.append(Finding(FindingCode.PAYMENT_UNREADABLE, where, message))
        return None


def _organization(segments: list[list[str]], entity: str) -> Organization:
    """The N1 loop of the payer (PR) or payee (PE), with the REF segments in it."""
    name: list[str] | None = None
    references = []
    for parts in segments:
        if parts[0] == "N1":
            if name:
                break
            name = parts if element(parts, 1) == entity else None
        elif name and parts[0] == "REF":
            references.append((element(parts, 1), element(parts, 2)))
    if name is None:
        return Organization()
    return Organization(
        name=element(name, 2),
        identifier=element(name, 4),
        identifier_qualifier=element(name, 3),
        references=tuple(references),
    )


def _date(text: str, name: str, findings: list[Finding], where: str) -> date | None:
    try:
        return parse_date(text)
    except DateError:
        message = f"{name} is not a date; it was left out."
        findings.append(Finding(FindingCode.DATE_UNREADABLE, where, message))
        return None

"""What ``claim_content`` kept, read back as it was: for whoever decides or posts it later."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from portal.domain.remittance import (
    Adjustment,
    ClaimPayment,
    Finding,
    Organization,
    Person,
    ProviderAdjustment,
    RemittanceHeader,
    ServiceLine,
)

_Json = Mapping[str, Any]


def claim_of(content: _Json) -> ClaimPayment:
    """The claim of ``quarantined_claims.content``."""
    return ClaimPayment(
        number=content.get("number", ""),
        status=content.get("status", ""),
        charge_cents=content["charge_cents"],
        paid_cents=content["paid_cents"],
        stated_responsibility_cents=content.get("stated_responsibility_cents"),
        filing_indicator=content.get("filing_indicator", ""),
        payer_control_number=content.get("payer_control_number", ""),
        patient=_person(content.get("patient")) or Person(),
        insured=_person(content.get("insured")),
        corrected=_person(content.get("corrected")),
        rendering_provider=_person(content.get("rendering_provider")),
        crossover_payer=_organization(content.get("crossover_payer")),
        corrected_payer=_organization(content.get("corrected_payer")),
        references=_pairs(content.get("references", ())),
        service_from=_day(content.get("service_from")),
        service_to=_day(content.get("service_to")),
        received_on=_day(content.get("received_on")),
        adjustments=_adjustments(content),
        remarks=tuple(content.get("remarks", ())),
        patient_paid_cents=content.get("patient_paid_cents"),
        lines=tuple(map(_line, content.get("lines", ()))),
        segment_number=content["segment_number"],
        findings=tuple(map(_finding, content.get("findings", ()))),
    )


def header_of(content: _Json) -> RemittanceHeader:
    """The payment that claims came in, as kept while it is withheld."""
    texts = (
        *("interchange_control", "group_control", "transaction_control", "version"),
        *("credit_or_debit", "payment_method", "trace_number", "payer_trace_identifier"),
        *("currency", "cannot_post"),
    )
    return RemittanceHeader(
        **{name: content.get(name, "") for name in texts},
        payment_cents=content["payment_cents"],
        effective_on=_day(content.get("effective_on")),
        payer=_organization(content.get("payer")) or Organization(),
        payee=_organization(content.get("payee")) or Organization(),
        produced_on=_day(content.get("produced_on")),
        segment_number=content["segment_number"],
    )


def provider_adjustment_of(content: _Json) -> ProviderAdjustment:
    """One PLB pair, as kept beside its payment."""
    return ProviderAdjustment(
        reason=content.get("reason", ""),
        reference=content.get("reference", ""),
        amount_cents=content["amount_cents"],
        provider_identifier=content.get("provider_identifier", ""),
        fiscal_period_ends_on=_day(content.get("fiscal_period_ends_on")),
    )


def _line(content: _Json) -> ServiceLine:
    return ServiceLine(
        number=content["number"],
        qualifier=content.get("qualifier", ""),
        code=content.get("code", ""),
        modifiers=tuple(content.get("modifiers", ())),
        charge_cents=content["charge_cents"],
        paid_cents=content["paid_cents"],
        revenue_code=content.get("revenue_code", ""),
        units=content.get("units", ""),
        submitted_qualifier=content.get("submitted_qualifier", ""),
        submitted_code=content.get("submitted_code", ""),
        submitted_modifiers=tuple(content.get("submitted_modifiers", ())),
        service_from=_day(content.get("service_from")),
        service_to=_day(content.get("service_to")),
        control_number=content.get("control_number", ""),
        allowed_cents=content.get("allowed_cents"),
        adjustments=_adjustments(content),
        remarks=tuple(content.get("remarks", ())),
    )


def _adjustments(content: _Json) -> tuple[Adjustment, ...]:
    return tuple(
        Adjustment(
            group=one.get("group", ""),
            reason=one.get("reason", ""),
            amount_cents=one["amount_cents"],
            quantity=one.get("quantity", ""),
        )
        for one in content.get("adjustments", ())
    )


def _person(content: _Json | None) -> Person | None:
    return None if content is None else Person(**content)


def _organization(content: _Json | None) -> Organization | None:
    if content is None:
        return None
    return Organization(**{**content, "references": _pairs(content.get("references", ()))})


def _finding(content: _Json) -> Finding:
    return Finding(content["code"], content.get("where", ""), content.get("message", ""))


def _pairs(kept: Sequence[Sequence[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((key, value) for key, value in kept)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)

"""FHIR ExplanationOfBenefit: a payer's decision told without its money, as one claim of an 835.

What it says about a claim is decided, held and posted as a remittance's claim is. It is a notice,
not a payment: where a remittance tells the same claim, before it or after, that one counts, with
its money (portal/domain/notices.py).

=======================  =============================================================
of an 835                is here
=======================  =============================================================
TRN02                    " EOB " and the payer's number: no check or EFT has such a number
BPR02, BPR04             what the claim says was paid to us; NON (no payment data)
CLP01                    supportingInfo patientaccountnumber, an identifier of type AN,
                         or the number of the Claim it names; else the importer looks
                         it up by CLP07 and the payer; without one nothing is posted
CLP02                    Coverage.order of the focal insurance; else 2 where an earlier
                         payer paid, else 1; 25 for a preauthorization or
                         predetermination; 22 when cancelled or entered in error
CLP05                    memberliability; where it is not stated, the sum of PR
CLP06                    Coverage.type, or the kind of accident
CLP07                    identifier of type uc (the payer's own number), cn, else the first
SVC                      item and addItem; lines are left out where only totals hold money
=======================  =============================================================

Nothing is posted of one that is partial, failed, of unknown modifiers, in another currency, that
contradicts itself, or that does not balance: it is withheld as a whole, and brings no money that
would have to be put aside. A draft, or one still queued, is no decision yet and left out. The same
number again with other content is a correction (portal/remittances/fhir/notices.py).
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any, Final

from portal.domain.quarantine import fault_of
from portal.domain.remittance import (
    NOTICE_TRACE,
    PREDETERMINATION_STATUS,
    REVERSAL_STATUS,
    US_DOLLARS,
    Adjustment,
    ClaimPayment,
    Finding,
    Organization,
    RemittanceHeader,
    ServiceLine,
)
from portal.domain.sent_claim import SentPerson, SentPlan
from portal.remittances.fhir.amounts import ToldMoney
from portal.remittances.fhir.documents import Resource
from portal.remittances.fhir.people import patient_of, plan_of, provider_of, rendering_of
from portal.remittances.fhir.people import payer_of as payer_named
from portal.remittances.fhir.references import Library, Reader
from portal.remittances.fhir.values import (
    ResourceError,
    codes,
    day,
    first_identifier,
    has_code,
    identifier_of,
    period,
)
from portal.remittances.findings import FindingCode

KIND: Final = "ExplanationOfBenefit"

_NO_PAYMENT: Final = "NON"  # BPR04
_TAKEN_BACK: Final = frozenset({"cancelled", "entered-in-error"})
_ESTIMATES: Final = frozenset({"preauthorization", "predetermination"})
_EARLIER: Final = frozenset({"prior", "replaces"})
_STATUS_OF_RANK: Final = {1: "1", 2: "2", 3: "3"}
_ACCIDENTS: Final = {"WPA": "WC", "MVA": "AM"}


@dataclass(frozen=True, slots=True)
class Explanation:
    """One ExplanationOfBenefit as a remittance of one claim."""

    header: RemittanceHeader
    claim: ClaimPayment
    replaces: tuple[str, ...]  # payers' numbers of those that it takes the place of

    @property
    def is_taken_back(self) -> bool:
        """The payer takes back what it told before."""
        return self.claim.status == REVERSAL_STATUS


def read_explanations(
    resources: Iterable[Resource], library: Library
) -> Iterator[Explanation | Finding]:
    """Every decision among the resources, in file order; one that is none is a finding."""
    for number, resource in enumerate(resources, start=1):
        if resource.kind != KIND:
            continue
        try:
            found = library.model(resource)
        except ResourceError as error:
            yield _unreadable(resource, number, str(error))
            continue
        if reason := _no_decision_yet(found):
            yield Finding(FindingCode.RESOURCE_LEFT_OUT, resource.where, reason)
            continue
        yield _Reading(Reader(library, resource), found, number).explanation()


def payer_number_of(found: Any) -> str:
    """CLP07."""
    stated = identifier_of(found.identifier, "uc", "cn")
    return stated or first_identifier(found.identifier)


def _no_decision_yet(found: Any) -> str:
    if found.status == "draft":
        return "It is a draft, not a decision: it was left out."
    if found.outcome == "queued":
        return "The payer has not decided yet (outcome queued): it was left out."
    return ""


@dataclass(slots=True)
class _Reading:
    """One resource being read."""

    reader: Reader
    found: Any
    number: int

    def explanation(self) -> Explanation:
        told = ToldMoney(self.found)
        claim = self._claim(told)
        faults = self._faults(claim, told)
        for code, message in faults:
            self.reader.note(code, message)
        if not claim.number:
            message = "Nothing in the file names the practice's own number of the claim."
            self.reader.note(FindingCode.NUMBER_MISSING, message)
        if self.found.status in _TAKEN_BACK:
            claim = taken_back(claim)
        header = replace(
            self._header(claim),
            currency=next(iter(sorted(told.currencies)), US_DOLLARS),
            cannot_post=faults[0][1] if faults else "",
        )
        claim = replace(claim, findings=tuple(self.reader.findings))
        return Explanation(header, claim, self._replaces())

    def _claim(self, told: ToldMoney) -> ClaimPayment:
        found = self.found
        patient = patient_of(self.reader, found.patient)
        plan = self._plan(patient)
        decided = told.decide()
        member = patient.name.identifier or plan.subscriber.name.identifier
        claim = ClaimPayment(
            number=self._number(),
            status=self._status(plan, told),
            charge_cents=decided.charge_cents,
            paid_cents=decided.paid_cents,
            stated_responsibility_cents=told.liability_cents,
            filing_indicator=plan.filing_indicator or self._accident(),
            payer_control_number=payer_number_of(found),
            patient=replace(patient.name, identifier=member),
            insured=plan.subscriber.name if plan.subscriber != patient else None,
            rendering_provider=rendering_of(self.reader, found.careTeam),
            service_from=self._first_day(told.lines),
            service_to=period(found.billablePeriod)[1],
            adjustments=told.adjustments,
            remarks=tuple(dict.fromkeys(told.header.remarks)),
            patient_paid_cents=told.patient_paid_cents,
            lines=told.lines,
            segment_number=self.number,
        )
        if claim.stated_responsibility_cents is not None:
            return claim
        return replace(claim, stated_responsibility_cents=claim.responsibility_cents)

    def _header(self, claim: ClaimPayment) -> RemittanceHeader:
        resource = self.reader.resource
        paid_on = day(self.found.payment.date) if self.found.payment is not None else None
        return _notice_header(
            resource,
            trace_number=trace_of(claim.payer_control_number or resource.resource_id),
            payment_cents=claim.paid_cents,
            effective_on=paid_on or day(self.found.created),
            payer=payer_named(self.reader, self.found.insurer),
            payee=provider_of(self.reader, self.found.provider),
            segment_number=self.number,
        )

    def _number(self) -> str:
        """The practice's own number of the claim; empty where nothing in the file says it."""
        for one in self.found.supportingInfo or ():
            if has_code(one.category, frozenset({"patientaccountnumber"})):
                stated = one.valueString or next(iter(sorted(codes(one.code))), "")
                if stated:
                    return str(stated)
        if own := identifier_of(self.found.identifier, "AN"):
            return own
        reference = self.found.claim
        if reference is None:
            return ""
        stated = first_identifier(
            [reference.identifier] if reference.identifier is not None else ()
        )
        return stated or self.reader.claim_number(reference)

    def _plan(self, patient: SentPerson) -> SentPlan:
        listed = list(self.found.insurance or ())
        focal = next((one for one in listed if one.focal), listed[0] if listed else None)
        reference = focal.coverage if focal is not None else None
        return plan_of(self.reader, reference, patient=patient)

    def _status(self, plan: SentPlan, told: ToldMoney) -> str:
        if self.found.use in _ESTIMATES:
            return PREDETERMINATION_STATUS
        if plan.rank is not None:
            return _STATUS_OF_RANK.get(plan.rank, "3")
        return "2" if told.has_earlier_payer else "1"

    def _accident(self) -> str:
        accident = self.found.accident
        stated = codes(accident.type) if accident is not None else frozenset()
        return next((_ACCIDENTS[one] for one in sorted(stated) if one in _ACCIDENTS), "")

    def _first_day(self, lines: Sequence[ServiceLine]) -> Any:
        first, _ = period(self.found.billablePeriod)
        return first or min(
            (line.service_from for line in lines if line.service_from), default=None
        )

    def _faults(self, claim: ClaimPayment, told: ToldMoney) -> list[tuple[FindingCode, str]]:
        """Why nothing of it may be posted, what matters most first."""
        faults: list[tuple[FindingCode, str]] = []
        if self.found.use in _ESTIMATES:
            message = "It is an estimate, not a decision: kept to look at, and never posted."
            return [(FindingCode.NOTICE_UNUSABLE, message)]
        if self.reader.resource.content.get("modifierExtension"):
            message = "It carries a modifier extension, which may turn its meaning round."
            faults.append((FindingCode.NOTICE_UNUSABLE, message))
        if self.found.outcome != "complete":
            message = f"The payer is not done with it (outcome {self.found.outcome})."
            faults.append((FindingCode.NOTICE_UNUSABLE, message))
        faults += told.faults
        called = claim.number or f"{claim.payer_control_number} (the payer's number)"
        if told.is_complete and (fault := fault_of(replace(claim, number=called))):
            faults.append((_code_of(fault.reason.value), fault.message))
        return faults

    def _replaces(self) -> tuple[str, ...]:
        named = []
        for one in self.found.related or ():
            if not has_code(one.relationship, _EARLIER):
                continue
            by_claim = one.claim.identifier if one.claim is not None else None
            named.append(first_identifier([each for each in (one.reference, by_claim) if each]))
        return tuple(name for name in named if name)


def taken_back(claim: ClaimPayment) -> ClaimPayment:
    """The reversal (CLP02 22) of what a claim says: every amount the other way round."""
    return replace(
        claim,
        status=REVERSAL_STATUS,
        charge_cents=-claim.charge_cents,
        paid_cents=-claim.paid_cents,
        stated_responsibility_cents=None,
        adjustments=_negated(claim.adjustments),
        patient_paid_cents=None,
        lines=tuple(
            replace(
                line,
                charge_cents=-line.charge_cents,
                paid_cents=-line.paid_cents,
                adjustments=_negated(line.adjustments),
            )
            for line in claim.lines
        ),
    )


def trace_of(payer_number: str) -> str:
    """TRN02 of what is told under the payer's number of a claim."""
    return f"{NOTICE_TRACE}{payer_number}"


def _negated(adjustments: Iterable[Adjustment]) -> tuple[Adjustment, ...]:
    return tuple(replace(one, amount_cents=-one.amount_cents) for one in adjustments)


def _code_of(reason: str) -> FindingCode:
    try:
        return FindingCode(reason)
    except ValueError:
        return FindingCode.NOTICE_UNUSABLE


def _digest(resource: Resource) -> str:
    """Equal for the same content, however it is laid out, in whatever file."""
    text = json.dumps(resource.content, sort_keys=True, default=str)
    return blake2b(text.encode(), digest_size=8).hexdigest()


def _unreadable(resource: Resource, number: int, message: str) -> Explanation:
    finding = Finding(FindingCode.RESOURCE_UNREADABLE, resource.where, message)
    claim = ClaimPayment("", "1", 0, 0, 0, segment_number=number, findings=(finding,))
    header = _notice_header(
        resource,
        trace_number=trace_of(resource.resource_id or _digest(resource)),
        segment_number=number,
        cannot_post=message,
    )
    return Explanation(header, claim, ())


def _notice_header(resource: Resource, **facts: Any) -> RemittanceHeader:
    """A payment that is none; told apart from others by its content."""
    return replace(
        RemittanceHeader(
            interchange_control="",
            group_control="",
            transaction_control=_digest(resource),
            version="R4",
            payment_cents=0,
            credit_or_debit="C",
            payment_method=_NO_PAYMENT,
            effective_on=None,
            trace_number="",
            payer_trace_identifier="",
            payer=Organization(),
            payee=Organization(),
        ),
        **facts,
    )

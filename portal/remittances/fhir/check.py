"""`era check` of a FHIR file: what its explanations of benefits and claims add up to."""

from typing import BinaryIO

from portal.domain.remittance import Finding
from portal.domain.sent_claim import SentClaim
from portal.remittances.check import FileCheck
from portal.remittances.fhir.claim import read_claims
from portal.remittances.fhir.documents import Resource, read_resources
from portal.remittances.fhir.explanation import Explanation, read_explanations
from portal.remittances.fhir.references import Library
from portal.remittances.fhir.values import READ
from portal.remittances.findings import NOT_RECORDED, UNBALANCED, FindingCode


def check_fhir(stream: BinaryIO, *, file: str) -> FileCheck:
    """The figures of one file. Raises UnreadableRemittanceError.

    Of a claim that the practice sent, only the charge counts: nobody has decided on it.
    """
    resources = read_resources(stream)
    library = Library.of(resources)
    told = list(read_explanations(resources, library))
    sent = list(read_claims(resources, library))
    payments = [one.claim for one in told if isinstance(one, Explanation)]
    billed = [one for one in sent if isinstance(one, SentClaim)]
    findings = [one for one in (*told, *sent) if isinstance(one, Finding)]
    findings += [found for one in payments for found in one.findings]
    findings += [found for one in billed for found in one.findings]
    findings += left_out(resources)
    return FileCheck(
        file=file,
        claims=len(payments) + len(billed),
        service_lines=sum(len(one.lines) for one in payments)
        + sum(len(one.lines) for one in billed),
        charge_cents=sum(one.charge_cents for one in payments)
        + sum(one.charge_cents for one in billed),
        paid_cents=sum(claim.paid_cents for claim in payments),
        pr_cents=sum(claim.responsibility_cents for claim in payments),
        unbalanced_claims=len([one for one in payments if _has_any(one.findings, UNBALANCED)])
        + len([one for one in billed if _has_any(one.findings, NOT_RECORDED)]),
        findings=tuple(findings),
    )


def left_out(resources: list[Resource]) -> list[Finding]:
    """Kinds of resources that nobody reads, each told once."""
    kinds = sorted({one.kind for one in resources} - READ.keys())
    return [
        Finding(FindingCode.RESOURCE_LEFT_OUT, "the file", f"What it tells as {kind} was left out.")
        for kind in kinds
    ]


def _has_any(findings: tuple[Finding, ...], codes: frozenset[FindingCode]) -> bool:
    return any(found.code in codes for found in findings)

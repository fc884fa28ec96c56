"""What stands above the claims of an 837: the header, and the levels HL 20, 22 and 23.

A social security number gets no further than this place, whatever it is called (NM108 34, REF*SY).
"""

from dataclasses import dataclass, field, replace
from datetime import date

from portal.domain.remittance import Finding, Organization
from portal.domain.sent_claim import PostalAddress, SentHeader, SentPerson, SentPlan
from portal.remittances.findings import FindingCode
from portal.remittances.x12.envelope import Envelope, element, shown
from portal.remittances.x12.values import (
    SOCIAL_SECURITY_NAME_QUALIFIER,
    SOCIAL_SECURITY_REFERENCE,
    DateError,
    parse_date,
    person,
)

BILLING_PROVIDER, SUBSCRIBER, PATIENT = "20", "22", "23"  # HL03

_PARENTS = {SUBSCRIBER: BILLING_PROVIDER, PATIENT: SUBSCRIBER}
_RANKS = {"P": 1, "S": 2, "T": 3} | {letter: rank for rank, letter in enumerate("ABCDEFGH", 4)}
_PERSON = "1"  # NM102


@dataclass(frozen=True, slots=True)
class Level:
    """One HL with what it says; the fields of other kinds of level stay empty."""

    kind: str = ""  # HL03
    identifier: str = ""  # HL01
    billing_provider: Organization = field(default_factory=Organization)
    plan: SentPlan = field(default_factory=lambda: SentPlan(None))
    patient: SentPerson = field(default_factory=SentPerson)
    relationship: str = ""  # PAT01
    responsible: SentPerson | None = None  # NM1*QD


@dataclass(slots=True)
class Levels:
    """The open levels of a transaction: a claim hangs on all of them."""

    _open: dict[str, Level] = field(default_factory=dict)  # by HL03
    _is_broken: bool = False

    def enter(self, segments: list[list[str]], *, segment_number: int) -> list[Finding]:
        """One HL, from its segments, and what is odd about it."""
        level, findings = _level(segments, segment_number=segment_number)
        parent = self._open.get(_PARENTS.get(level.kind, ""))
        if not self._fits(level, parent, element(segments[0], 2)):
            self._is_broken = True
            message = (
                "This level does not hang on the one before it (HL02, HL03): whose the claims "
                "under it are cannot be told."
            )
            where = f"HL, segment {segment_number}"
            return [*findings, Finding(FindingCode.LEVEL_BROKEN, where, message)]
        self._is_broken = False
        for kind in (BILLING_PROVIDER, SUBSCRIBER, PATIENT):
            if kind >= level.kind:
                self._open.pop(kind, None)
        self._open[level.kind] = level
        return findings

    @property
    def is_whole(self) -> bool:
        """Whether a claim here has its billing provider and its subscriber."""
        return not self._is_broken and {BILLING_PROVIDER, SUBSCRIBER} <= self._open.keys()

    @property
    def billing_provider(self) -> Organization:
        """Loop 2010AA."""
        return self._open.get(BILLING_PROVIDER, Level()).billing_provider

    @property
    def patient(self) -> SentPerson:
        """Loop 2010CA, or the subscriber (2010BA)."""
        subscriber = self._open.get(SUBSCRIBER, Level()).plan.subscriber
        patient = self._open.get(PATIENT)
        return subscriber if patient is None else patient.patient

    @property
    def responsible(self) -> SentPerson | None:
        """NM1*QD of the patient, or of the subscriber who is the patient."""
        nearest = self._open.get(PATIENT) or self._open.get(SUBSCRIBER) or Level()
        return nearest.responsible

    @property
    def plan(self) -> SentPlan:
        """Loop 2000B, with the patient's relationship where that stands in 2000C."""
        plan = self._open.get(SUBSCRIBER, Level()).plan
        patient = self._open.get(PATIENT)
        return plan if patient is None else replace(plan, relationship=patient.relationship)

    @staticmethod
    def _fits(level: Level, parent: Level | None, parent_identifier: str) -> bool:
        if level.kind == BILLING_PROVIDER:
            return True
        return parent is not None and parent.identifier == parent_identifier


def sent_header(
    segments: list[list[str]], *, envelope: Envelope, segment_number: int
) -> tuple[SentHeader, list[Finding]]:
    """The header from what follows ST; ``segment_number`` is that of ST."""
    where = f"ST {shown(envelope.transaction_control)}, segment {segment_number}"
    findings: list[Finding] = []
    beginning = next((parts for parts in segments if parts[0] == "BHT"), [])
    names = {element(parts, 1): parts for parts in segments if parts[0] == "NM1"}
    header = SentHeader(
        interchange_control=envelope.interchange_control,
        group_control=envelope.group_control,
        transaction_control=envelope.transaction_control,
        version=envelope.version,
        reference=element(beginning, 3),
        created_on=_day(element(beginning, 4), "BHT04", findings, where),
        created_time=element(beginning, 5),
        submitter=organization(names.get("41", [])),
        receiver=organization(names.get("40", [])),
        segment_number=segment_number,
    )
    return header, findings


def organization(name: list[str]) -> Organization:
    """An NM1 of a payer or provider, which may also be a person."""
    is_person = element(name, 2) == _PERSON
    words = (element(name, 4), element(name, 3)) if is_person else (element(name, 3),)
    qualifier, identifier = element(name, 8), element(name, 9)
    if qualifier == SOCIAL_SECURITY_NAME_QUALIFIER:
        qualifier = identifier = ""
    return Organization(
        name=" ".join(filter(None, words)), identifier=identifier, identifier_qualifier=qualifier
    )


def rank_of(subscriber_information: list[str]) -> int | None:
    """The place in line of SBR01."""
    return _RANKS.get(element(subscriber_information, 1))


def _level(segments: list[list[str]], *, segment_number: int) -> tuple[Level, list[Finding]]:
    hierarchy, details = segments[0], segments[1:]
    findings: list[Finding] = []
    where = f"HL {shown(element(hierarchy, 1))}, segment {segment_number}"
    named = _by_name(details)
    kind = element(hierarchy, 3)
    level = Level(
        kind=kind,
        identifier=element(hierarchy, 1),
        responsible=_sent_person(named["QD"], findings, where) if "QD" in named else None,
    )
    if kind == BILLING_PROVIDER:
        provider = _billing_provider(named.get("85", []))
        return replace(level, billing_provider=provider), findings
    subscriber = _sent_person(named.get("IL", []), findings, where)
    if kind == PATIENT:
        relation = next((parts for parts in details if parts[0] == "PAT"), [])
        patient = _sent_person(named.get("QC", []), findings, where)
        return replace(level, patient=patient, relationship=element(relation, 1)), findings
    information = next((parts for parts in details if parts[0] == "SBR"), [])
    payer = named.get("PR") or [[]]
    plan = SentPlan(
        rank=rank_of(information),
        payer=organization(payer[0]),
        subscriber=subscriber,
        relationship=element(information, 2),
        group_number=element(information, 3),
        filing_indicator=element(information, 9),
    )
    return replace(level, plan=plan), findings


def _by_name(details: list[list[str]]) -> dict[str, list[list[str]]]:
    """Each NM1 with what follows it, by NM101; of two alike the first."""
    named: dict[str, list[list[str]]] = {}
    group: list[list[str]] = []
    for parts in details:
        if parts[0] == "NM1":
            group = [parts]
            named.setdefault(element(parts, 1), group)
        else:
            group.append(parts)
    return named


def _billing_provider(group: list[list[str]]) -> Organization:
    if not group:
        return Organization()
    references = tuple(
        (element(parts, 1), element(parts, 2))
        for parts in group
        if parts[0] == "REF" and element(parts, 1) != SOCIAL_SECURITY_REFERENCE
    )
    return replace(organization(group[0]), references=references)


def _sent_person(group: list[list[str]], findings: list[Finding], where: str) -> SentPerson:
    if not group:
        return SentPerson()
    first: dict[str, list[str]] = {}
    for parts in group:
        first.setdefault(parts[0], parts)
    street, town = first.get("N3", []), first.get("N4", [])
    return SentPerson(
        name=person(group[0]),
        born_on=_day(element(first.get("DMG", []), 2), "DMG02", findings, where),
        address=PostalAddress(
            line=", ".join(filter(None, (element(street, 1), element(street, 2)))),
            city=element(town, 1),
            state=element(town, 2),
            postal_code=element(town, 3),
        ),
    )


def _day(text: str, name: str, findings: list[Finding], where: str) -> date | None:
    try:
        return parse_date(text)
    except DateError:
        message = f"{name} is not a date; it was left out."
        findings.append(Finding(FindingCode.DATE_UNREADABLE, where, message))
        return None

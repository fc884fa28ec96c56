"""People and plans of a FHIR file, told apart from any claim: Patient with Coverage."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from portal.domain.sent_claim import SentClaim, SentDate, SentPerson, SentPlan
from portal.remittances.fhir.documents import Resource
from portal.remittances.fhir.people import is_responsible, person_of, plan_from
from portal.remittances.fhir.references import Library, Reader
from portal.remittances.fhir.values import ResourceError, period
from portal.remittances.sent.coverages import Term
from portal.remittances.sent.importing import KnownPerson

_NOT_IN_FORCE = frozenset({"cancelled", "draft", "entered-in-error"})


def people_of(
    resources: Iterable[Resource], library: Library, *, today: date
) -> Iterator[KnownPerson]:
    """Each Patient with who answers for them and their plans that have a place in line."""
    listed = list(resources)
    plans = _plans_by_patient(listed, library)
    responsible = responsible_by_patient(listed, library)
    for resource in listed:
        found = _model(resource, library, "Patient")
        if found is None:
            continue
        patient = person_of(found)
        theirs = plans.get(resource.name, [])
        yield KnownPerson(
            told=_as_claim(patient, theirs, responsible.get(resource.name), today),
            plans=tuple(theirs),
        )


def _as_claim(
    patient: SentPerson,
    plans: list[tuple[SentPlan, Term]],
    responsible: SentPerson | None,
    today: date,
) -> SentClaim:
    """As somebody who would be treated today: who owes for them is asked of a claim."""
    return SentClaim(
        number="",
        charge_cents=0,
        patient=patient,
        plan=plans[0][0] if plans else SentPlan(None, subscriber=patient),
        responsible=responsible,
        dates=(SentDate("472", today, today),),
    )


def _plans_by_patient(
    resources: list[Resource], library: Library
) -> Mapping[str, list[tuple[SentPlan, Term]]]:
    found: dict[str, list[tuple[SentPlan, Term]]] = {}
    for resource in resources:
        one = _model(resource, library, "Coverage")
        if one is None or one.status in _NOT_IN_FORCE:
            continue
        reader = Reader(library, resource)
        kind, patient = reader.follow(one.beneficiary, "Patient")
        if not kind:
            continue
        plan = plan_from(reader, one, patient=person_of(patient))
        name = library.name_of(one.beneficiary.reference)
        found.setdefault(name, []).append((plan, Term(*period(one.period))))
    for plans in found.values():
        plans.sort(key=lambda one: one[0].rank or len(plans) + 1)
    return found


def responsible_by_patient(
    resources: Iterable[Resource], library: Library
) -> Mapping[str, SentPerson]:
    """Who answers for a patient, by the patient's name in the file (RelatedPerson)."""
    found = {}
    for resource in resources:
        one = _model(resource, library, "RelatedPerson")
        if one is not None and is_responsible(one) and one.patient.reference:
            found[library.name_of(one.patient.reference)] = person_of(one)
    return found


def _model(resource: Resource, library: Library, kind: str) -> Any:
    """None for another kind, and for what is none of R4: nobody is put on file from that."""
    if resource.kind != kind:
        return None
    try:
        return library.model(resource)
    except ResourceError:
        return None

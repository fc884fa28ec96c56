"""Whose a sent claim is, and who owes for them: known people, or new ones with their household.

Known are a member number and a name, as for a remittance. New people are made only when asked for,
and never a minor as guarantor.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

from sqlalchemy import Connection, func, insert, select

from portal.db import new_id
from portal.domain.names import first_word, plain
from portal.domain.remittance import ClaimPayment, Person
from portal.domain.sent_claim import SentClaim, SentPerson
from portal.domain.sent_claim_rules import guarantor_of
from portal.practice.models import Guarantor, Patient
from portal.remittances.posting.patients import (
    FoundPatient,
    NewPatient,
    PatientFinder,
    free_account_numbers,
)

_Key = tuple[str, str, str]  # member number, last name, first name


@dataclass(frozen=True, slots=True)
class _MadePatient:
    new: NewPatient
    guarantor_id: UUID
    born_on: date | None


@dataclass(slots=True)
class Households:
    """Finds, and if told to makes, patients and guarantors of sent claims."""

    connection: Connection
    practice_id: UUID
    create: bool
    _finder: PatientFinder = field(init=False)
    _guarantors: dict[_Key, UUID] = field(default_factory=dict)
    _new_guarantors: list[tuple[UUID, SentPerson]] = field(default_factory=list)
    _new_patients: list[_MadePatient] = field(default_factory=list)
    _owners: dict[UUID, UUID] = field(default_factory=dict)  # of patients made, not yet stored

    def __post_init__(self) -> None:
        self._finder = PatientFinder(self.connection, self.practice_id, create=False)

    def prepare(self, claims: Sequence[ClaimPayment]) -> None:
        """Read everybody whose member number one of the claims names. Everything is stored."""
        self._finder.take_made()  # nobody is on the way: whoever was made is read with their owner
        self._finder.prepare(claims)
        self._owners.clear()
        members = {
            one.identifier
            for claim in claims
            for one in (claim.patient, claim.insured)
            if one is not None and one.identifier
        }
        self._guarantors = dict(self._read_guarantors(members)) if self.create else {}

    def on_record(self, told: ClaimPayment) -> UUID | None:
        """The one patient who fits; nobody is made."""
        return self._finder.on_record(told)

    def find(self, claim: SentClaim, told: ClaimPayment) -> FoundPatient | None:
        """The one patient who fits, or one made from the claim with somebody who owes.

        Without a member number nobody is made: the next claim could not find them again.
        """
        owes = guarantor_of(claim) if self.create and told.patient.identifier else None
        self._finder.create = owes is not None
        found = self._finder.find(told)
        for new in self._finder.take_made():
            if owes is not None:
                self._make(claim, new, owes, told)
        if found is None:
            return None
        return replace(found, guarantor_id=self._owners.get(found.patient_id, found.guarantor_id))

    def store(self) -> int:
        """Write down who was made; how many patients."""
        numbers = free_account_numbers(self.connection, self.practice_id, len(self._new_guarantors))
        guarantors = [
            _guarantor_row(self.practice_id, guarantor_id, one, account_number)
            for (guarantor_id, one), account_number in zip(
                self._new_guarantors, numbers, strict=True
            )
        ]
        patients = [_patient_row(self.practice_id, one) for one in self._new_patients]
        if guarantors:
            self.connection.execute(insert(Guarantor), guarantors)
        if patients:
            self.connection.execute(insert(Patient), patients)
        self._new_guarantors, self._new_patients = [], []
        return len(patients)

    def _make(
        self, claim: SentClaim, new: NewPatient, owes: SentPerson, told: ClaimPayment
    ) -> None:
        key = _key(told.patient.identifier, owes.name)
        guarantor_id = self._guarantors.get(key) or self._known_subscriber(claim, owes, told)
        if guarantor_id is None:
            guarantor_id = new_id()
            self._new_guarantors.append((guarantor_id, owes))
        self._guarantors[key] = guarantor_id
        self._owners[new.found.patient_id] = guarantor_id
        self._new_patients.append(_MadePatient(new, guarantor_id, claim.patient.born_on))

    def _known_subscriber(
        self, claim: SentClaim, owes: SentPerson, told: ClaimPayment
    ) -> UUID | None:
        """Who owes for the subscriber as a patient of ours."""
        if owes is claim.patient:
            return None
        themself = replace(told, patient=replace(owes.name, identifier=told.patient.identifier))
        self._finder.create = False
        found = self._finder.find(replace(themself, insured=None))
        if found is None:
            return None
        return self._owners.get(found.patient_id, found.guarantor_id)

    def _read_guarantors(self, members: Iterable[str]) -> list[tuple[_Key, UUID]]:
        """Who owes for somebody of the same member number."""
        rows = self.connection.execute(
            select(
                Patient.member_identifier,
                Guarantor.guarantor_id,
                Guarantor.first_name,
                Guarantor.last_name,
            )
            .join(
                Guarantor,
                (Guarantor.practice_id == self.practice_id)
                & (Guarantor.guarantor_id == Patient.guarantor_id),
            )
            .where(
                Patient.practice_id == self.practice_id,
                Patient.member_identifier == func.any(list(members)),
            )
        )
        return [
            (
                _key(row.member_identifier or "", Person(row.last_name, row.first_name)),
                row.guarantor_id,
            )
            for row in rows
        ]


def _key(member: str, name: Person) -> _Key:
    return member, plain(name.last_name), first_word(name.first_name)


def _guarantor_row(
    practice_id: UUID, guarantor_id: UUID, one: SentPerson, account_number: str
) -> dict[str, object]:
    at = one.address
    return {
        "practice_id": practice_id,
        "guarantor_id": guarantor_id,
        "account_number": account_number,
        "first_name": one.name.first_name,
        "last_name": one.name.last_name,
        "born_on": one.born_on,
        "address_line": at.line or None,
        "city": at.city or None,
        "state": at.state or None,
        "postal_code": at.postal_code or None,
    }


def _patient_row(practice_id: UUID, one: _MadePatient) -> dict[str, object]:
    return {
        "practice_id": practice_id,
        "patient_id": one.new.found.patient_id,
        "guarantor_id": one.guarantor_id,
        "first_name": one.new.first_name,
        "last_name": one.new.found.last_name,
        "born_on": one.born_on,
        "member_identifier": one.new.member_identifier or None,
    }

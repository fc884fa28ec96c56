"""Whose a case is, and who else may read it: a person's, never a link's.

One link opens with the date of birth of each person on a statement; what one of them told us in
their own words is theirs and staff's.
"""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class PersonKind(StrEnum):
    """As whom somebody opened a case; stable names."""

    GUARANTOR = "guarantor"  # by their own date of birth or account, or through staff
    PATIENT = "patient"  # by their date at a link that went to who pays, or through staff
    PATIENT_APART = "patient_apart"  # at a link that went to their own address
    PROXY = "proxy"  # an account that acts for who pays


PATIENTS = frozenset({PersonKind.PATIENT, PersonKind.PATIENT_APART})


@dataclass(frozen=True, slots=True)
class CasePerson:
    """``person_id``: the guarantor's, the patient's, or the account's."""

    kind: PersonKind
    person_id: UUID


def is_theirs(opened_by: CasePerson, reader: CasePerson) -> bool:
    """Whether it is the same person.

    What a patient told us by their own link is not read by their date of birth alone, typed at a
    link that lies in somebody else's mailbox (docs/adr/0007).
    """
    if reader.kind is PersonKind.PATIENT_APART:
        return opened_by.kind in PATIENTS and opened_by.person_id == reader.person_id
    return opened_by == reader


def may_read(opened_by: CasePerson, reader: CasePerson, *, shows_bill: bool) -> bool:
    """Their own; who pays, what those opened who act for them; these, what a bill is paused for.

    ``shows_bill``: it holds visits, and the reader sees each of them whole.
    """
    if is_theirs(opened_by, reader):
        return True
    if reader.kind is PersonKind.GUARANTOR:
        return opened_by.kind is PersonKind.PROXY
    if reader.kind is PersonKind.PROXY:
        return opened_by.kind is PersonKind.GUARANTOR and shows_bill
    return False


def may_withdraw(opened_by: CasePerson, reader: CasePerson) -> bool:
    """Whoever opened it; and who pays, what was opened for them: it pauses their account."""
    is_payers = reader.kind is PersonKind.GUARANTOR and opened_by.kind is PersonKind.PROXY
    return is_payers or is_theirs(opened_by, reader)

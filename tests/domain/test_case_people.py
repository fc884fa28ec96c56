"""Whose a case is: every kind of person that opens one by every kind that asks for it."""

from uuid import UUID

import pytest

from portal.domain.case_people import (
    CasePerson,
    PersonKind,
    is_theirs,
    may_read,
    may_withdraw,
)

ONE, OTHER = UUID(int=1), UUID(int=2)
G, P, A, X = PersonKind.GUARANTOR, PersonKind.PATIENT, PersonKind.PATIENT_APART, PersonKind.PROXY


@pytest.mark.parametrize("opened", PersonKind)
@pytest.mark.parametrize("reads", PersonKind)
def test_it_is_the_persons_own_and_a_link_to_an_address_of_theirs_reads_all_of_it(
    opened: PersonKind, reads: PersonKind
) -> None:
    theirs = opened is reads or (opened, reads) == (P, A)
    assert is_theirs(CasePerson(opened, ONE), CasePerson(reads, ONE)) is theirs
    assert not is_theirs(CasePerson(opened, ONE), CasePerson(reads, OTHER))


@pytest.mark.parametrize("shows_bill", [False, True])
@pytest.mark.parametrize("opened", PersonKind)
@pytest.mark.parametrize("reads", PersonKind)
def test_nobody_reads_what_a_patient_told_us_and_a_proxy_only_what_pauses_a_bill(
    opened: PersonKind, reads: PersonKind, *, shows_bill: bool
) -> None:
    may = (opened, reads) == (X, G) or ((opened, reads) == (G, X) and shows_bill)
    other, reader = CasePerson(opened, ONE), CasePerson(reads, OTHER)
    assert may_read(other, reader, shows_bill=shows_bill) is may
    assert may_read(other, CasePerson(opened, ONE), shows_bill=shows_bill)


def test_who_pays_takes_back_what_was_opened_for_them_and_nobody_takes_back_theirs() -> None:
    assert may_withdraw(CasePerson(X, ONE), CasePerson(G, OTHER))
    assert not may_withdraw(CasePerson(G, ONE), CasePerson(X, OTHER))
    assert not may_withdraw(CasePerson(P, ONE), CasePerson(G, OTHER))

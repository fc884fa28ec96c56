"""Whether a CLP is about a claim on record, case by case."""

from dataclasses import replace
from datetime import date

import pytest

from portal.domain.claim_identity import ClaimOnRecord, SamePerson, compare, is_same_claim
from portal.domain.claim_reading import fingerprint
from portal.domain.remittance import ClaimPayment, Person
from tests.domain.claims import Life, claim, line, reversal_of

JUNE = Person("MARLOWE", "JUNE", identifier="W1")
SENT = claim(line(10_000, 5_000, CO45=3_000, PR3=2_000), patient=JUNE)
NEXT_WEEK = date(2026, 1, 22)
OTHER_LINE = replace(line(7_000, 7_000, number=2), code="97110")


def on_record(sent: ClaimPayment = SENT, *, name: str = "JUNE MARLOWE") -> ClaimOnRecord:
    """What is known once the CLP was decided."""
    life = Life()
    life.hear(sent)
    return ClaimOnRecord(
        position=life.position,
        service_on=sent.service_from,
        charge_cents=sent.charge_cents,
        name_on_file=name,
        member_identifier=sent.patient.identifier,
    )


def on(day: date | None, sent: ClaimPayment = SENT) -> ClaimPayment:
    lines = tuple(replace(one, service_from=day) for one in sent.lines)
    return replace(sent, service_from=day, lines=lines)


def of(first: str, *, member: str = "W1", last: str = "MARLOWE") -> ClaimPayment:
    return replace(SENT, patient=Person(last, first, identifier=member))


def same(
    known: ClaimOnRecord,
    sent: ClaimPayment,
    *,
    payer: str = "P1",
    number_is_account: bool = False,
) -> bool:
    """Whether the payer's CLP may be about it."""
    likeness = compare(known, sent, payer_key=payer)
    return is_same_claim(
        known, sent, likeness, payer_key=payer, number_is_account=number_is_account
    )


def person(known: ClaimOnRecord, sent: ClaimPayment, *, payer: str = "P1") -> SamePerson:
    return compare(known, sent, payer_key=payer).person


OTHER = "ICN2"  # CLP07
CASES: list[tuple[str, ClaimPayment, bool, bool]] = [
    # what comes, is it the same claim by its claim number, and by its account number
    ("the same again", SENT, True, True),
    ("another CLP07", replace(SENT, payer_control_number=OTHER), True, True),
    ("another day", replace(on(NEXT_WEEK), payer_control_number=OTHER), False, False),
    ("another day without CLP07", replace(on(NEXT_WEEK), payer_control_number=""), False, False),
    ("another day, same CLP07", on(NEXT_WEEK), True, True),
    (
        "another day, REF*F8",
        replace(on(NEXT_WEEK), payer_control_number=OTHER, references=(("F8", "ICN1"),)),
        True,
        True,
    ),
    (
        "another day, taken back",
        replace(reversal_of(on(NEXT_WEEK)), payer_control_number=OTHER),
        True,
        True,
    ),
    ("no day", replace(on(None), payer_control_number=OTHER), True, True),
    (
        "no day, other lines",
        replace(on(None, claim(OTHER_LINE, patient=JUNE)), payer_control_number=OTHER),
        True,
        False,
    ),
    ("another child", replace(of("OTTO"), payer_control_number=OTHER), False, False),
    ("another child of another member number", of("OTTO", member="W2"), False, False),
    ("a first name spelled anew", of("JUNIE"), True, False),
    ("a first name spelled anew on another day", replace(on(NEXT_WEEK, of("JUNIE"))), False, False),
    (
        "a first name spelled anew with other lines",
        replace(claim(OTHER_LINE), patient=of("JUNIE").patient),
        False,
        False,
    ),
    (
        "a corrected name",
        replace(of("JOON"), corrected=JUNE, payer_control_number=OTHER),
        True,
        True,
    ),
    ("a middle initial", replace(of("June A"), payer_control_number=OTHER), True, True),
    ("an initial", replace(of("J"), payer_control_number=OTHER), True, True),
    ("no first name", replace(of(""), payer_control_number=OTHER), True, True),
    (
        "another member number",
        replace(of("JUNE", member="W2"), payer_control_number=OTHER),
        False,
        False,
    ),
    ("a member number corrected", of("JUNE", member="W2"), True, False),
    (
        "the second payer's number",
        replace(of("JUNE", member="S9"), status="2", payer_control_number=OTHER),
        True,
        True,
    ),
    ("a married name", replace(of("JUNE", last="OKORO"), payer_control_number=OTHER), True, True),
    (
        "another last name",
        replace(of("JUNE", last="OKORO", member=""), payer_control_number=OTHER),
        False,
        False,
    ),
    (
        "part of a double name",
        replace(of("JUNE", last="MARLOWE-OKORO"), payer_control_number=OTHER),
        True,
        True,
    ),
    ("name and number of another", of("JUNE", last="OKORO", member="X7"), False, False),
]


@pytest.mark.parametrize(
    ("sent", "by_claim", "by_account"),
    [case[1:] for case in CASES],
    ids=[case[0].replace(" ", "-") for case in CASES],
)
def test_a_claim_is_a_person_a_day_and_lines(
    sent: ClaimPayment, *, by_claim: bool, by_account: bool
) -> None:
    known = on_record()
    assert same(known, sent) is by_claim
    assert same(known, sent, number_is_account=True) is by_account


def test_a_part_that_shows_one_day_of_several_is_of_the_claim() -> None:
    later = replace(OTHER_LINE, service_from=NEXT_WEEK)
    known = on_record(claim(*SENT.lines, later, patient=JUNE))
    part = claim(later, patient=JUNE, icn="ICN2", service_from=NEXT_WEEK)
    assert compare(known, part, payer_key="P1").same_day


def test_a_claim_that_overlaps_with_the_days_of_another_is_not_it() -> None:
    later = replace(OTHER_LINE, service_from=NEXT_WEEK)
    last = replace(OTHER_LINE, service_from=date(2026, 1, 29))
    known = on_record(claim(*SENT.lines, later, patient=JUNE))
    overlapping = claim(later, last, patient=JUNE, service_from=NEXT_WEEK)
    assert compare(known, overlapping, payer_key="P1").other_day


def test_a_billed_claim_that_nobody_decided_is_named_by_its_number_alone() -> None:
    decided = on_record()
    undecided = replace(decided.position, adjudications=())
    known = replace(decided, name_on_file="", position=undecided)
    sent = on(NEXT_WEEK, of("JUNE", member="OTHER"))
    assert same(known, sent)
    assert not same(known, sent, number_is_account=True)


def test_the_correction_of_a_member_number_belongs_to_what_was_taken_back() -> None:
    life = Life()
    life.hear(SENT)
    life.hear(reversal_of(SENT), trace="T2", file=2)
    known = replace(on_record(), position=life.position)
    for name, is_same in (("JUNE", True), ("OTTO", False)):
        sent = replace(of(name, member="W2" if is_same else "W1"), payer_control_number=OTHER)
        assert same(known, sent) is is_same


def test_only_a_last_name_on_record_is_no_first_name() -> None:
    assert person(on_record(name="DE LA CRUZ"), of("ANA", last="DE LA CRUZ")) is (SamePerson.YES)
    assert person(on_record(name="MARLOWE"), SENT) is SamePerson.YES


@pytest.mark.parametrize(
    "other", [on(NEXT_WEEK), on(None), of("OTTO"), of("JUNE", member="W2")], ids=str
)
def test_a_decision_for_another_day_or_person_repeats_nothing(other: ClaimPayment) -> None:
    assert fingerprint(other) != fingerprint(SENT)
    life = Life()
    life.hear(SENT)
    decided = life.hear(replace(other, payer_control_number=OTHER), trace="T2", file=2)
    assert decided.duplicate_of is None


def test_a_middle_initial_makes_no_other_decision() -> None:
    assert fingerprint(of("June A.")) == fingerprint(SENT)


def test_of_several_claims_the_one_the_payer_names_is_the_likest() -> None:
    named, of_the_day = on_record(), on_record(replace(on(NEXT_WEEK), payer_control_number=OTHER))
    sent = reversal_of(on(NEXT_WEEK))
    assert compare(named, sent, payer_key="P1") > compare(of_the_day, sent, payer_key="P1")


SECOND = replace(SENT, status="2", payer_control_number="S1")


@pytest.mark.parametrize(
    ("payer", "status", "last", "first", "is_same"),
    [
        ("P2", "2", "MARLOWE", "JUNIE", True),
        ("P2", "2", "OKORO", "JUNE", True),
        ("P2", "20", "OKORO", "JUNIE", True),
        ("P2", "4", "MARLOWE", "JUNIE", True),
        ("P1", "2", "MARLOWE", "JUNIE", True),  # insures her twice
        ("P2", "1", "MARLOWE", "JUNIE", False),  # the place in line is taken
        ("P2", "22", "MARLOWE", "JUNIE", False),
        ("P1", "4", "MARLOWE", "JUNIE", False),
    ],
)
def test_the_next_plan_may_spell_the_person_in_its_own_way(
    payer: str, status: str, last: str, first: str, *, is_same: bool
) -> None:
    patient = Person(last, first, identifier="S9")
    sent = replace(SECOND, status=status, patient=patient)
    known = on_record()
    assert same(known, sent, payer=payer) is is_same
    assert not same(known, sent, payer=payer, number_is_account=True)
    for other in (
        replace(on(NEXT_WEEK, sent), payer_control_number=OTHER),
        replace(sent, lines=(OTHER_LINE,)),
        replace(sent, charge_cents=9_000),
    ):
        assert not same(known, other, payer=payer)
    assert not same(replace(known, is_our_patient=False), sent, payer=payer)


def test_our_own_records_vouch_for_a_name_no_payer_wrote_before() -> None:
    sent = replace(SECOND, patient=Person("OKORO", "JUNIE", identifier="S9"))
    known = replace(on_record(), is_our_patient=True)
    assert person(known, sent, payer="P2") is SamePerson.YES
    assert same(known, sent, payer="P2", number_is_account=True)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("MARY ANN", "MARYANN"), ("MARY ANN", "Mary-Ann"), ("JOSÉ", "JOSE"), ("JUNE", "JUNE ANN")],
)
def test_a_first_name_written_in_another_way_is_the_same_person(ours: str, theirs: str) -> None:
    known = on_record(name=f"{ours} MARLOWE")
    assert person(known, of(theirs)) is SamePerson.YES
    assert person(known, of(theirs, last="QUILL")) is SamePerson.YES  # her number vouches


def test_brothers_who_share_a_first_word_are_two() -> None:
    known = on_record(name="JUAN CARLOS MARLOWE")
    assert person(known, of("JUAN PABLO", member="W1")) is SamePerson.UNLESS_MISTYPED
    assert person(known, of("JUAN PABLO", member="W2")) is SamePerson.NO

"""What a sent claim does to the claim on record, and who owes for its patient."""

from dataclasses import replace
from datetime import date
from itertools import count
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.adjudication import DecisionContext, Disposition, decide
from portal.domain.claim_position import ChargeSource, ClaimPosition
from portal.domain.earlier_decisions import Sender
from portal.domain.hold_kinds import HoldKind
from portal.domain.journal import BusinessEvent, LedgerAccount
from portal.domain.remittance import Adjustment, Organization, Person
from portal.domain.sent_claim import SentClaim, SentLine, SentPerson, SentPlan, as_told_back
from portal.domain.sent_claim_rules import (
    Sending,
    SentEffect,
    SentOutcome,
    difference_to,
    guarantor_of,
    take_claim,
)

TODAY = date(2026, 3, 9)
DAY = date(2026, 1, 5)
NOBODY = ClaimPosition(UUID(int=900))
_ids = count(1)


def new_id() -> UUID:
    return UUID(int=next(_ids))


def take(position: ClaimPosition, claim: SentClaim) -> SentEffect:
    return take_claim(position, claim, sending=Sending(new_id(), TODAY, new_id))


def person(first_name: str, born_on: date | None = None, member: str = "") -> SentPerson:
    return SentPerson(Person("MARLOWE", first_name, "", member, "MI" if member else ""), born_on)


def line(code: str = "99213", cents: int = 10_000, control: str = "") -> SentLine:
    return SentLine(1, "HC", code, (), cents, service_from=DAY, control_number=control)


def claim_of(*lines: SentLine, frequency: str = "1") -> SentClaim:
    found = tuple(replace(one, number=number) for number, one in enumerate(lines, start=1))
    adult = person("JUNE", date(1980, 2, 14), "W1")
    return SentClaim(
        number="A1",
        charge_cents=sum(one.charge_cents for one in found),
        patient=adult,
        plan=SentPlan(1, Organization("PLAN"), adult, "18"),
        frequency=frequency,
        lines=found,
    )


def paid(position: ClaimPosition, claim: SentClaim) -> ClaimPosition:
    """A payer pays all of it."""
    told = as_told_back(claim)
    lines = tuple(replace(one, paid_cents=one.charge_cents) for one in told.lines)
    told = replace(told, paid_cents=told.charge_cents, lines=lines)
    context = DecisionContext(Sender("payer", new_id(), "EFT1"), TODAY, new_id)
    decision = decide(position, told, context=context)
    assert decision.disposition in {Disposition.POSTED, Disposition.HELD}
    return decision.position


def receivable(effect: SentEffect) -> int:
    return sum(
        posting.amount_cents
        for entry in effect.entries
        for posting in entry.postings
        if posting.account is LedgerAccount.PAYER_RECEIVABLE
    )


def test_the_first_word_on_a_charge_is_recorded_as_the_practices() -> None:
    effect = take(NOBODY, claim_of(line(), line("85025", 2_500)))
    assert effect.outcome is SentOutcome.NEW
    assert receivable(effect) == effect.position.charge_cents == 12_500
    assert [one.code for one in effect.new_charges] == ["99213", "85025"]
    assert effect.position.charge_source is ChargeSource.PRACTICE
    assert effect.holds_placed == {HoldKind.PATIENT_UNKNOWN}


def test_a_charge_of_nothing_is_on_record_without_an_entry() -> None:
    effect = take(NOBODY, claim_of(line(cents=0)))
    assert (effect.outcome, effect.entries, effect.position.charge_cents) == (
        SentOutcome.NEW,
        (),
        0,
    )


@pytest.mark.parametrize(
    "again",
    [
        claim_of(line()),
        claim_of(line(control="L1")),
        claim_of(line(), frequency="7"),
        replace(claim_of(line()), plan=SentPlan(2)),
    ],
)
def test_what_is_on_record_already_posts_nothing(again: SentClaim) -> None:
    known = take(NOBODY, claim_of(line())).position
    effect = take(known, again)
    assert (effect.outcome, effect.entries, effect.new_charges) == (SentOutcome.EQUAL, (), ())


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (claim_of(line(cents=9_000)), "$90.00 was sent, $100.00 is on record."),
        (claim_of(line("99214")), "not those on record"),
        (claim_of(line(cents=6_000), line(cents=4_000)), "not those on record"),
        (claim_of(replace(line(), service_from=date(2026, 1, 6))), "another day"),
    ],
)
def test_what_differs_is_for_staff_with_a_sentence(other: SentClaim, words: str) -> None:
    known = take(NOBODY, claim_of(line())).position
    effect = take(known, other)
    assert (effect.outcome, effect.position, effect.entries) == (
        SentOutcome.DIFFERING,
        known,
        (),
    )
    assert words in effect.reason


def test_a_line_with_the_same_control_number_and_another_charge_differs() -> None:
    known = take(NOBODY, claim_of(line(control="L1"), line("85025", 2_500, "L2"))).position
    other = claim_of(line(cents=9_000, control="L1"), line("85025", 3_500, "L2"))
    assert "Service line 1 was sent with another charge" in (difference_to(known, other) or "")


def test_a_claim_decided_as_a_whole_gets_its_lines_from_the_practice() -> None:
    known = replace(NOBODY, charge_cents=10_000)
    effect = take(known, claim_of(line()))
    assert effect.outcome is SentOutcome.EQUAL
    assert effect.position.charges == effect.new_charges != ()


def test_a_replacement_takes_the_old_charge_off_and_puts_the_new_one_on() -> None:
    known = take(NOBODY, claim_of(line())).position
    effect = take(known, claim_of(line(cents=9_000), frequency="7"))
    assert effect.outcome is SentOutcome.REPLACED
    assert [entry.business_event for entry in effect.entries] == [BusinessEvent.CHARGE_REPLACED]
    assert receivable(effect) == -1_000
    assert effect.gone_charges == known.charges


def test_a_void_takes_the_charge_off_and_a_later_claim_puts_it_on_again() -> None:
    known = take(NOBODY, claim_of(line())).position
    voided = take(known, claim_of(line(), frequency="8"))
    assert (voided.outcome, receivable(voided)) == (SentOutcome.VOIDED, -10_000)
    assert take(voided.position, claim_of(line(), frequency="8")).outcome is SentOutcome.EQUAL
    again = take(voided.position, claim_of(line()))
    assert (again.outcome, receivable(again)) == (SentOutcome.NEW, 10_000)
    keys = {entry.source_key for one in (again,) for entry in one.entries}
    assert str(known.claim_id) not in keys  # the first recording has that one


@pytest.mark.parametrize("frequency", ["7", "8"])
def test_nothing_changes_what_a_payer_has_decided_on(frequency: str) -> None:
    known = paid(take(NOBODY, claim_of(line())).position, claim_of(line()))
    effect = take(known, claim_of(line(cents=9_000), frequency=frequency))
    assert (effect.outcome, effect.position, effect.entries) == (
        SentOutcome.DIFFERING,
        known,
        (),
    )
    assert "a payer has decided on" in effect.reason


def test_a_void_of_nothing_is_for_staff() -> None:
    assert take(NOBODY, claim_of(line(), frequency="8")).outcome is SentOutcome.DIFFERING


steps = st.lists(
    st.tuples(st.sampled_from(["1", "7", "8"]), st.sampled_from([0, 4_000, 10_000])), max_size=6
)


@given(steps)
def test_the_journal_is_always_the_charge_on_record(told: list[tuple[str, int]]) -> None:
    position, total, keys = NOBODY, 0, set()
    for frequency, cents in told:
        effect = take(position, claim_of(line(cents=cents), frequency=frequency))
        position = effect.position
        total += receivable(effect)
        for entry in effect.entries:
            key = (entry.business_event, entry.source_key)
            assert key not in keys
            keys.add(key)
        assert total == (position.charge_cents or 0)
        assert sum(one.charge_cents for one in position.charges) == total


@given(st.lists(st.integers(1, 20_000), min_size=1, max_size=4))
def test_a_claim_agrees_with_what_its_remittance_recorded_and_the_other_way(
    cents: list[int],
) -> None:
    claim = claim_of(*(line(f"9{number}", one) for number, one in enumerate(cents)))
    after_remittance = paid(NOBODY, claim)
    assert difference_to(after_remittance, claim) is None
    after_claim = paid(take(NOBODY, claim).position, claim)
    assert after_claim.charge_cents == after_remittance.charge_cents
    assert len(after_claim.charges) == len(after_remittance.charges)


def test_a_payer_cannot_raise_a_charge_the_practice_told() -> None:
    known = take(NOBODY, claim_of(line())).position
    told = as_told_back(claim_of(line(), line("85025", 2_500)))
    lines = tuple(
        replace(one, adjustments=(Adjustment("PR", "3", one.charge_cents),)) for one in told.lines
    )
    context = DecisionContext(Sender("payer", new_id(), "EFT1"), TODAY, new_id)
    decision = decide(known, replace(told, lines=lines), context=context)
    assert decision.disposition is Disposition.QUARANTINED


ADULT, CHILD = date(1980, 2, 14), date(2015, 3, 1)


@pytest.mark.parametrize(
    ("patient", "subscriber", "responsible", "owes"),
    [
        (("JUNE", ADULT), None, None, "JUNE"),
        (("JUNE", None), None, None, "JUNE"),
        (("JUNE", CHILD), None, None, None),
        (("JUNE", CHILD), None, "ANA", "ANA"),
        (("TOM", CHILD), ("JUNE", ADULT), None, "JUNE"),
        (("TOM", CHILD), ("JUNE", None), None, "JUNE"),
        (("TOM", CHILD), ("JUNE", CHILD), None, None),
        (("TOM", CHILD), ("JUNE", CHILD), "ANA", "ANA"),
        (("TOM", ADULT), ("JUNE", ADULT), None, "TOM"),
        (("TOM", date(2008, 1, 5)), ("JUNE", ADULT), None, "TOM"),  # eighteen on that very day
        (("TOM", date(2008, 1, 6)), ("JUNE", ADULT), None, "JUNE"),
        (("TOM", None), ("JUNE", ADULT), None, "JUNE"),
    ],
)
def test_who_owes_is_of_age(
    patient: tuple[str, date | None],
    subscriber: tuple[str, date | None] | None,
    responsible: str | None,
    owes: str | None,
) -> None:
    theirs = person(*patient)
    claim = replace(
        claim_of(line()),
        patient=theirs,
        plan=SentPlan(1, subscriber=person(*subscriber) if subscriber else theirs),
        responsible=person(responsible) if responsible else None,
    )
    found = guarantor_of(claim)
    assert (found.name.first_name if found else None) == owes

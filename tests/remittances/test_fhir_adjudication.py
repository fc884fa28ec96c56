"""What a payer's categories come to: who owes and why, and never the patient by a guess."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.money import AmountError, format_plain
from portal.domain.remittance import ClaimPayment
from portal.remittances.fhir.documents import Resource as FhirResource
from portal.remittances.fhir.explanation import Explanation, read_explanations
from portal.remittances.fhir.references import Library
from portal.remittances.fhir.values import cents, product
from tests.remittances.fhir_text import (
    AMOUNTS,
    Resource,
    adjudication,
    adjustment,
    concept,
    eob,
    item,
    money,
    read_back,
)

BASE = {"submitted": "100", "eligible": "100"}


def explained(content: Resource) -> Explanation:
    resource = FhirResource("ExplanationOfBenefit", read_back(content), "the file")
    (found,) = read_explanations([resource], Library.of([resource]))
    assert isinstance(found, Explanation)
    return found


def decided(content: Resource) -> ClaimPayment:
    return explained(content).claim


def shown(claim: ClaimPayment) -> list[str]:
    return [
        f"{one.group}{one.reason} {format_plain(one.amount_cents)}"
        for one in claim.all_adjustments()
    ]


@pytest.mark.parametrize(
    ("amounts", "more", "expected"),
    [
        ({"deductible": "20", "paidtoprovider": "80"}, (), ["PR1 20.00"]),
        ({"coinsurance": "20", "paidtoprovider": "80"}, (), ["PR2 20.00"]),
        ({"copay": "20", "benefit": "80"}, (), ["PR3 20.00"]),
        ({"copay": "20", "benefit": "80", "paidtoprovider": "80"}, (), ["PR3 20.00"]),
        ({"priorpayerpaid": "60", "paidtoprovider": "40"}, (), ["OA23 60.00"]),
        ({"eligible": "70", "paidtoprovider": "70"}, (), ["CO45 30.00"]),
        ({"eligible": "70", "discount": "30", "paidtoprovider": "70"}, (), ["CO45 30.00"]),
        ({"benefit": "80", "paidtopatient": "80", "copay": "20"}, (), ["PR3 20.00", "PR100 80.00"]),
        # Noncovered: nobody says whose; the plan's; the patient's; as a group code says.
        ({"noncovered": "20", "paidtoprovider": "80"}, (), ["96 20.00"]),
        (
            {"noncovered": "20", "paidtoprovider": "80", "memberliability": "0"},
            (),
            ["CO96 20.00"],
        ),
        (
            {"noncovered": "20", "paidtoprovider": "80", "memberliability": "20"},
            (),
            ["PR96 20.00"],
        ),
        (
            {"noncovered": "20", "copay": "10", "paidtoprovider": "70", "memberliability": "30"},
            (),
            ["PR3 10.00", "PR96 20.00"],
        ),
        (
            {"noncovered": "20", "copay": "10", "paidtoprovider": "70", "memberliability": "10"},
            (),
            ["PR3 10.00", "CO96 20.00"],
        ),
        (
            {"noncovered": "20", "copay": "10", "paidtoprovider": "70", "memberliability": "15"},
            (),
            ["PR3 10.00", "96 20.00"],
        ),
        (
            {"noncovered": "20", "paidtoprovider": "80"},
            (adjustment("PR", "204"),),
            ["PR204 20.00"],
        ),
        ({"noncovered": "20", "paidtoprovider": "80"}, (adjustment("", "50"),), ["50 20.00"]),
        (
            {"noncovered": "20", "paidtoprovider": "80", "memberliability": "0"},
            (adjustment("", "50"), adjustment("", "16")),
            ["CO96 20.00"],
        ),
        # A line that was refused whole is not written off as if a price had been agreed on.
        ({"eligible": "0", "benefit": "0"}, (), ["96 100.00"]),
        ({"eligible": "0", "benefit": "0"}, (adjustment("CO", "50"),), ["CO50 100.00"]),
        ({"eligible": "0", "benefit": "0", "memberliability": "0"}, (), ["CO96 100.00"]),
        # Group and reason with an amount tell all; categories beside them say the same again.
        (
            {"copay": "20", "paidtoprovider": "50", "eligible": "70"},
            (adjustment("CO", "45", "30"), adjustment("PR", "3", "20")),
            ["CO45 30.00", "PR3 20.00"],
        ),
        ({"paidtoprovider": "80"}, (adjustment("", "45", "20"),), ["45 20.00"]),
    ],
)
def test_a_line_says_who_owes_what(
    amounts: Mapping[str, str], more: Sequence[Resource], expected: Sequence[str]
) -> None:
    claim = decided(eob(item({**BASE, **amounts}, *more)))
    assert shown(claim) == expected
    assert claim.balances
    assert explained(eob(item({**BASE, **amounts}, *more))).header.cannot_post == ""


@pytest.mark.parametrize(
    ("liability", "noncovered", "expected"),
    [
        ("20", "0", ["PR3 20.00", "CO96 100.00"]),
        ("50", "30", ["PR3 20.00", "PR96 30.00", "CO96 100.00"]),
        ("20", "30", ["PR3 20.00", "CO96 30.00", "CO96 100.00"]),
        ("120", "0", ["PR3 20.00", "96 100.00"]),
        (None, "30", ["PR3 20.00", "96 30.00", "96 100.00"]),
    ],
)
def test_a_refused_line_is_not_the_patients_because_another_line_is(
    liability: str | None, noncovered: str, expected: Sequence[str]
) -> None:
    paid = f"{100 - 20 - int(noncovered)}"
    first = BASE | {"copay": "20", "noncovered": noncovered, "paidtoprovider": paid}
    refused = {"submitted": "100", "eligible": "0", "paidtoprovider": "0"}
    totals = {"memberliability": liability} if liability else None
    claim = decided(eob(item(first), item(refused), totals=totals))
    assert shown(claim) == expected
    assert claim.balances


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (eob(item({"submitted": "100"})), "both what was billed and what was paid"),
        (eob(item(AMOUNTS, adjudication("submitted", "90"))), "submitted in several ways"),
        (eob(item(AMOUNTS | {"benefit": "60"})), "a benefit of $60.00, but $50.00 was paid"),
        (eob(totals={"copay": "30"}), "total of copay is $30.00, its lines add up to $20.00"),
        (eob(totals={"benefit": "40"}), "total says that $40.00 was paid, its lines say $50.00"),
        (eob(totals={"submitted": "90"}), "the charge of $90.00 less"),
        (eob(payment={"amount": money("49")}), "payment is $49.00, its adjudication says $50.00"),
        (eob(item(AMOUNTS | {"eligible": "71"})), "is not the payment"),
        (eob(item(AMOUNTS | {"copay": "20.005"})), "item 1, copay: 20.005 is not an amount of"),
        (eob(item(AMOUNTS | {"copay": "1e400"})), "not an amount of whole cents"),
        (eob(item(AMOUNTS | {"copay": "99999999999"})), "not an amount of whole cents"),
        (eob(use="predetermination"), "an estimate"),
        (eob(outcome="partial"), "(outcome partial)"),
    ],
)
def test_what_contradicts_itself_may_not_be_posted(content: Resource, words: str) -> None:
    found = explained(content)
    assert words in found.header.cannot_post
    assert any(words in one.message for one in found.claim.findings)


def test_an_amount_in_another_currency_is_left_to_the_rule_for_payments() -> None:
    entry = adjudication("copay", "20")
    entry["amount"]["currency"] = "EUR"
    others = {name: one for name, one in AMOUNTS.items() if name != "copay"}
    assert explained(eob(item(others, entry))).header.currency == "EUR"


def test_totals_decide_where_lines_say_nothing() -> None:
    claim = decided(eob({"sequence": 1, "productOrService": concept("1")}, totals=AMOUNTS))
    assert (claim.lines, claim.charge_cents, claim.paid_cents) == ((), 10_000, 5_000)
    assert shown(claim) == ["PR3 20.00", "CO45 30.00"]


def test_a_payment_stands_in_for_a_total_that_is_missing() -> None:
    totals = {"submitted": "100", "copay": "20"}
    only = {"sequence": 1, "productOrService": concept("1")}
    claim = decided(eob(only, totals=totals, payment={"amount": money("80")}))
    assert (claim.paid_cents, claim.balances) == (8_000, True)


def test_the_members_liability_is_held_against_the_share() -> None:
    assert decided(eob(totals={"memberliability": "25"})).stated_responsibility_cents == 2_500
    assert decided(eob()).stated_responsibility_cents == 2_000


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ({}, ("A1", "ICN1", "1")),
        ({"supportingInfo": None}, ("", "ICN1", "1")),
        (
            {"identifier": [{"value": "X"}, {"type": concept("uc"), "value": "ICN7"}]},
            ("A1", "ICN7", "1"),
        ),
        (
            {
                "supportingInfo": None,
                "identifier": [
                    {"system": "http://hl7.org/fhir/sid/us-ssn", "value": "123456789"},
                    {"type": concept("AN"), "value": "A9"},
                ],
            },
            ("A9", "A9", "1"),
        ),
        ({"supportingInfo": None, "claim": {"identifier": {"value": "A8"}}}, ("A8", "ICN1", "1")),
        ({"item": [item({**AMOUNTS, "priorpayerpaid": "0"})]}, ("A1", "ICN1", "1")),
        (
            {"item": [item({"submitted": "100", "priorpayerpaid": "50", "paidtoprovider": "50"})]},
            ("A1", "ICN1", "2"),
        ),
        ({"use": "preauthorization"}, ("A1", "ICN1", "25")),
        ({"status": "cancelled"}, ("A1", "ICN1", "22")),
    ],
)
def test_numbers_and_status_are_those_of_a_remittance(
    elements: dict[str, Any], expected: tuple[str, str, str]
) -> None:
    claim = decided(eob(**elements))
    assert (claim.number, claim.payer_control_number, claim.status) == expected


def test_an_explanation_taken_back_is_its_own_negative() -> None:
    claim = decided(eob(status="entered-in-error"))
    assert (claim.charge_cents, claim.paid_cents) == (-10_000, -5_000)
    assert shown(claim) == ["PR3 -20.00", "CO45 -30.00"]
    assert claim.balances


@given(
    shares=st.lists(st.integers(0, 5_000), min_size=3, max_size=3),
    paid=st.integers(0, 20_000),
    off=st.integers(0, 20_000),
    noncovered=st.integers(0, 5_000),
    inside=st.booleans(),
)
def test_what_is_stated_soundly_balances_and_only_named_shares_are_the_patients(
    *, shares: list[int], paid: int, off: int, noncovered: int, inside: bool
) -> None:
    eligible = sum(shares) + paid + (noncovered if inside else 0)
    amounts = {
        "submitted": sum(shares) + paid + off + noncovered,
        "eligible": eligible,
        "noncovered": noncovered,
        "paidtoprovider": paid,
        **dict(zip(("deductible", "coinsurance", "copay"), shares, strict=True)),
    }
    told = {name: format_plain(amount) for name, amount in amounts.items()}
    claim = decided(eob(item(told)))
    assert claim.balances
    assert claim.responsibility_cents == sum(shares)


@given(amount=st.integers(-(10**11), 10**11))
def test_decimals_are_read_to_the_cent(amount: int) -> None:
    assert cents(Decimal(amount) / 100) == amount
    assert cents(product(Decimal(amount), Decimal("0.01"))) == amount
    with pytest.raises(AmountError):
        cents(Decimal(amount) / 100 + Decimal("0.001"))

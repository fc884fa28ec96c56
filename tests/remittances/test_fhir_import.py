"""Explanations of benefits in the books: decided as remittances are, and no money twice."""

import contextlib
import json
import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from portal.domain.journal import LedgerAccount
from portal.remittances.findings import UnreadableRemittanceError
from portal.remittances.models import QuarantinedClaim, Remittance
from portal.remittances.posting.report import ImportReport
from portal.remittances.quarantine.withheld_work import (
    ask_to_take_in,
    reject_payment,
    take_in_payment,
)
from portal.remittances.sent.claims import import_any
from tests.remittances.desk import ACT, NOW, TODAY, ImportDesk, SentClaim, SentLine
from tests.remittances.fhir_text import AMOUNTS, Resource, eob, item, money, told, written
from tests.remittances.test_fhir_check import broken
from tests.remittances.test_quarantine_work import UNBALANCED, accept


def bring(
    desk: ImportDesk, content: Resource | bytes, *, create_patients: bool = True
) -> ImportReport:
    """Import a FHIR file; afterwards the books are examined, whatever it was."""
    path = desk.folder / f"fhir{len(list(desk.folder.iterdir()))}.json"
    path.write_bytes(content if isinstance(content, bytes) else written(content))
    report = import_any(
        desk.database,
        desk.practice,
        path,
        create_patients=create_patients,
        now=NOW,
        today=TODAY,
        imported_by="test",
    )
    assert isinstance(report, ImportReport)
    facts = report.as_json()
    assert facts["claims"] == sum(
        facts[name] for name in ("claims_posted", "claims_held", "claims_quarantined", "duplicates")
    )
    assert facts["charge_cents"] == sum(facts["cents"].values())
    assert desk.findings() == []
    return report


def outcome(report: ImportReport) -> Sequence[int]:
    """Posted, held, quarantined, duplicates."""
    return (
        report.claims_posted,
        report.claims_held,
        report.claims_quarantined,
        report.duplicates,
    )


POSTED, HELD, QUARANTINED, DUPLICATE = (1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)
TAKEN_BACK_AND_POSTED = (1, 1, 0, 0)  # a decision taken back waits, be it for the next line


def test_an_explanation_of_benefits_posts_what_a_remittance_would(desk: ImportDesk) -> None:
    assert outcome(bring(desk, told(eob()))) == POSTED
    claim = desk.claim()
    assert claim.billable_cents == 2_000
    assert claim.paid_cents == 5_000
    assert claim.adjusted_cents == 3_000
    assert desk.sums()[LedgerAccount.PAYER_CLEARING] == 5_000


def to_come(desk: ImportDesk) -> list[int]:
    """Of each payment, what the bank has yet to have: BPR02 less what others told of it."""
    left = Remittance.payment_cents - Remittance.told_before_cents
    with desk.database.transaction(desk.principal()) as session:
        query = select(left).where(Remittance.practice_id == desk.practice.practice_id)
        return list(session.scalars(query.order_by(Remittance.remittance_id)))


def test_a_remittance_takes_the_place_of_the_explanation(desk: ImportDesk) -> None:
    bring(desk, told(eob()))
    sums = desk.sums()
    assert desk.receive(SentClaim()).claims_posted == 1
    assert desk.sums() == sums
    assert sums[LedgerAccount.PAYER_CLEARING] == 5_000
    assert to_come(desk) == [0, 5_000]
    assert desk.claim().billable_cents == 2_000
    assert desk.claim().holds == ()
    assert desk.tasks() == []


def test_an_explanation_of_what_a_remittance_told_is_a_duplicate(desk: ImportDesk) -> None:
    desk.receive(SentClaim())
    sums = desk.sums()
    assert outcome(bring(desk, told(eob()))) == DUPLICATE
    assert desk.sums() == sums
    assert to_come(desk) == [5_000, 0]
    assert desk.tasks() == []


def test_a_remittance_that_staff_accept_takes_the_place_of_the_explanation(
    desk: ImportDesk,
) -> None:
    bring(desk, told(eob()))
    desk.receive(UNBALANCED)
    accept(desk)
    assert desk.claim().paid_cents == 4_000
    assert desk.sums()[LedgerAccount.PAYER_CLEARING] == 4_000
    assert LedgerAccount.REMITTANCE_SUSPENSE not in desk.sums()
    assert to_come(desk) == [0, 4_000]


def test_a_payment_whose_number_begins_as_that_of_an_explanation_is_none(
    desk: ImportDesk,
) -> None:
    unbalanced = replace(UNBALANCED, number="B7")
    assert outcome(desk.bring(desk.write(SentClaim(), unbalanced, trace=" EOB 778813"))) == (
        1,
        0,
        1,
        0,
    )
    assert to_come(desk) == [9_000]
    assert desk.sums()[LedgerAccount.PAYER_CLEARING] == 9_000


def test_what_the_patient_paid_meanwhile_stays_paid(desk: ImportDesk) -> None:
    bring(desk, told(eob()))
    desk.pay("A1", 2_000)
    desk.receive(SentClaim())
    assert desk.claim().billable_cents == 0
    assert desk.claim().patient_paid_cents == 2_000
    assert desk.findings() == []


def test_a_second_payment_after_an_explanation_is_money_twice(desk: ImportDesk) -> None:
    bring(desk, told(eob()))
    desk.receive(SentClaim())
    assert desk.receive(SentClaim()).duplicates == 1
    assert desk.sums()[LedgerAccount.PAYER_CREDITS] == -5_000
    assert desk.tasks() == ["payer_paid_twice"]


def test_a_payer_known_by_its_name_is_the_one_that_pays(desk: ImportDesk) -> None:
    bring(desk, told(eob(insurer={"display": "Sample Health Plan"})))
    assert desk.receive(SentClaim()).claims_posted == 1
    assert to_come(desk) == [0, 5_000]


def test_an_explanation_that_says_otherwise_than_the_remittance_changes_nothing(
    desk: ImportDesk,
) -> None:
    desk.receive(SentClaim())
    claim, sums = desk.claim(), desk.sums()
    other = item(AMOUNTS | {"copay": "30.00", "paidtoprovider": "40.00"})
    assert outcome(bring(desk, told(eob(other)))) == QUARANTINED
    assert (desk.claim(), desk.sums()) == (claim, sums)
    assert desk.tasks() == ["remittance_withheld"]


def test_the_remittance_stands_where_the_explanation_said_otherwise(desk: ImportDesk) -> None:
    bring(desk, told(eob()))
    line = SentLine(adjustments={"CO45": 3_000, "PR3": 3_000})
    assert desk.receive(SentClaim((line,))).claims_posted == 1
    assert desk.claim().holds == ()
    assert desk.claim().billable_cents == 3_000
    assert desk.sums()[LedgerAccount.PAYER_CLEARING] == 4_000
    assert to_come(desk) == [0, 4_000]


def test_a_remittance_that_does_not_balance_leaves_the_explanation(desk: ImportDesk) -> None:
    bring(desk, told(eob()))
    line = SentLine(paid_cents=1)
    assert desk.receive(SentClaim((line,))).claims_quarantined == 1
    assert desk.claim().billable_cents == 2_000


def test_a_denial_by_remittance_is_not_replaced_by_an_explanation(desk: ImportDesk) -> None:
    desk.receive(SentClaim((SentLine(adjustments={"CO50": 10_000}),)))
    assert outcome(bring(desk, told(eob()))) == QUARANTINED
    assert desk.claim().billable_cents == 0


def test_the_same_explanation_in_another_file_is_a_duplicate(desk: ImportDesk) -> None:
    bring(desk, told(eob()))
    sums = desk.sums()
    assert outcome(bring(desk, eob())) == QUARANTINED  # of nobody: the payer is not in the file
    assert outcome(bring(desk, told(eob(), eob(number="A1", icn="ICN1")))) == (0, 0, 0, 2)
    assert desk.sums() == sums


@pytest.mark.parametrize("in_one_file", [True, False])
def test_another_content_under_the_same_number_corrects_the_first(
    desk: ImportDesk, *, in_one_file: bool
) -> None:
    corrected = eob(item(AMOUNTS | {"copay": "30.00", "paidtoprovider": "40.00"}))
    if in_one_file:
        assert outcome(bring(desk, told(eob(), corrected))) == (2, 1, 0, 0)
    else:
        bring(desk, told(eob()))
        assert outcome(bring(desk, told(corrected))) == TAKEN_BACK_AND_POSTED
    assert desk.claim().billable_cents == 3_000
    assert desk.claim().paid_cents == 4_000
    assert desk.sums()[LedgerAccount.PAYER_CLEARING] == 4_000


def test_an_older_explanation_takes_nothing_back(desk: ImportDesk) -> None:
    newer = eob(item(AMOUNTS | {"copay": "30.00", "paidtoprovider": "40.00"}))
    bring(desk, told(newer | {"created": "2026-03-01"}))
    assert outcome(bring(desk, told(eob()))) == QUARANTINED
    assert desk.claim().billable_cents == 3_000


def test_what_was_corrected_since_is_a_repeat_when_it_comes_again(desk: ImportDesk) -> None:
    bring(desk, told(eob()))
    bring(desk, told(eob(item(AMOUNTS | {"copay": "30.00", "paidtoprovider": "40.00"}))))
    again = told(eob(), eob(number="ZZ", icn="ICN77"))  # another download of the older one
    assert outcome(bring(desk, again))[3] == 1
    assert desk.claim().billable_cents == 3_000


@pytest.mark.parametrize("relationship", ["prior", "replaces"])
def test_an_explanation_takes_the_place_of_the_one_it_names(
    desk: ImportDesk, relationship: str
) -> None:
    bring(desk, told(eob()))
    related = [
        {
            "relationship": {"coding": [{"code": relationship}]},
            "reference": {"value": "ICN1"},
        }
    ]
    corrected = eob(
        item(AMOUNTS | {"copay": "30.00", "paidtoprovider": "40.00"}), icn="ICN2", related=related
    )
    assert outcome(bring(desk, told(corrected))) == TAKEN_BACK_AND_POSTED
    assert desk.claim().billable_cents == 3_000


@pytest.mark.parametrize("status", ["cancelled", "entered-in-error"])
def test_an_explanation_taken_back_leaves_the_claim_waiting(desk: ImportDesk, status: str) -> None:
    bring(desk, told(eob()))
    assert outcome(bring(desk, told(eob(status=status)))) == HELD
    assert desk.claim().holds == ("awaiting_correction",)
    assert LedgerAccount.PAYER_CLEARING not in desk.sums()


def test_an_explanation_taken_back_never_undoes_a_remittance(desk: ImportDesk) -> None:
    desk.receive(SentClaim())
    sums = desk.sums()
    assert outcome(bring(desk, told(eob(status="cancelled")))) == QUARANTINED
    assert desk.sums() == sums
    assert desk.claim().billable_cents == 2_000


def test_a_claim_that_is_not_named_is_found_by_the_payers_number(desk: ImportDesk) -> None:
    desk.receive(SentClaim())
    assert outcome(bring(desk, told(eob(number="")))) == DUPLICATE


def test_a_claim_that_nobody_can_name_is_withheld_until_it_is_known(desk: ImportDesk) -> None:
    content = written(told(eob(number="")))
    assert outcome(bring(desk, content)) == QUARANTINED
    assert desk.claims() == {}
    assert desk.sums() == {}
    desk.receive(SentClaim())
    sums = desk.sums()
    assert outcome(bring(desk, content)) == DUPLICATE
    assert desk.sums() == sums


@pytest.mark.parametrize(
    ("elements", "kind"),
    [
        ({"outcome": "partial"}, QUARANTINED),
        ({"outcome": "error"}, QUARANTINED),
        ({"outcome": "queued"}, (0, 0, 0, 0)),
        ({"status": "draft"}, (0, 0, 0, 0)),
        ({"use": "predetermination"}, QUARANTINED),
        ({"use": "preauthorization"}, QUARANTINED),
        ({"modifierExtension": [{"url": "x", "valueBoolean": True}]}, QUARANTINED),
        ({"item": [item(AMOUNTS | {"paidtoprovider": "49.99"})]}, QUARANTINED),
        ({"item": [item(AMOUNTS | {"copay": "20.001"})]}, QUARANTINED),
        ({"item": [item(AMOUNTS | {"copay": "1e999999"})]}, QUARANTINED),
        ({"payment": {"amount": money("49.00")}}, QUARANTINED),
        ({"payment": {"amount": money("50.00", "CAD")}}, QUARANTINED),
        ({"payment": {"amount": money("50.00")}}, POSTED),
        ({"payment": {"amount": money("49.00"), "adjustment": money("1.00")}}, POSTED),
        (
            {
                "provider": {
                    "identifier": {"system": "http://hl7.org/fhir/sid/us-npi", "value": "1"}
                }
            },
            POSTED,
        ),
    ],
)
def test_what_is_no_sound_decision_posts_nothing(
    desk: ImportDesk, elements: dict[str, Any], kind: Sequence[int]
) -> None:
    assert outcome(bring(desk, told(eob(**elements)))) == kind
    if kind != POSTED:
        assert desk.sums() == {}


@pytest.mark.parametrize(
    ("coverage", "holds", "rank_status"),
    [
        ({"order": 2}, ("first_payer_not_seen",), "2"),
        ({"type": {"coding": [{"code": "WCBPOL"}]}}, ("special_payer",), "1"),
    ],
)
def test_the_plan_says_the_place_in_line_and_the_kind_of_payer(
    desk: ImportDesk, coverage: Resource, holds: Sequence[str], rank_status: str
) -> None:
    content = told(eob())
    content["entry"][2]["resource"] = content["entry"][2]["resource"] | coverage
    bring(desk, content)
    assert set(holds) <= set(desk.claim().holds)


def test_money_paid_to_the_patient_is_held_for_staff(desk: ImportDesk) -> None:
    amounts = {"submitted": "100.00", "eligible": "70.00", "copay": "20.00", "benefit": "50.00"}
    payee = {"type": {"coding": [{"code": "subscriber"}]}}
    assert outcome(bring(desk, told(eob(item(amounts), payee=payee)))) == HELD
    claim = desk.claim()
    assert claim.holds == ("paid_to_patient",)
    assert (claim.paid_cents, claim.billable_cents) == (0, 0)


def test_a_patient_who_is_not_in_the_file_waits_to_be_matched(desk: ImportDesk) -> None:
    report = bring(desk, eob(insurer={"display": "SAMPLE HEALTH PLAN"}))
    assert outcome(report) == HELD
    assert desk.claim().holds == ("patient_unknown",)


FUZZED = 40


def test_whatever_is_wrong_is_refused_or_accounted_for(desk: ImportDesk) -> None:
    sound = json.loads(written(told(eob(item(), payment={"amount": money("50.00")}))))
    for seed in range(FUZZED):
        source = random.Random(seed)  # noqa: S311 — repeatable, not secret
        content = sound
        for _ in range(source.randint(1, 3)):
            content = broken(source, content)
        with contextlib.suppress(UnreadableRemittanceError):
            bring(desk, json.dumps(content).encode())


def test_characters_that_no_text_holds_are_left_out(desk: ImportDesk) -> None:
    odd = eob(number="A\0 1\ud800", icn="I" * 5_000)
    assert outcome(bring(desk, told(odd))) == POSTED
    assert list(desk.claims()) == ["A 1?"]


def test_what_the_payer_does_not_cover_without_saying_whose_it_is_stays_with_the_payer(
    desk: ImportDesk,
) -> None:
    amounts = {"submitted": "100", "eligible": "100", "noncovered": "50", "paidtoprovider": "50"}
    assert outcome(bring(desk, told(eob(item(amounts))))) == HELD
    claim = desk.claim()
    assert claim.holds == ("group_unknown",)
    assert claim.denied
    assert (claim.patient_pending_cents, claim.payer_receivable_cents) == (0, 5_000)


def test_the_payers_reversal_takes_back_what_an_explanation_told(desk: ImportDesk) -> None:
    bring(desk, told(eob()))
    desk.receive(SentClaim())
    desk.receive(SentClaim().reversal())
    assert LedgerAccount.PAYER_CLEARING not in desk.sums()
    assert desk.claim().holds == ("awaiting_correction",)


def test_a_repeat_of_the_file_posts_nothing(desk: ImportDesk) -> None:
    content = written(told(eob(), eob(number="", icn="ICN2")))
    assert outcome(bring(desk, content)) == (1, 0, 1, 0)
    sums = desk.sums()
    assert outcome(bring(desk, content)) == (0, 0, 0, 2)
    assert desk.sums() == sums


def test_staff_take_nothing_in_that_still_says_otherwise_and_may_reject_it(
    desk: ImportDesk,
) -> None:
    desk.receive(SentClaim())
    other = item(AMOUNTS | {"copay": "30.00", "paidtoprovider": "40.00"})
    bring(desk, told(eob(other)))
    with desk.database.transaction(desk.principal()) as session:
        query = select(QuarantinedClaim.quarantine_id).where(
            QuarantinedClaim.practice_id == desk.practice.practice_id,
            QuarantinedClaim.content.has_key("header"),
        )
        (withheld,) = session.scalars(query)
    sums, poster = desk.sums(), desk.staff("poster")
    asked = ask_to_take_in(desk.database, poster, withheld, reason="It came.", act=ACT)
    assert take_in_payment(desk.database, desk.practice.practice_id, asked, act=ACT) is None
    assert desk.findings() == []
    reject_payment(desk.database, poster, withheld, reason="The remittance is right.", act=ACT)
    assert desk.findings() == []
    assert desk.sums() == sums

"""What becomes of each claim of a file, and of its money, through all that payers do to it."""

from dataclasses import replace
from itertools import permutations
from uuid import UUID

import pytest
from sqlalchemy import select, update

from portal.domain.hold_kinds import HoldKind
from portal.domain.journal import NOWHERE, LedgerAccount
from portal.practice.models import Charge, Guarantor, Patient, Practice
from portal.remittances.models import QuarantinedClaim
from tests.builders import make_claim, make_guarantor, make_patient
from tests.remittances.desk import ImportDesk, SentClaim, SentLine

CLAIM = SentClaim()  # 100.00 billed, 30.00 taken off, 20.00 the patient's, 50.00 paid
DEDUCTIBLE = replace(CLAIM, lines=[SentLine(adjustments={"CO45": 3_000, "PR1": 7_000})])
SECOND_PAYS = replace(
    CLAIM,
    status="2",
    icn="SEC1",
    member="S9",
    lines=[SentLine(adjustments={"OA23": 8_000, "PR2": 500})],
)
UNBALANCED = replace(CLAIM, number="B2", lines=[SentLine(paid_cents=7_700)])


def test_a_balanced_claim_is_posted_and_billable(desk: ImportDesk) -> None:
    report = desk.receive(CLAIM)
    assert (report.claims_posted, report.cents["posted"]) == (1, 10_000)
    assert desk.claim().as_json() == {
        "claim_id": "A1",
        "charge_cents": 10_000,
        "paid_cents": 5_000,
        "adjusted_cents": 3_000,
        "payer_receivable_cents": 0,
        "patient_pending_cents": 0,
        "patient_receivable_cents": 2_000,
        "patient_paid_cents": 0,
        "billable_cents": 2_000,
        "holds": [],
        "denied": False,
    }


def test_a_claim_that_does_not_add_up_is_set_aside_and_the_rest_posts(desk: ImportDesk) -> None:
    report = desk.receive(CLAIM, UNBALANCED)
    assert (report.claims_posted, report.claims_quarantined) == (1, 1)
    assert set(desk.claims()) == {"A1"}
    assert desk.sums()[LedgerAccount.REMITTANCE_SUSPENSE] == -7_700
    with desk.database.transaction(desk.principal()) as session:
        row = session.scalars(
            select(QuarantinedClaim).where(
                QuarantinedClaim.practice_id == desk.practice.practice_id
            )
        ).one()
    assert row.code == "line_unbalanced"
    assert "Claim B2, line 1 (99213)" in row.message
    assert row.where.startswith("CLP, segment ")
    assert row.content["lines"][0]["adjustments"][0] == {
        "group": "CO",
        "reason": "45",
        "amount_cents": 3_000,
    }


def test_what_was_set_aside_and_comes_again_in_the_same_payment_is_a_duplicate(
    desk: ImportDesk,
) -> None:
    desk.bring(desk.write(UNBALANCED, trace="T1"))
    again = desk.bring(desk.write(UNBALANCED, trace="T1"))
    assert (again.duplicates, again.journal_entries) == (1, 0)


def test_a_corrected_claim_posts_after_its_unbalanced_forerunner(desk: ImportDesk) -> None:
    desk.receive(UNBALANCED)
    report = desk.receive(replace(CLAIM, number="B2"))
    assert report.claims_posted == 1
    assert desk.claim("B2").charge_cents == 10_000


@pytest.mark.parametrize("difference", [-123, 123])
def test_a_payment_that_differs_from_its_claims_keeps_the_difference_in_suspense(
    desk: ImportDesk, difference: int
) -> None:
    report = desk.bring(desk.write(CLAIM, payment_cents=5_000 + difference))
    assert report.claims_posted == 1
    sums = desk.sums()
    assert sums[LedgerAccount.PAYER_CLEARING] == 5_000 + difference
    assert sums[LedgerAccount.REMITTANCE_SUSPENSE] == -difference
    assert desk.tasks() == ["remittance_unexplained"]


@pytest.mark.parametrize(
    ("reason", "account"),
    [
        ("L6", LedgerAccount.INTEREST_INCOME),
        ("WO", LedgerAccount.PAYER_CREDITS),
        ("FB", LedgerAccount.PAYER_CREDITS),
        ("72", LedgerAccount.PAYER_CREDITS),
        ("AP", LedgerAccount.PAYER_CREDITS),
        ("CS", LedgerAccount.PROVIDER_ADJUSTMENTS),
    ],
)
def test_provider_adjustments_explain_the_payment(
    desk: ImportDesk, reason: str, account: LedgerAccount
) -> None:
    plb = f"PLB*1234567893*20261231*{reason}:REF*-2.5*WO:ZERO*0"
    desk.bring(desk.write(CLAIM, payment_cents=5_250, plb=plb))
    sums = desk.sums()
    assert sums[LedgerAccount.PAYER_CLEARING] == 5_250
    assert sums[account] == -250
    assert desk.tasks() == []


def test_the_same_decision_paid_again_is_owed_to_the_payer(desk: ImportDesk) -> None:
    desk.receive(CLAIM)
    report = desk.receive(CLAIM)
    assert (report.duplicates, report.journal_entries) == (1, 1)
    sums = desk.sums()
    assert sums[LedgerAccount.PAYER_CREDITS] == -5_000
    assert sums[LedgerAccount.PAYER_CLEARING] == 10_000
    assert desk.tasks() == ["payer_paid_twice"]
    assert desk.claim().billable_cents == 2_000


def test_a_denial_stays_with_the_payer(desk: ImportDesk) -> None:
    desk.receive(replace(CLAIM, status="4", lines=[SentLine(adjustments={"CO50": 10_000})]))
    claim = desk.claim()
    assert (claim.payer_receivable_cents, claim.denied) == (10_000, True)
    assert claim.billable_cents == 0


def test_a_refund_the_payer_calls_due_is_a_task_with_its_day(desk: ImportDesk) -> None:
    desk.receive(replace(CLAIM, lines=[SentLine(remarks=("MA59",))]))
    assert desk.claim().holds == ("refund_due",)
    assert desk.tasks() == ["refund_due"]
    desk.receive(replace(CLAIM, number="A2", lines=[SentLine(remarks=("MA18",))]))
    assert desk.tasks() == ["refund_due"]


def test_a_share_for_a_reason_without_words_is_told_once_for_each_reason(desk: ImportDesk) -> None:
    new = SentLine(adjustments={"PR999": 2_000})
    other = SentLine(adjustments={"PR998": 1_000, "CO997": 1_000})
    desk.receive(replace(CLAIM, lines=[new]), replace(CLAIM, number="A2", lines=[new]))
    assert desk.tasks() == ["reason_without_words"]
    desk.receive(replace(CLAIM, number="A3", lines=[new]))
    desk.receive(replace(CLAIM, number="A4", lines=[other]))
    assert desk.tasks() == ["reason_without_words", "reason_without_words"]


def test_a_reversal_holds_the_claim_until_its_correction(desk: ImportDesk) -> None:
    desk.receive(CLAIM)
    report = desk.receive(CLAIM.reversal())
    assert (report.claims_held, report.cents["held"]) == (1, -10_000)
    waiting = desk.claim()
    assert waiting.holds == ("awaiting_correction",)
    assert (waiting.paid_cents, waiting.payer_receivable_cents) == (0, 10_000)
    desk.receive(replace(DEDUCTIBLE, icn="ICN2"))
    corrected = desk.claim()
    assert corrected.holds == ()
    assert corrected.billable_cents == 7_000


def test_what_was_paid_on_a_decision_taken_back_waits_for_its_correction(desk: ImportDesk) -> None:
    desk.receive(DEDUCTIBLE)
    desk.pay("A1", 1_500)
    desk.pay("A1", 4_500)
    (line,) = desk.allocated("A1")
    desk.receive(DEDUCTIBLE.reversal())
    assert desk.sums()[LedgerAccount.UNAPPLIED_CREDIT] == -6_000
    assert desk.claim().patient_paid_cents == 0
    assert desk.allocated("A1") == {line: 0, NOWHERE: 6_000}
    desk.receive(replace(CLAIM, icn="ICN2"))
    corrected = desk.claim()
    assert (corrected.patient_paid_cents, corrected.billable_cents) == (2_000, 0)
    assert desk.sums()[LedgerAccount.UNAPPLIED_CREDIT] == -4_000
    assert desk.allocated("A1") == {line: 2_000, NOWHERE: 4_000}


def test_a_reversal_of_nothing_is_set_aside(desk: ImportDesk) -> None:
    report = desk.receive(CLAIM.reversal())
    assert report.claims_quarantined == 1
    assert desk.sums()[LedgerAccount.REMITTANCE_SUSPENSE] == 5_000
    assert desk.claims() == {}


def test_a_second_payer_takes_the_place_of_the_first(desk: ImportDesk) -> None:
    desk.receive(CLAIM)
    desk.receive(SECOND_PAYS, payer="SECOND")
    claim = desk.claim()
    assert (claim.paid_cents, claim.patient_receivable_cents) == (6_500, 500)
    assert claim.holds == ()


def test_a_second_payer_that_comes_first_waits_for_the_first(desk: ImportDesk) -> None:
    desk.receive(SECOND_PAYS, payer="SECOND")
    assert desk.claim().holds == ("first_payer_not_seen",)
    desk.receive(CLAIM)
    claim = desk.claim()
    assert (claim.paid_cents, claim.patient_receivable_cents) == (6_500, 500)
    assert claim.holds == ()


def test_the_order_of_files_of_independent_claims_makes_no_difference(desk: ImportDesk) -> None:
    """Claims of one file, split into three, in every order: the same figures."""
    outcomes = []
    claims = [CLAIM, replace(DEDUCTIBLE, number="A2"), replace(CLAIM, number="A3", member="W3")]
    for turn, order in enumerate(permutations(claims)):
        numbered = [replace(one, number=f"{turn}-{one.number}") for one in order]
        for one in numbered:
            desk.receive(one)
        found = desk.claims()
        outcomes.append(
            {one.number[2:]: found[one.number].as_json() | {"claim_id": ""} for one in numbered}
        )
    assert all(outcome == outcomes[0] for outcome in outcomes)


def test_an_unknown_patient_waits_and_is_billed_nothing(desk: ImportDesk) -> None:
    report = desk.bring(desk.write(CLAIM), create_patients=False)
    assert report.claims_held == 1
    claim = desk.claim()
    assert claim.holds == ("patient_unknown",)
    assert (claim.patient_pending_cents, claim.billable_cents) == (2_000, 0)
    assert desk.count(Patient) == 0


def test_a_later_decision_of_a_patient_known_by_then_frees_the_claim(desk: ImportDesk) -> None:
    desk.bring(desk.write(CLAIM), create_patients=False)
    june = known_patient(desk)
    desk.bring(desk.write(replace(SECOND_PAYS, member="W1"), payer="SECOND"), create_patients=False)
    claim = desk.claim()
    assert (claim.holds, claim.billable_cents) == ((), 500)
    assert desk.guarantor_id() == june.guarantor_id
    with desk.database.transaction(desk.principal()) as session:
        owners = session.scalars(
            select(Charge.guarantor_id).where(Charge.practice_id == desk.practice.practice_id)
        ).all()
    assert owners == [june.guarantor_id]


def test_a_patient_is_found_by_member_number_and_name(desk: ImportDesk) -> None:
    june = known_patient(desk)
    desk.bring(desk.write(replace(CLAIM, first_name="JUNE A")), create_patients=False)
    assert desk.guarantor_id() == june.guarantor_id
    assert desk.count(Patient) == 1


def test_a_patient_is_found_by_the_member_number_of_a_coverage(desk: ImportDesk) -> None:
    june = known_patient(desk)
    desk.cover(june.patient_id, june.guarantor_id, payer="SECOND", rank=2, member="S9")
    desk.bring(desk.write(replace(CLAIM, member="S9")), create_patients=False)
    assert desk.guarantor_id() == june.guarantor_id


def test_a_coverage_that_has_not_decided_holds_the_claim(desk: ImportDesk) -> None:
    june = known_patient(desk)
    desk.cover(june.patient_id, june.guarantor_id, payer="SECOND", rank=2, member="S9")
    desk.receive(CLAIM)
    assert desk.claim().holds == ("later_coverage",)
    desk.receive(SECOND_PAYS, payer="SECOND")
    assert desk.claim().billable_cents == 500


def test_the_same_number_with_another_name_is_somebody_else(desk: ImportDesk) -> None:
    known_patient(desk)
    desk.bring(desk.write(replace(CLAIM, first_name="JULIO")), create_patients=False)
    assert desk.claim().holds == ("patient_unknown",)


def test_of_two_patients_that_fit_none_is_guessed(desk: ImportDesk) -> None:
    known_patient(desk)
    known_patient(desk, account_number="A-2")
    desk.receive(CLAIM)  # also when patients may be made
    assert desk.claim().holds == ("patient_unknown",)
    assert desk.count(Patient) == 2


def test_a_patient_is_made_once_for_all_their_claims(desk: ImportDesk) -> None:
    make_guarantor(desk.database, desk.practice.practice_id, account_number="E-00001")
    desk.receive(CLAIM, replace(CLAIM, number="A2"))
    desk.receive(replace(CLAIM, number="A3"))
    assert desk.count(Patient) == 1
    assert len({desk.guarantor_id(number) for number in ("A1", "A2", "A3")}) == 1
    with desk.database.transaction(desk.principal()) as session:
        numbers = session.scalars(
            select(Guarantor.account_number)
            .where(Guarantor.practice_id == desk.practice.practice_id)
            .order_by(Guarantor.account_number)
        ).all()
    assert numbers == ["E-00001", "E-00002"]


def test_a_claim_of_the_practice_is_found_by_its_number_and_keeps_its_patient(
    desk: ImportDesk,
) -> None:
    june = known_patient(desk)
    make_claim(
        desk.database,
        desk.practice.practice_id,
        guarantor_id=june.guarantor_id,
        patient_id=june.patient_id,
        claim_number="A1",
        charges=(("99213", 10_000),),
    )
    desk.bring(desk.write(replace(CLAIM, member="OTHER")), create_patients=False)
    assert desk.claim().billable_cents == 2_000


def test_a_number_used_for_another_person_is_another_claim(desk: ImportDesk) -> None:
    desk.receive(CLAIM)
    desk.receive(replace(CLAIM, last_name="OKORO", member="X7"))
    with desk.database.transaction(desk.principal()) as session:
        names = session.scalars(
            select(Patient.last_name)
            .where(Patient.practice_id == desk.practice.practice_id)
            .order_by(Patient.last_name)
        ).all()
    assert names == ["MARLOWE", "OKORO"]


def test_an_account_number_finds_the_claim_of_the_day(desk: ImportDesk) -> None:
    with desk.database.transaction(desk.principal()) as session:
        session.execute(
            update(Practice)
            .where(Practice.practice_id == desk.practice.practice_id)
            .values(claim_number_is="account")
        )
    later = replace(CLAIM, service_on=CLAIM.service_on.replace(day=19), icn="ICN2")
    assert desk.receive(CLAIM, later).claims_posted == 2
    assert desk.receive(later.reversal()).claims_held == 1
    receivable = desk.sums()[LedgerAccount.PATIENT_RECEIVABLE]
    assert receivable == 2_000


def test_a_hold_that_staff_released_stays_released(desk: ImportDesk) -> None:
    desk.receive(replace(CLAIM, lines=[SentLine(remarks=["MA59"])]))
    assert desk.claim().holds == ("refund_due",)
    desk.release("A1", HoldKind.REFUND_DUE, role="manager")
    assert desk.claim().billable_cents == 2_000
    desk.receive(SECOND_PAYS, payer="SECOND")
    assert (desk.claim().holds, desk.claim().billable_cents) == ((), 500)


class June:
    """June Marlowe, known to the practice."""

    def __init__(self, guarantor_id: UUID, patient_id: UUID) -> None:
        self.guarantor_id = guarantor_id
        self.patient_id = patient_id


def known_patient(desk: ImportDesk, *, account_number: str = "A-1") -> June:
    practice_id = desk.practice.practice_id
    guarantor_id = make_guarantor(
        desk.database, practice_id, account_number=account_number, last_name="Marlowe"
    )
    patient_id = make_patient(
        desk.database,
        practice_id,
        guarantor_id=guarantor_id,
        first_name="June",
        last_name="Marlowe",
        member_identifier="W1",
    )
    return June(guarantor_id, patient_id)

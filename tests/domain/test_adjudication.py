"""A first decision on a claim: who owes what, what is written off, what may not be posted."""

from dataclasses import replace

import pytest

from portal.domain.adjudication import Disposition
from portal.domain.claim_position import Outcome
from portal.domain.hold_kinds import HoldKind
from portal.domain.journal import BusinessEvent, LedgerAccount
from portal.domain.quarantine import QuarantineReason
from portal.domain.remittance import ClaimPayment, Finding
from tests.domain.claims import Life, adjustments, claim, line, reversal_of

A = LedgerAccount


def test_an_ordinary_claim_is_four_entries_and_its_share_may_be_billed() -> None:
    life = Life()
    decision = life.hear(claim(line(45000, 14950, CO45=18000, PR1=12050)))
    assert decision.disposition is Disposition.POSTED
    assert [entry.business_event for entry in decision.entries] == [
        BusinessEvent.CHARGE_RECORDED,
        BusinessEvent.REMITTANCE_POSTED,
        BusinessEvent.CLAIM_ADJUDICATED,
        BusinessEvent.SHARE_RELEASED,
    ]
    assert life.sums() == {
        A.GROSS_CHARGES: -45000,
        A.PAYER_CLEARING: 14950,
        A.CONTRACTUAL_ADJUSTMENTS: 18000,
        A.PATIENT_RECEIVABLE: 12050,
    }
    assert life.position.billable_cents == 12050


def test_each_line_has_its_own_share_and_a_claim_level_share_stands_for_the_claim() -> None:
    life = Life()
    two_lines = claim(
        line(10000, 8000, PR2=2000),
        line(5000, 4000, PR3=1000, number=2),
        adjustments=adjustments({"PR1": 500}),
        paid_cents=11500,
        # The lines' own payments stay; the claim-level deductible lowers the claim's.
    )
    decision = life.hear(two_lines)
    first, second = decision.charge_ids
    shares = {key: balance.receivable_cents for key, balance in life.position.balances.items()}
    assert shares == {first: 2000, second: 1000, None: 500}
    assert [one.charge_cents for one in decision.new_charges] == [10000, 5000]


@pytest.mark.parametrize(
    ("amounts", "written_off", "stays_with_payer"),
    [
        ({"CO45": 3000}, {A.CONTRACTUAL_ADJUSTMENTS: 3000}, 0),
        ({"PI45": 3000}, {A.CONTRACTUAL_ADJUSTMENTS: 3000}, 0),
        ({"OA45": 3000}, {A.CONTRACTUAL_ADJUSTMENTS: 3000}, 0),
        ({"CO59": 3000}, {A.CONTRACTUAL_ADJUSTMENTS: 3000}, 0),
        ({"CO131": 3000}, {A.CONTRACTUAL_ADJUSTMENTS: 3000}, 0),
        ({"CO97": 3000}, {A.BUNDLED_ADJUSTMENTS: 3000}, 0),
        ({"CO24": 3000}, {A.CAPITATION_ADJUSTMENTS: 3000}, 0),
        ({"CO253": 3000}, {A.SEQUESTRATION_ADJUSTMENTS: 3000}, 0),
        ({"CO144": 3000}, {A.INCENTIVE_ADJUSTMENTS: 3000}, 0),
        (
            {"CO144": -500, "CO45": 3500},
            {A.INCENTIVE_ADJUSTMENTS: -500, A.CONTRACTUAL_ADJUSTMENTS: 3500},
            0,
        ),
        ({"CO16": 3000}, {}, 3000),
        ({"CO29": 3000}, {}, 3000),
        ({"CO50": 3000}, {}, 3000),
        ({"PI197": 3000}, {}, 3000),
        ({"OA18": 3000}, {}, 3000),
        ({"OA999": 3000}, {}, 3000),
        ({"CO45": 1000, "CO16": 2000}, {A.CONTRACTUAL_ADJUSTMENTS: 1000}, 2000),
    ],
)
def test_a_listed_reason_is_written_off_and_any_other_stays_with_the_payer(
    amounts: dict[str, int], written_off: dict[LedgerAccount, int], stays_with_payer: int
) -> None:
    life = Life()
    life.hear(claim(line(10000, 7000, **amounts)))
    accounts = {account: cents for account, cents in life.sums().items() if "adjust" in account}
    assert accounts == written_off
    assert life.position.payer_receivable_cents == stays_with_payer
    assert life.position.denied is (stays_with_payer > 0)
    assert life.position.share_cents == 0


def test_a_refused_claim_posts_only_its_charge_and_is_on_the_denial_list() -> None:
    life = Life()
    decision = life.hear(claim(line(10000, 0, CO50=10000), status="4"))
    assert [entry.business_event for entry in decision.entries] == [BusinessEvent.CHARGE_RECORDED]
    assert decision.disposition is Disposition.POSTED
    assert life.position.denied
    assert life.position.billable_cents == 0


def test_a_denial_that_the_payer_leaves_to_the_patient_is_owed() -> None:
    life = Life()
    assert life.hear(claim(line(10000, 0, PR204=10000), status="4")).disposition == "posted"
    assert life.position.billable_cents == 10000
    assert not life.position.denied


def test_an_amount_in_a_group_nobody_knows_never_reaches_the_patient() -> None:
    life = Life()
    decision = life.hear(claim(line(10000, 5000, XX45=3000, CR1=500, PR1=1500)))
    assert decision.disposition is Disposition.HELD
    assert life.position.holds == {HoldKind.GROUP_UNKNOWN}
    assert life.position.payer_receivable_cents == 3500
    assert life.position.patient_pending_cents == 1500
    assert life.position.billable_cents == 0


def test_paying_above_the_charge_is_a_negative_write_off() -> None:
    life = Life()
    life.hear(claim(line(10000, 10900, CO94=-900)))
    assert life.position.adjusted_cents == -900
    assert life.position.payer_receivable_cents == 0


def test_a_share_below_zero_on_one_line_is_counted_for_the_claim_and_held() -> None:
    life = Life()
    decision = life.hear(claim(line(10000, 8000, PR1=2000), line(5000, 5500, PR2=-500, number=2)))
    assert decision.holds_placed == {HoldKind.NEGATIVE_RESPONSIBILITY}
    assert {key: one.pending_cents for key, one in life.position.balances.items()} == {None: 1500}


def test_a_share_that_is_negative_as_a_whole_is_more_than_the_charge_allows() -> None:
    decision = Life().hear(claim(line(10000, 10500, PR1=-500)))
    assert decision.quarantine is not None
    assert decision.quarantine.reason is QuarantineReason.MORE_THAN_CHARGED


def test_amounts_of_one_line_are_netted_by_target() -> None:
    life = Life()
    twice = replace(
        line(10000, 8000),
        adjustments=adjustments({"PR1": 3000}) + adjustments({"PR1": -1000}),
    )
    assert life.hear(claim(twice)).disposition is Disposition.POSTED
    assert life.position.billable_cents == 2000


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (claim(line(10000, 7000, CO45=2000)), QuarantineReason.LINE_UNBALANCED),
        (
            claim(line(10000, 7000, CO45=3000), charge_cents=11000),
            QuarantineReason.CLAIM_UNBALANCED,
        ),
        (
            claim(
                line(10000, 7000, CO45=3000),
                charge_cents=11000,
                adjustments=adjustments({"CO16": 1000}),
            ),
            QuarantineReason.LINES_DIFFER_FROM_CLAIM,
        ),
        (claim(line(10000, 7000, CO45=3000), status="25"), QuarantineReason.PREDETERMINATION),
        (claim(line(-10000, 7000, CO45=-17000)), QuarantineReason.CHARGE_NEGATIVE),
        (
            claim(
                line(10000, 7000, CO45=3000),
                findings=(Finding("amount_unreadable", "CAS03", "not a number"),),
            ),
            QuarantineReason.AMOUNT_UNREADABLE,
        ),
    ],
)
def test_a_claim_that_does_not_hold_is_quarantined_and_its_money_is_in_suspense(
    broken: ClaimPayment, reason: QuarantineReason
) -> None:
    life = Life()
    decision = life.hear(broken)
    assert decision.disposition is Disposition.QUARANTINED
    assert decision.quarantine is not None
    assert decision.quarantine.reason is reason
    assert decision.quarantine.message.startswith("Claim A1")
    assert decision.quarantine.message.endswith(".")
    assert life.sums() == {A.PAYER_CLEARING: 7000, A.REMITTANCE_SUSPENSE: -7000}
    assert life.position.charge_cents is None
    assert life.position.adjudications[-1].outcome is Outcome.QUARANTINED


def test_a_quarantined_claim_without_money_posts_nothing() -> None:
    assert (
        Life()
        .hear(
            claim(line(10000, 0, CO45=1)),
        )
        .entries
        == ()
    )


def test_a_claim_of_nothing_is_posted_without_an_entry() -> None:
    decision = Life().hear(claim(line(0, 0)))
    assert decision.disposition is Disposition.POSTED
    assert decision.entries == ()


def test_the_same_decision_in_another_file_posts_nothing() -> None:
    life = Life()
    decided = claim(line(10000, 5000, CO45=3000, PR1=2000))
    life.hear(decided, trace="T1", file=1)
    before = life.sums()
    decision = life.hear(decided, trace="T1", file=2)
    assert decision.disposition is Disposition.DUPLICATE
    assert decision.entries == ()
    assert life.sums() == before


def test_the_same_decision_paid_again_is_owed_to_the_payer_and_the_share_stays() -> None:
    life = Life()
    decided = claim(line(10000, 5000, CO45=3000, PR1=2000))
    life.hear(decided)
    decision = life.hear(decided, trace="T2", file=2)
    assert decision.disposition is Disposition.DUPLICATE
    assert decision.adjudication.outcome is Outcome.PAID_TWICE
    assert life.sums()[A.PAYER_CREDITS] == -5000
    assert life.position.billable_cents == 2000


def test_a_claim_twice_in_one_payment_is_paid_twice() -> None:
    # BPR02 counts it twice, so payer_clearing must too.
    life = Life()
    decided = claim(line(10000, 5000, CO45=3000, PR1=2000))
    life.hear(decided)
    life.hear(decided)
    assert life.sums()[A.PAYER_CREDITS] == -5000
    assert life.sums()[A.PAYER_CLEARING] == 10000


def test_a_repeated_denial_posts_nothing_under_any_trace() -> None:
    life = Life()
    refused = claim(line(10000, 0, CO50=10000), status="4")
    life.hear(refused)
    assert life.hear(refused, trace="T2", file=2).disposition is Disposition.DUPLICATE


def test_a_denial_as_sent_twice_leaves_the_first_decision_alone() -> None:
    life = Life()
    life.hear(claim(line(10000, 5000, CO45=3000, PR1=2000)))
    decision = life.hear(
        claim(line(10000, 0, OA18=10000), status="4", icn="ICN2"), trace="T2", file=2
    )
    assert decision.disposition is Disposition.DUPLICATE
    assert life.position.billable_cents == 2000


def test_lines_decided_for_the_first_time_are_no_repeat_whatever_the_plan_calls_them() -> None:
    life = Life()
    life.hear(claim(line(10000, 5000, CO45=3000, PR1=2000)))
    refused = claim(line(2500, 0, number=2, OA18=2500), status="4", icn="ICN2")
    assert life.hear(refused).disposition is Disposition.POSTED
    assert life.position.charge_cents == 12500
    assert life.position.billable_cents == 2000


def test_a_quarantined_claim_sent_again_in_another_file_posts_nothing() -> None:
    life = Life()
    broken = claim(line(10000, 7000, CO45=2000))
    life.hear(broken)
    decision = life.hear(broken, file=2)
    assert decision.disposition is Disposition.DUPLICATE
    assert life.sums() == {A.PAYER_CLEARING: 7000, A.REMITTANCE_SUSPENSE: -7000}


def test_decided_again_after_a_payment_holds_the_claim_and_its_money_waits() -> None:
    life = Life()
    life.hear(claim(line(10000, 5000, CO45=3000, PR1=2000)))
    decision = life.hear(
        claim(line(10000, 6000, CO45=3000, PR1=1000), icn="ICN2"), trace="T2", file=2
    )
    assert decision.disposition is Disposition.HELD
    assert life.position.holds == {HoldKind.DECIDED_AGAIN}
    assert life.position.patient_pending_cents == 2000
    assert life.sums()[A.REMITTANCE_SUSPENSE] == -6000


def test_decided_again_after_a_denial_takes_its_place_and_is_held() -> None:
    life = Life()
    life.hear(claim(line(10000, 0, CO97=1000, PR204=9000), status="4"))
    decision = life.hear(
        claim(line(10000, 5000, CO45=3000, PR1=2000), icn="ICN2"), trace="T2", file=2
    )
    assert decision.disposition is Disposition.HELD
    assert life.position.holds == {HoldKind.DECIDED_AGAIN}
    assert life.position.patient_pending_cents == 2000
    assert A.BUNDLED_ADJUSTMENTS not in life.sums()


def test_parts_of_a_split_claim_add_up() -> None:
    life = Life()
    life.hear(claim(line(10000, 8000, PR2=2000), icn="ICN1"))
    decision = life.hear(claim(line(5000, 4000, number=2, PR2=1000), icn="ICN2"))
    assert decision.disposition is Disposition.POSTED
    assert life.position.charge_cents == 15000
    assert life.position.billable_cents == 3000
    assert len(life.position.charges) == 2


def test_a_larger_charge_than_the_practice_sent_is_quarantined() -> None:
    life = Life.with_charge(9000)
    decision = life.hear(claim(line(10000, 7000, CO45=3000)))
    assert decision.quarantine is not None
    assert decision.quarantine.reason is QuarantineReason.CHARGE_ABOVE_RECORDED
    assert "$90.00" in decision.quarantine.message


def test_a_smaller_charge_that_no_line_explains_is_held() -> None:
    life = Life()
    life.hear(claim(line(10000, 0, CO16=10000), status="4"), payer="P0")
    decision = life.hear(claim(line(9000, 7000, PR1=2000), status="2"), trace="T2", file=2)
    assert HoldKind.CHARGE_DIFFERS in decision.holds_placed


def test_a_payer_that_decides_on_some_of_the_lines_is_not_held_for_that() -> None:
    life = Life()
    both = claim(line(10000, 0, CO109=10000), line(5000, 0, number=2, CO109=5000), status="4")
    life.hear(both, payer="P0")
    decision = life.hear(claim(line(5000, 4000, number=2, PR2=1000)), payer="P1", file=2)
    assert decision.disposition is Disposition.POSTED
    assert life.position.payer_receivable_cents == 10000


def test_a_whole_claim_after_a_part_of_it_raises_the_charge() -> None:
    life = Life()
    life.hear(claim(line(5000, 0, number=2, OA23=4000, PR2=1000), status="2"), payer="P2")
    whole = claim(line(10000, 8000, PR2=2000), line(5000, 4000, number=2, PR2=1000))
    life.hear(whole, payer="P1", file=2)
    assert life.position.charge_cents == 15000


def test_a_reversal_cannot_be_the_first_word() -> None:
    decision = Life().hear(reversal_of(claim(line(10000, 5000, CO45=3000, PR1=2000))))
    assert decision.quarantine is not None
    assert decision.quarantine.reason is QuarantineReason.REVERSAL_UNMATCHED

"""Each business event in double entry, cent by cent, on the accounts of the posting table."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import pytest

from portal.domain import payer_postings as payers
from portal.domain import payment_postings as payments
from portal.domain import posting_rules as rules
from portal.domain.allocation import Allocation
from portal.domain.journal import NOWHERE, BusinessEvent, JournalEntry, LedgerAccount, Target
from portal.domain.patient_share import ShareMove
from portal.domain.posting_table import POSTING_TABLE
from portal.domain.remittance import ProviderAdjustment
from tests.domain.claims import check_accounts
from tests.domain.desk_entries import DESK_ENTRIES
from tests.domain.feed_entries import FEED_ENTRIES
from tests.domain.gateway_entries import GATEWAY_ENTRIES
from tests.domain.owed_elsewhere_entries import OWED_ELSEWHERE_ENTRIES

A = LedgerAccount
CLAIM, CHARGE, GUARANTOR = UUID(int=1), UUID(int=2), UUID(int=3)
ONE, TWO = UUID(int=11), UUID(int=12)
TODAY = date(2026, 3, 9)
OCCASION = rules.ClaimOccasion(CLAIM, GUARANTOR, TODAY)
PENDING = [ShareMove(CHARGE, pending_cents=2000), ShareMove(None, pending_cents=500)]
RELEASED = [ShareMove(CHARGE, -2000, 2000)]
LINE = Target(CLAIM, CHARGE)
LISTED = [
    Allocation(LINE, 1500),
    Allocation(Target(CLAIM), 300),
    Allocation(NOWHERE, 200),
]
L6, WO, FB, CS = (
    ProviderAdjustment("L6", "", -250),
    ProviderAdjustment("WO", "ICN1", 4000),
    ProviderAdjustment("FB", "", -4000),
    ProviderAdjustment("CS", "", 100),
)

Legs = Sequence[tuple[LedgerAccount, int]]
TABLE: list[tuple[JournalEntry | None, Legs]] = [
    (
        rules.charge_recorded(OCCASION, charge_cents=9000),
        [(A.PAYER_RECEIVABLE, 9000), (A.GROSS_CHARGES, -9000)],
    ),
    (
        rules.charge_voided(OCCASION, charge_cents=9000, sent_claim_id=ONE),
        [(A.GROSS_CHARGES, 9000), (A.PAYER_RECEIVABLE, -9000)],
    ),
    (
        rules.charge_replaced(OCCASION, sent_claim_id=ONE, voided_cents=9000, charge_cents=7000),
        [
            (A.PAYER_RECEIVABLE, -9000),
            (A.GROSS_CHARGES, 9000),
            (A.PAYER_RECEIVABLE, 7000),
            (A.GROSS_CHARGES, -7000),
        ],
    ),
    (
        payers.remittance_posted(OCCASION, adjudication_id=ONE, paid_cents=4000),
        [(A.PAYER_CLEARING, 4000), (A.PAYER_RECEIVABLE, -4000)],
    ),
    (
        payers.remittance_posted(OCCASION, adjudication_id=ONE, paid_cents=-4000),
        [(A.PAYER_CLEARING, -4000), (A.PAYER_RECEIVABLE, 4000)],
    ),
    (
        payers.remittance_suspended(OCCASION, adjudication_id=ONE, paid_cents=4000),
        [(A.PAYER_CLEARING, 4000), (A.REMITTANCE_SUSPENSE, -4000)],
    ),
    (
        payers.remittance_difference_suspended(ONE, effective_on=TODAY, difference_cents=-5),
        [(A.PAYER_CLEARING, -5), (A.REMITTANCE_SUSPENSE, 5)],
    ),
    (
        payers.duplicate_paid(OCCASION, adjudication_id=ONE, paid_cents=4000),
        [(A.PAYER_CLEARING, 4000), (A.PAYER_CREDITS, -4000)],
    ),
    (
        payers.takeback_differs(OCCASION, adjudication_id=ONE, more_cents=1000),
        [(A.PAYER_CLEARING, 1000), (A.PAYER_CREDITS, -1000)],
    ),
    (
        payers.remittance_rejected(OCCASION, adjudication_id=ONE, paid_cents=4000),
        [(A.REMITTANCE_SUSPENSE, 4000), (A.PAYER_CREDITS, -4000)],
    ),
    (
        payers.provider_adjusted(ONE, L6, position=1, effective_on=TODAY),
        [(A.INTEREST_INCOME, -250), (A.PAYER_CLEARING, 250)],
    ),
    (
        payers.provider_adjusted(ONE, WO, position=2, effective_on=TODAY),
        [(A.PAYER_CREDITS, 4000), (A.PAYER_CLEARING, -4000)],
    ),
    (
        payers.provider_adjusted(ONE, FB, position=3, effective_on=TODAY),
        [(A.PAYER_CREDITS, -4000), (A.PAYER_CLEARING, 4000)],
    ),
    (
        payers.provider_adjusted(ONE, CS, position=4, effective_on=TODAY),
        [(A.PROVIDER_ADJUSTMENTS, 100), (A.PAYER_CLEARING, -100)],
    ),
    (
        rules.claim_adjudicated(
            OCCASION,
            adjudication_id=ONE,
            written_off=[(A.CONTRACTUAL_ADJUSTMENTS, 2200), (A.INCENTIVE_ADJUSTMENTS, -200)],
            share=PENDING,
        ),
        [
            (A.CONTRACTUAL_ADJUSTMENTS, 2200),
            (A.INCENTIVE_ADJUSTMENTS, -200),
            (A.PATIENT_PENDING, 2000),
            (A.PATIENT_PENDING, 500),
            (A.PAYER_RECEIVABLE, -4500),
        ],
    ),
    (
        rules.adjudication_voided(
            OCCASION,
            adjudication_id=ONE,
            written_off=[(A.CONTRACTUAL_ADJUSTMENTS, 2200)],
            share=[ShareMove(CHARGE, -300, -1700)],
        ),
        [
            (A.CONTRACTUAL_ADJUSTMENTS, -2200),
            (A.PATIENT_PENDING, -300),
            (A.PATIENT_RECEIVABLE, -1700),
            (A.PAYER_RECEIVABLE, 4200),
        ],
    ),
    (
        rules.share_superseded(OCCASION, cause_id=ONE, share=[ShareMove(CHARGE, 0, -2000)]),
        [(A.PATIENT_RECEIVABLE, -2000), (A.PAYER_RECEIVABLE, 2000)],
    ),
    (
        rules.share_restored(OCCASION, cause_id=ONE, share=PENDING),
        [(A.PATIENT_PENDING, 2000), (A.PATIENT_PENDING, 500), (A.PAYER_RECEIVABLE, -2500)],
    ),
    (
        rules.share_released(OCCASION, cause_id=ONE, share=RELEASED),
        [(A.PATIENT_PENDING, -2000), (A.PATIENT_RECEIVABLE, 2000)],
    ),
    (
        rules.share_held(OCCASION, cause_id=ONE, share=[ShareMove(CHARGE, 700, -700)]),
        [(A.PATIENT_PENDING, 700), (A.PATIENT_RECEIVABLE, -700)],
    ),
    (
        rules.credit_released(OCCASION, cause_id=ONE, share=[ShareMove(CHARGE, 0, 600)]),
        [(A.PATIENT_RECEIVABLE, 600), (A.UNAPPLIED_CREDIT, -600)],
    ),
    (
        rules.credit_applied(OCCASION, cause_id=ONE, share=[ShareMove(CHARGE, 0, -600)]),
        [(A.PATIENT_RECEIVABLE, -600), (A.UNAPPLIED_CREDIT, 600)],
    ),
    (
        rules.qmb_written_off(OCCASION, write_off_id=ONE, amount_cents=800),
        [(A.DENIAL_WRITE_OFFS, 800), (A.PAYER_RECEIVABLE, -800)],
    ),
    (
        rules.denial_written_off(OCCASION, write_off_id=ONE, amount_cents=800),
        [(A.DENIAL_WRITE_OFFS, 800), (A.PAYER_RECEIVABLE, -800)],
    ),
    (
        payers.deposit_matched(ONE, part_id=TWO, deposit_cents=7000, effective_on=TODAY),
        [(A.BANK, 7000), (A.PAYER_CLEARING, -7000)],
    ),
    (
        payers.deposit_difference_suspended(
            ONE, part_id=TWO, difference_cents=-25, effective_on=TODAY
        ),
        [(A.BANK, -25), (A.REMITTANCE_SUSPENSE, 25)],
    ),
    (
        payments.payment_settled(ONE, LISTED, guarantor_id=GUARANTOR, effective_on=TODAY),
        [
            (A.CARD_CLEARING, 2000),
            (A.PATIENT_RECEIVABLE, -1500),
            (A.PATIENT_RECEIVABLE, -300),
            (A.UNAPPLIED_CREDIT, -200),
        ],
    ),
    (
        payments.credit_used(ONE, LISTED[:2], guarantor_id=GUARANTOR, effective_on=TODAY),
        [
            (A.UNAPPLIED_CREDIT, 1800),
            (A.PATIENT_RECEIVABLE, -1500),
            (A.PATIENT_RECEIVABLE, -300),
        ],
    ),
    (
        payments.payment_suspended("pi_1", amount_cents=900, guarantor_id=None, effective_on=TODAY),
        [(A.CARD_CLEARING, 900), (A.PAYMENT_SUSPENSE, -900)],
    ),
    (
        payments.refund_paid(ONE, LISTED, guarantor_id=GUARANTOR, effective_on=TODAY),
        [
            (A.PATIENT_RECEIVABLE, 1500),
            (A.PATIENT_RECEIVABLE, 300),
            (A.UNAPPLIED_CREDIT, 200),
            (A.CARD_CLEARING, -2000),
        ],
    ),
    (
        payments.refund_paid(
            ONE, LISTED[:1], unexplained_cents=70, guarantor_id=GUARANTOR, effective_on=TODAY
        ),
        [(A.PATIENT_RECEIVABLE, 1500), (A.PAYMENT_SUSPENSE, 70), (A.CARD_CLEARING, -1570)],
    ),
    (
        payments.refund_paid(
            ONE, LISTED, guarantor_id=GUARANTOR, effective_on=TODAY, left_from=A.BANK
        ),
        [
            (A.PATIENT_RECEIVABLE, 1500),
            (A.PATIENT_RECEIVABLE, 300),
            (A.UNAPPLIED_CREDIT, 200),
            (A.BANK, -2000),
        ],
    ),
    (
        payments.refund_returned(
            ONE,
            amount_cents=2000,
            unexplained_cents=70,
            guarantor_id=GUARANTOR,
            effective_on=TODAY,
        ),
        [(A.CARD_CLEARING, 2000), (A.UNAPPLIED_CREDIT, -1930), (A.PAYMENT_SUSPENSE, -70)],
    ),
    (
        payments.payment_reallocated(
            ONE,
            [Allocation(LINE, -1500), Allocation(Target(CLAIM), 300), Allocation(NOWHERE, 1200)],
            guarantor_id=GUARANTOR,
            effective_on=TODAY,
        ),
        [
            (A.PATIENT_RECEIVABLE, 1500),
            (A.PATIENT_RECEIVABLE, -300),
            (A.UNAPPLIED_CREDIT, -1200),
        ],
    ),
    (
        payments.suspense_cleared(
            ONE, amount_cents=500, guarantor_id=GUARANTOR, effective_on=TODAY
        ),
        [(A.UNAPPLIED_CREDIT, 500), (A.PAYMENT_SUSPENSE, -500)],
    ),
    (
        payments.refund_held(OCCASION, refund_id=ONE, share=[ShareMove(CHARGE, 700, -700)]),
        [(A.PATIENT_PENDING, 700), (A.PATIENT_RECEIVABLE, -700)],
    ),
]
ASSIGNED = rules.guarantor_assigned(
    rules.ClaimOccasion(CLAIM, None, TODAY),
    guarantor_id=GUARANTOR,
    share=[ShareMove(CHARGE, pending_cents=-2000)],
)


def _name(case: object) -> str:
    return str(case.business_event) if isinstance(case, JournalEntry) else ""


@pytest.mark.parametrize(("entry", "legs"), TABLE, ids=_name)
def test_an_event_posts_exactly_these_legs(entry: JournalEntry | None, legs: Legs) -> None:
    assert entry is not None
    assert [(one.account, one.amount_cents) for one in entry.postings] == list(legs)
    check_accounts(entry)
    assert entry.effective_on == TODAY


def test_a_refund_that_we_sent_and_its_overpayment_cancel_out() -> None:
    """The payer acknowledges our check (72) beside what it had paid too much (WO)."""
    pair = (ProviderAdjustment("72", "REF", -5000), ProviderAdjustment("WO", "REF", 5000))
    legs: dict[A, int] = {}
    for position, adjustment in enumerate(pair, start=1):
        entry = payers.provider_adjusted(ONE, adjustment, position=position, effective_on=TODAY)
        for posting in entry.postings:
            legs[posting.account] = legs.get(posting.account, 0) + posting.amount_cents
    assert legs == {A.PAYER_CREDITS: 0, A.PAYER_CLEARING: 0}


def test_a_guarantor_takes_a_share_over_from_nobody() -> None:
    nobody, somebody = ASSIGNED
    assert (nobody.guarantor_id, somebody.guarantor_id) == (None, GUARANTOR)
    assert [(one.account, one.amount_cents) for one in nobody.postings] == [
        (A.PATIENT_PENDING, -2000),
        (A.PAYER_RECEIVABLE, 2000),
    ]
    assert sum(one.amount_cents for one in somebody.postings if one.target == LINE) == 2000
    for entry in ASSIGNED:
        check_accounts(entry)


def test_every_event_has_its_row_and_its_rule() -> None:
    shown = {entry.business_event for entry, _ in TABLE if entry} | {
        entry.business_event for entry in ASSIGNED
    }
    shown |= {entry.business_event for entry, _ in FEED_ENTRIES}
    shown |= {
        entry.business_event
        for entry, _ in (*DESK_ENTRIES, *GATEWAY_ENTRIES, *OWED_ELSEWHERE_ENTRIES)
    }
    assert shown == set(POSTING_TABLE) == set(BusinessEvent)


def test_patients_legs_name_the_line_and_payers_legs_only_the_claim() -> None:
    for entry, _ in TABLE:
        assert entry is not None
        for posting in entry.postings:
            if posting.account in {A.PATIENT_PENDING, A.PATIENT_RECEIVABLE}:
                assert posting.target in {LINE, Target(CLAIM)}
            else:
                assert posting.target in {Target(CLAIM), NOWHERE}


@pytest.mark.parametrize(
    "entry",
    [
        rules.claim_adjudicated(OCCASION, adjudication_id=ONE, written_off=[], share=[]),
        rules.adjudication_voided(OCCASION, adjudication_id=ONE, written_off=[], share=[]),
        rules.share_superseded(OCCASION, cause_id=ONE, share=[]),
        rules.share_restored(OCCASION, cause_id=ONE, share=[]),
        rules.share_released(OCCASION, cause_id=ONE, share=[]),
        rules.share_held(OCCASION, cause_id=ONE, share=[]),
        rules.credit_released(OCCASION, cause_id=ONE, share=[]),
        rules.credit_applied(OCCASION, cause_id=ONE, share=[]),
    ],
)
def test_a_rule_with_nothing_to_say_makes_no_entry(entry: JournalEntry | None) -> None:
    assert entry is None


def test_adjustments_that_cancel_out_leave_the_payers_debt_alone() -> None:
    entry = rules.claim_adjudicated(
        OCCASION,
        adjudication_id=ONE,
        written_off=[(A.CONTRACTUAL_ADJUSTMENTS, 500), (A.INCENTIVE_ADJUSTMENTS, -500)],
        share=[],
    )
    assert entry is not None
    assert len(entry.postings) == 2


def test_source_keys_are_made_of_ids() -> None:
    first = rules.charge_recorded(OCCASION, charge_cents=1)
    further = rules.charge_recorded(OCCASION, charge_cents=1, adjudication_id=TWO)
    assert first.source_key == str(CLAIM)
    assert further.source_key == f"{CLAIM}:{TWO}"
    adjusted = payers.provider_adjusted(ONE, WO, position=2, effective_on=TODAY)
    assert adjusted.source_key == f"{ONE}:2"

"""How lines of a visit come from decisions and books: they add up, or nothing is explained."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.billed_claim import BilledClaim, BilledLine, ClaimBooks, DecidedAmount, Decision
from portal.domain.explanation import DoesNotAddUpError, explain, share_decisions
from portal.domain.journal import LedgerAccount
from portal.domain.service_kind import ServiceKind
from portal.domain.statement import NOTHING, Figures, Share, TakenOff

BLUE, GREEN = UUID(int=1), UUID(int=2)
VISIT, X_RAY = UUID(int=11), UUID(int=12)
Cas = tuple[UUID | None, str, str, int]


def billed(*cents: int, decisions: Sequence[Decision] = ()) -> BilledClaim:
    lines = tuple(
        BilledLine(charge_id, "HC", code, amount)
        for charge_id, code, amount in zip((VISIT, X_RAY), ("99213", "71046"), cents, strict=False)
    )
    return BilledClaim(sum(cents), lines, tuple(decisions))


def decision(
    paid: Mapping[UUID | None, int],
    *adjustments: Cas,
    rank: int = 1,
    payer_id: UUID = BLUE,
    paid_cents: int | None = None,
) -> Decision:
    return Decision(
        payer_id=payer_id,
        payer_name="Blue Horizon" if payer_id == BLUE else "Green Valley",
        rank=rank,
        paid_cents=sum(paid.values()) if paid_cents is None else paid_cents,
        paid_on_lines=paid,
        amounts=tuple(DecidedAmount(*adjustment) for adjustment in adjustments),
    )


def books(
    *,
    billed_cents: int,
    plan_paid_cents: int = 0,
    written_off: Mapping[LedgerAccount, int] | None = None,
    owed: Mapping[UUID | None, int] | None = None,
    paid: Mapping[UUID | None, int] | None = None,
    pending_cents: int = 0,
) -> ClaimBooks:
    """What the ledger holds when everything was posted as it should be."""
    off, open_, settled = written_off or {}, owed or {}, paid or {}
    theirs = sum(off.values()) + sum(open_.values()) + sum(settled.values()) + pending_cents
    accounts = {
        LedgerAccount.GROSS_CHARGES: -billed_cents,
        LedgerAccount.PAYER_CLEARING: plan_paid_cents,
        LedgerAccount.PATIENT_PENDING: pending_cents,
        LedgerAccount.PAYER_RECEIVABLE: billed_cents - plan_paid_cents - theirs,
        LedgerAccount.PATIENT_RECEIVABLE: sum(open_.values()),
        **off,
    }
    return ClaimBooks(accounts, open_, settled)


CONTRACTUAL = LedgerAccount.CONTRACTUAL_ADJUSTMENTS


def test_a_deductible_is_explained_as_in_the_letter_of_the_plan() -> None:
    claim = billed(
        14_200,
        decisions=[decision({VISIT: 0}, (VISIT, "CO", "45", 5_800), (VISIT, "PR", "1", 8_400))],
    )
    (line,) = explain(
        claim,
        books(billed_cents=14_200, written_off={CONTRACTUAL: 5_800}, owed={VISIT: 8_400}),
    )
    assert line.figures == Figures(14_200, 5_800, 0, 0, 0, 8_400)
    assert line.shares == (Share("1", 8_400),)
    assert line.taken_off == (TakenOff("contractual", 5_800),)
    (answer,) = line.answers
    assert [(one.group, one.reason, one.cents) for one in answer.amounts] == [
        ("CO", "45", 5_800),
        ("PR", "1", 8_400),
    ]
    assert line.service_kind is ServiceKind.OFFICE_VISIT


def test_a_line_keeps_the_practices_own_words_for_it() -> None:
    line = BilledLine(VISIT, "HC", "73110", 14_200, "Left wrist, three pictures")
    (told,) = explain(
        BilledClaim(14_200, (line,)), books(billed_cents=14_200, owed={VISIT: 14_200})
    )
    assert told.description == "Left wrist, three pictures"


def test_a_payment_lowers_what_is_owed_and_the_share_stays_as_decided() -> None:
    claim = billed(
        10_000,
        decisions=[decision({VISIT: 6_000}, (VISIT, "PR", "3", 4_000))],
    )
    (line,) = explain(
        claim,
        books(
            billed_cents=10_000,
            plan_paid_cents=6_000,
            owed={VISIT: 2_500},
            paid={VISIT: 1_500},
        ),
    )
    assert line.figures == Figures(10_000, 0, 6_000, 0, 1_500, 2_500)
    assert line.shares == (Share("3", 4_000),)


def test_a_payment_that_another_file_told_is_not_told_again_line_by_line() -> None:
    """The decision waited without its money, and counts since the first one was taken back."""
    told = decision(
        {VISIT: 5_000}, (VISIT, "CO", "45", 3_000), (VISIT, "PR", "3", 2_000), paid_cents=0
    )
    off = {CONTRACTUAL: 3_000}
    (line,) = explain(
        billed(10_000, decisions=[told]),
        books(billed_cents=10_000, written_off=off, owed={VISIT: 2_000}),
    )
    assert line.figures == Figures(10_000, 3_000, 0, 5_000, 0, 2_000)


def test_of_what_two_plans_took_off_only_what_is_below_zero_is_never_cut() -> None:
    """Each paid above the charge (CARC 94); what the first bundled was not posted: no room."""
    second = decision(
        {VISIT: 100}, (VISIT, "PR", "1", 10_000), (VISIT, "CO", "94", -100), rank=2, payer_id=GREEN
    )
    first = decision(
        {VISIT: 100}, (VISIT, "CO", "97", 1), (VISIT, "PR", "1", 9_999), (VISIT, "CO", "94", -100)
    )
    (line,) = explain(
        billed(10_000, decisions=[second, first]),
        books(
            billed_cents=10_000,
            plan_paid_cents=200,
            written_off={CONTRACTUAL: -200},
            owed={VISIT: 10_000},
        ),
    )
    assert line.figures == Figures(10_000, -200, 200, 0, 0, 10_000)


def test_what_was_taken_back_for_the_claim_as_a_whole_is_no_payment_told_twice() -> None:
    told = decision(
        {VISIT: 5_000}, (VISIT, "PR", "3", 5_000), (None, "CO", "45", 5_000), paid_cents=0
    )
    off = {CONTRACTUAL: 5_000}
    line, whole = explain(
        billed(10_000, decisions=[told]),
        books(billed_cents=10_000, written_off=off, owed={VISIT: 5_000}),
    )
    assert (line.figures.plan_paid_cents, whole.figures.plan_paid_cents) == (5_000, -5_000)


def test_what_is_denied_stays_with_insurance() -> None:
    claim = billed(
        10_000,
        5_000,
        decisions=[
            decision(
                {VISIT: 8_000, X_RAY: 0},
                (VISIT, "PR", "2", 2_000),
                (X_RAY, "CO", "50", 5_000),
            )
        ],
    )
    visit, x_ray = explain(
        claim, books(billed_cents=15_000, plan_paid_cents=8_000, owed={VISIT: 2_000})
    )
    assert x_ray.figures == Figures(5_000, 0, 0, 5_000, 0, 0)
    assert x_ray.shares == ()
    assert visit.figures.you_owe_cents == 2_000


def test_a_denial_that_staff_gave_up_is_taken_off() -> None:
    claim = billed(
        10_000,
        5_000,
        decisions=[
            decision(
                {VISIT: 8_000, X_RAY: 0}, (VISIT, "PR", "2", 2_000), (X_RAY, "CO", "50", 5_000)
            )
        ],
    )
    _, x_ray = explain(
        claim,
        books(
            billed_cents=15_000,
            plan_paid_cents=8_000,
            written_off={LedgerAccount.DENIAL_WRITE_OFFS: 5_000},
            owed={VISIT: 2_000},
        ),
    )
    assert x_ray.figures == Figures(5_000, 5_000, 0, 0, 0, 0)
    assert x_ray.taken_off == (TakenOff("denial", 5_000),)


def test_a_second_payer_repeats_the_discount_and_it_counts_once() -> None:
    first = decision({VISIT: 6_400}, (VISIT, "CO", "45", 2_000), (VISIT, "PR", "2", 1_600))
    second = decision(
        {VISIT: 1_000},
        (VISIT, "CO", "45", 2_000),
        (VISIT, "OA", "23", 6_400),
        (VISIT, "PR", "2", 600),
        rank=2,
        payer_id=GREEN,
    )
    (line,) = explain(
        billed(10_000, decisions=[first, second]),
        books(
            billed_cents=10_000,
            plan_paid_cents=7_400,
            written_off={CONTRACTUAL: 2_000},
            owed={VISIT: 600},
        ),
    )
    assert line.figures == Figures(10_000, 2_000, 7_400, 0, 0, 600)
    assert line.shares == (Share("2", 600),)


def test_parts_of_one_decision_add_up_and_a_lower_rank_is_history() -> None:
    old = decision({VISIT: 0}, (VISIT, "PR", "1", 500))
    part, other_part = (decision({}, rank=2, payer_id=GREEN) for _ in range(2))
    assert share_decisions([old, part, other_part]) == (part, other_part)
    assert share_decisions([]) == ()


def test_what_was_decided_for_the_claim_as_a_whole_is_a_line_of_its_own() -> None:
    claim = billed(
        10_000,
        decisions=[decision({VISIT: 10_000}, (None, "PR", "1", 3_000), paid_cents=7_000)],
    )
    visit, whole = explain(
        claim, books(billed_cents=10_000, plan_paid_cents=7_000, owed={None: 3_000})
    )
    assert visit.figures == Figures(10_000, 0, 10_000, 0, 0, 0)
    assert whole.charge_id is None
    assert whole.service_kind is ServiceKind.WHOLE_VISIT
    assert whole.figures == Figures(0, 0, -3_000, 0, 0, 3_000)
    assert whole.shares == (Share("1", 3_000),)


def test_a_visit_without_insurance_is_owed_as_it_was_billed() -> None:
    (line,) = explain(billed(9_000), books(billed_cents=9_000, owed={VISIT: 9_000}))
    assert line.figures == Figures(9_000, 0, 0, 0, 0, 9_000)
    assert line.shares == ()


def test_a_payment_above_the_charge_shows_as_a_negative_discount() -> None:
    claim = billed(
        10_000,
        5_000,
        decisions=[
            decision(
                {VISIT: 12_000, X_RAY: 4_000},
                (VISIT, "CO", "94", -2_000),
                (X_RAY, "PR", "3", 1_000),
            )
        ],
    )
    visit, _ = explain(
        claim,
        books(
            billed_cents=15_000,
            plan_paid_cents=16_000,
            written_off={CONTRACTUAL: -2_000},
            owed={X_RAY: 1_000},
        ),
    )
    assert visit.figures == Figures(10_000, -2_000, 12_000, 0, 0, 0)


ONE_LINE = decision({VISIT: 6_000}, (VISIT, "CO", "45", 1_000), (VISIT, "PR", "1", 3_000))


@pytest.mark.parametrize(
    ("held", "what"),
    [
        (books(billed_cents=11_000, plan_paid_cents=6_000, owed={VISIT: 3_000}), "charge"),
        (
            books(
                billed_cents=10_000,
                plan_paid_cents=5_000,
                written_off={CONTRACTUAL: 1_000},
                owed={VISIT: 3_000},
            ),
            "payers' payments",
        ),
        (
            books(
                billed_cents=10_000,
                plan_paid_cents=6_000,
                written_off={CONTRACTUAL: 1_000},
                owed={VISIT: 2_500},
            ),
            "patient's share",
        ),
        (
            books(
                billed_cents=10_000,
                plan_paid_cents=6_000,
                written_off={CONTRACTUAL: 400},
                owed={VISIT: 3_000},
            ),
            "written off",
        ),
        (
            books(
                billed_cents=10_000,
                plan_paid_cents=6_000,
                written_off={CONTRACTUAL: 1_000},
                owed={VISIT: 2_000},
                pending_cents=1_000,
            ),
            "not released",
        ),
    ],
)
def test_decisions_and_books_that_differ_are_not_explained(held: ClaimBooks, what: str) -> None:
    with pytest.raises(DoesNotAddUpError, match=what):
        explain(billed(10_000, decisions=[ONE_LINE]), held)


def test_a_visit_whose_lines_do_not_fit_is_explained_as_a_whole() -> None:
    """The payer paid for the claim and put the share to a line: by line there is no room for it."""
    claim = billed(
        8_000,
        2_000,
        decisions=[decision({None: 6_000}, (VISIT, "PR", "1", 3_000), (X_RAY, "CO", "45", 1_000))],
    )
    held = books(
        billed_cents=10_000,
        plan_paid_cents=6_000,
        written_off={CONTRACTUAL: 1_000},
        owed={VISIT: 3_000},
    )
    (line,) = explain(claim, held)
    assert (line.charge_id, line.service_kind) == (None, ServiceKind.WHOLE_VISIT)
    assert line.figures == Figures(10_000, 1_000, 6_000, 0, 0, 3_000)
    assert line.shares == (Share("1", 3_000),)


def test_a_decision_on_a_line_the_claim_does_not_have_is_not_explained() -> None:
    claim = billed(10_000, decisions=[decision({VISIT: 9_000}, (X_RAY, "CO", "45", 1_000))])
    with pytest.raises(DoesNotAddUpError, match="does not have"):
        explain(
            claim,
            books(billed_cents=10_000, plan_paid_cents=9_000, written_off={CONTRACTUAL: 1_000}),
        )


@st.composite
def decided_lines(draw: st.DrawFn) -> tuple[BilledClaim, ClaimBooks]:
    """Two lines, each with a discount, a payment, a denial and a share that is partly paid."""
    paid: dict[UUID | None, int] = {}
    owed: dict[UUID | None, int] = {}
    by_patient: dict[UUID | None, int] = {}
    amounts: list[Cas] = []
    charges = []
    for charge_id in (VISIT, X_RAY):
        plan, discount, denied, share = (draw(st.integers(0, 100_000)) for _ in range(4))
        paid[charge_id] = plan
        by_patient[charge_id] = draw(st.integers(0, share))
        owed[charge_id] = share - by_patient[charge_id]
        amounts += [
            (charge_id, "CO", "45", discount),
            (charge_id, "CO", "50", denied),
            (charge_id, "PR", "1", share),
        ]
        charges.append(plan + discount + denied + share)
    claim = billed(*charges, decisions=[decision(paid, *amounts)])
    written_off = sum(cents for _, group, reason, cents in amounts if reason == "45")
    return claim, books(
        billed_cents=sum(charges),
        plan_paid_cents=sum(paid.values()),
        written_off={CONTRACTUAL: written_off},
        owed=owed,
        paid=by_patient,
    )


@given(decided_lines())
def test_lines_add_up_to_the_books_whatever_was_decided(
    case: tuple[BilledClaim, ClaimBooks],
) -> None:
    claim, held = case
    total = sum((line.figures for line in explain(claim, held)), NOTHING)
    assert total == Figures(
        billed_cents=held.billed_cents,
        taken_off_cents=held.written_off_cents,
        plan_paid_cents=held.plan_paid_cents,
        with_insurance_cents=held.with_insurance_cents,
        you_paid_cents=held.patient_paid_cents,
        you_owe_cents=held.owed_cents,
    )

"""Whatever payers say one after the other: the explanation adds up, and only PR is ever owed."""

from collections import defaultdict
from dataclasses import replace
from uuid import UUID

from hypothesis import assume, given

from portal.domain.adjudication import Decision as Decided
from portal.domain.billed_claim import BilledClaim, BilledLine, ClaimBooks, DecidedAmount, Decision
from portal.domain.explanation import explain, plan_decisions
from portal.domain.explanation_text import VisitText, tell_pending, tell_visit
from portal.domain.journal import LedgerAccount
from portal.domain.pending_visit import reasons_of, remarks_of, why_pending
from portal.domain.remittance import ClaimPayment
from portal.domain.statement import PendingVisit, Visit
from tests.domain.claims import CLAIM, TODAY, Life
from tests.domain.test_adjudication_laws import Step, live_through, stories

LANGUAGES = ("en", "es")


def decisions_of(life: Life) -> tuple[Decision, ...]:
    """What was said in those that stand, oldest first, line by line as records keep it."""
    said = {decided.adjudication.adjudication_id: (told, decided) for told, decided in life.heard}
    return tuple(
        replace(_decision(*said[one.adjudication_id]), written_off_cents=one.written_off_cents)
        for one in life.position.live
    )


def billed(life: Life) -> BilledClaim:
    lines = tuple(
        BilledLine(one.charge_id, one.qualifier, one.code, one.charge_cents)
        for one in life.position.charges
    )
    return BilledClaim(life.position.charge_cents or 0, lines, decisions_of(life))


def books(life: Life) -> ClaimBooks:
    """Summed from the journal, as the ledger does."""
    accounts: dict[LedgerAccount, int] = defaultdict(int)
    for posting in (one for entry in life.entries for one in entry.postings):
        if posting.target.claim_id == CLAIM:
            accounts[posting.account] += posting.amount_cents
    balances = life.position.balances
    return ClaimBooks(
        dict(accounts),
        {target: one.receivable_cents for target, one in balances.items()},
        {target: one.paid_cents for target, one in balances.items()},
        let_off={target: one.let_off_cents for target, one in balances.items()},
    )


def _decision(told: ClaimPayment, decided: Decided) -> Decision:
    paid: dict[UUID | None, int] = defaultdict(int)
    amounts = [DecidedAmount(None, a.group, a.reason, a.amount_cents) for a in told.adjustments]
    for charge_id, line in zip(decided.charge_ids, told.lines, strict=True):
        if charge_id is not None:
            paid[charge_id] += line.paid_cents
        amounts += [
            DecidedAmount(charge_id, a.group, a.reason, a.amount_cents) for a in line.adjustments
        ]
    payer_key = decided.adjudication.payer_key
    return Decision(
        payer_id=UUID(int=int(payer_key[1:])),
        payer_name=f"Plan {payer_key[1:]}",
        rank=decided.adjudication.rank,
        paid_cents=decided.adjudication.paid_cents,
        paid_on_lines=dict(paid),
        amounts=tuple(amounts),
        decided_on=TODAY,
        remarks={None: told.remarks},
    )


def told(life: Life, language: str) -> VisitText:
    claim = billed(life)
    lines = explain(claim, books(life))
    visit = Visit(CLAIM, "A1", "Ana", TODAY, "", "", lines, plan_decisions(claim.decisions))
    return tell_visit(visit, language, billed_on=TODAY)


def check_adds_up(text: VisitText, owed_cents: int) -> None:
    """The visit, and each of its lines."""
    assert sum(row.cents for row in text.rows) == owed_cents
    assert sum(line.owed_cents for line in text.lines) == owed_cents
    for line in text.lines:
        assert sum(row.cents for row in line.rows) == line.owed_cents


@given(stories())
def test_what_may_be_billed_is_explained_and_adds_up(steps: list[Step]) -> None:
    life, _ = live_through(steps)
    assume(life.position.charge_cents and not life.position.holds)
    for language in LANGUAGES:
        check_adds_up(told(life, language), life.position.billable_cents)


@given(stories(with_share=False))
def test_what_a_plan_refused_or_took_off_is_never_owed(steps: list[Step]) -> None:
    """No group but PR in the whole story: so nothing is owed, and nothing is called a share."""
    life, _ = live_through(steps)
    assume(life.position.charge_cents and not life.position.holds)
    text = told(life, "en")
    check_adds_up(text, 0)
    headings = {point.heading for line in text.lines for point in line.points}
    assert not any(heading.startswith("This is your") for heading in headings)


@given(stories())
def test_a_visit_that_waits_says_why_and_names_no_amount(steps: list[Step]) -> None:
    life, _ = live_through(steps)
    assume(life.position.holds)
    decisions = decisions_of(life)
    why = why_pending(life.position.holds, decisions, share_is_released=False)
    visit = PendingVisit(
        "Ana",
        TODAY,
        "",
        "Plan 1",
        why,
        reasons_of(why, decisions),
        remarks_of(why, decisions),
    )
    for language in LANGUAGES:
        text = tell_pending(visit, language)
        said = " ".join(f"{point.heading} {point.text}" for point in text.points)
        assert said
        assert "$" not in said + text.letter

"""From remittance files to what a statement says: each story as a practice meets it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest

from portal.db import Database, Principal
from portal.demo.remittance_writer import Cut, DemoClaim, DemoLine, DemoPayer, write_remittance
from portal.domain.claim_journey import DecisionChange, JourneyStep, StepKind
from portal.domain.journal import Target
from portal.domain.statement import (
    AnsweredAmount,
    PendingReason,
    PendingVisit,
    PlanReason,
    StatementDocument,
    Visit,
)
from portal.ledger.queries import open_shares
from portal.practice.directory import practice_by_slug
from portal.remittances.sent.claims import import_any
from portal.remittances.service import import_file
from tests.remittances.sent_text import sent_visit
from tests.statements.conftest import TODAY, Family, Issue, PayIn, Show
from tests.statements.reading import documents

BLUE, GREEN = DemoPayer("BLUE HORIZON", "BH001"), DemoPayer("GREEN VALLEY", "GV001")
FIRST, LATER = date(2026, 2, 20), date(2026, 3, 2)
Hear = Callable[..., None]


def line(code: str, charge: int, *cuts: tuple[str, str, int]) -> DemoLine:
    return DemoLine(code, charge, tuple(Cut(*cut) for cut in cuts))


COPAY = line("99213", 18_500, ("CO", "45", 6_900), ("PR", "3", 4_000))


def visit(*lines: DemoLine, number: str = "R1", status: str = "1") -> DemoClaim:
    return DemoClaim(
        number=number,
        status=status,
        last_name="REYES",
        first_name="ANA",
        member_identifier="BHZ000451880",
        provider_last_name="OKAFOR",
        provider_first_name="LENA",
        service_on=date(2026, 1, 14),
        lines=lines,
    )


def taken_back(claim: DemoClaim) -> DemoClaim:
    return replace(claim, status="22", sign=-1)


@pytest.fixture
def hear(database: Database, family: Family, tmp_path: Path) -> Hear:
    """Import what a payer decided about Ana, as on the day it paid."""
    del family  # Ana has to be there
    practice = practice_by_slug(database, "riverbend")
    heard = []

    def read(*claims: DemoClaim, payer: DemoPayer = BLUE, on: date = FIRST) -> None:
        heard.append(claims)
        path = tmp_path / f"{len(heard)}.835"
        path.write_text(write_remittance(payer, claims, paid_on=on, control=len(heard)))
        import_file(
            database,
            practice,
            path,
            create_patients=False,
            now=datetime.combine(on, time(18), UTC),
            today=on,
            imported_by="test",
        )

    return read


@pytest.fixture
def document(database: Database, job: Principal, issue: Issue) -> Callable[[], StatementDocument]:
    """Issue, and read what was frozen."""

    def read() -> StatementDocument:
        assert issue().issued == 1
        (frozen,) = documents(database, job)
        return frozen

    return read


Document = Callable[[], StatementDocument]


def only_visit(frozen: StatementDocument) -> Visit:
    (found,) = frozen.visits
    return found


def only_pending(frozen: StatementDocument) -> PendingVisit:
    (found,) = frozen.pending
    return found


def kinds(steps: Sequence[JourneyStep]) -> list[tuple[StepKind, date | None]]:
    return [(step.kind, step.on) for step in steps]


def test_a_correction_is_told_with_what_was_before(hear: Hear, document: Document) -> None:
    worse = visit(line("99213", 18_500, ("CO", "45", 6_900), ("PR", "3", 6_000)))
    hear(worse)
    hear(taken_back(worse), visit(COPAY), on=LATER)
    billed = only_visit(document())
    assert billed.changes == (DecisionChange("Blue Horizon", LATER, 5_600, 7_600, 6_000, 4_000),)
    assert kinds(billed.journey) == [
        (StepKind.SENT, None),
        (StepKind.RECEIVED, date(2026, 1, 17)),
        (StepKind.DECIDED, FIRST),
        (StepKind.CHANGED, LATER),
    ]


def test_a_decision_taken_back_without_a_new_one_is_pending(hear: Hear, document: Document) -> None:
    other = visit(line("73110", 14_200, ("PR", "1", 14_200)), number="R2")
    hear(visit(COPAY), other)
    hear(taken_back(other), on=LATER)
    waiting = only_pending(document())
    assert waiting.why is PendingReason.DECIDING_AGAIN
    assert kinds(waiting.journey)[-1] == (StepKind.TAKEN_BACK, LATER)


def test_a_second_plan_has_an_answer_of_its_own(hear: Hear, document: Document) -> None:
    hear(visit(line("99213", 18_500, ("CO", "45", 6_900), ("PR", "2", 5_000))))
    second = visit(line("99213", 18_500, ("OA", "23", 13_500), ("PR", "3", 2_000)), status="2")
    hear(second, payer=GREEN, on=LATER)
    billed = only_visit(document())
    assert [(one.payer_name, one.paid_cents, one.share_cents) for one in billed.decisions] == [
        ("Blue Horizon", 6_600, 5_000),
        ("Green Valley", 3_000, 2_000),
    ]
    (service,) = billed.lines
    assert [(one.payer_name, one.paid_cents) for one in service.answers] == [
        ("Blue Horizon", 6_600),
        ("Green Valley", 3_000),
    ]
    assert service.answers[1].amounts == (
        AnsweredAmount("OA", "23", 13_500),
        AnsweredAmount("PR", "3", 2_000),
    )


def test_a_refused_line_is_told_beside_a_share(hear: Hear, document: Document) -> None:
    hear(visit(COPAY, line("80061", 9_400, ("CO", "50", 9_400))))
    _, refused = only_visit(document()).lines
    assert refused.figures.with_insurance_cents == 9_400
    assert refused.answers[0].amounts == (AnsweredAmount("CO", "50", 9_400, is_refused=True),)


@pytest.mark.parametrize(
    ("cut", "remarks", "why", "reasons"),
    [
        (("CO", "16", 9_400), (), PendingReason.REFUSED, (PlanReason("CO", "16"),)),
        (("CO", "22", 9_400), (), PendingReason.ANSWER_NEEDED, (PlanReason("CO", "22"),)),
        (("PR", "2", 9_400), ("N782",), PendingReason.PROTECTED, ()),
        (("PR", "2", 9_400), ("MA18",), PendingReason.NEXT_PLAN, ()),
    ],
)
def test_a_visit_that_asks_for_nothing_says_why(
    *,
    hear: Hear,
    document: Document,
    cut: tuple[str, str, int],
    remarks: tuple[str, ...],
    why: PendingReason,
    reasons: tuple[PlanReason, ...],
) -> None:
    hear(visit(COPAY), replace(visit(line("80061", 9_400, cut), number="R2"), remarks=remarks))
    waiting = only_pending(document())
    assert (waiting.why, waiting.reasons) == (why, reasons)
    assert kinds(waiting.journey)[-1] == (
        StepKind.DECIDED,
        FIRST,
    )


def test_what_was_paid_before_a_share_went_and_came_again_is_told_as_credit(
    *,
    database: Database,
    job: Principal,
    family: Family,
    hear: Hear,
    pay_in: PayIn,
    document: Document,
) -> None:
    hear(visit(COPAY))
    with database.transaction(job) as session:
        (copay,) = open_shares(session, family.guarantor_id)
    target = Target(copay.claim_id, copay.charge_id)
    pay_in(puts=[(target, 4_000)], on=FIRST, at=datetime.combine(FIRST, time(19), UTC))
    second = visit(line("99213", 18_500, ("OA", "23", 14_500)), status="2")
    hear(second, payer=GREEN, on=LATER)
    after_all = line("99213", 18_500, ("OA", "23", 14_500), ("PR", "3", 4_000))
    hear(taken_back(second), visit(after_all, status="2"), payer=GREEN, on=LATER)
    frozen = document()
    assert only_visit(frozen).freed_credit_cents == frozen.unapplied_credit_cents == 4_000
    assert frozen.amount_due_cents == 4_000


def test_what_changes_after_a_statement_is_told_on_its_page(
    hear: Hear, issue: Issue, show: Show
) -> None:
    worse = visit(line("99213", 18_500, ("CO", "45", 6_900), ("PR", "3", 6_000)))
    hear(worse)
    (statement_id,) = issue().statement_ids
    (claim,) = show(statement_id).document.visits
    assert show(statement_id).changes_since == {claim.claim_id: ()}
    hear(taken_back(worse), on=TODAY)
    page = show(statement_id)
    assert (page.due_now_cents, page.is_being_decided, page.changes_since) == (
        0,
        True,
        {claim.claim_id: ()},
    )
    hear(visit(COPAY), on=TODAY)
    page = show(statement_id)
    assert (page.due_now_cents, page.document.amount_due_cents) == (4_000, 6_000)
    assert page.changes_since[claim.claim_id] == (
        DecisionChange("Blue Horizon", TODAY, 5_600, 7_600, 6_000, 4_000),
    )


def test_the_day_a_claim_was_sent_is_part_of_its_journey(
    *, database: Database, hear: Hear, document: Document, tmp_path: Path
) -> None:
    path = tmp_path / "sent.837"
    path.write_bytes(
        sent_visit(
            last_name="REYES",
            first_name="ANA",
            member="BHZ000451880",
            payer_name=BLUE.name,
            payer=BLUE.identifier,
        )
    )
    import_any(
        database,
        practice_by_slug(database, "riverbend"),
        path,
        create_patients=False,
        now=datetime.combine(FIRST, time(17), UTC),
        today=FIRST,
        imported_by="test",
    )
    cheap = visit(line("99213", 10_000, ("PR", "3", 4_000)), number="A1")
    hear(replace(cheap, service_on=date(2026, 1, 5)))
    assert kinds(only_visit(document()).journey) == [
        (StepKind.SENT, date(2026, 1, 6)),
        (StepKind.RECEIVED, date(2026, 1, 8)),
        (StepKind.DECIDED, FIRST),
    ]

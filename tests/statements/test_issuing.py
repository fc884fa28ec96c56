"""Who gets a statement, what it says, and that it adds up with the ledger."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import insert, select

from portal.db import Database, Principal, new_id
from portal.domain import posting_rules
from portal.domain.journal import BusinessEvent, JournalEntry, LedgerAccount, Posting, Target
from portal.domain.posting_rules import ClaimOccasion
from portal.domain.statement import Figures, Share, SkipReason, TakenOff
from portal.domain.statement_document import from_json
from portal.ledger.checks import checks
from portal.ledger.journal import post
from portal.ledger.queries import claim_sums, receivable_cents
from portal.practice.models import Coverage
from portal.statements.models import Statement, StatementShare
from portal.statements.service import void_statement
from tests.builders import make_claim, make_guarantor, make_patient
from tests.statements.builders import (
    COPAY,
    POSTED_AT,
    UNAPPLIED,
    Decided,
    decide,
    hold_account,
    make_payer,
    take_share_back,
)
from tests.statements.conftest import NOW, TODAY, Bill, Family, Issue, PayIn
from tests.statements.reading import documents, tasks

X_RAY = Decided("71046", 14_200, 0, (("CO", "45", 5_800), ("PR", "1", 8_400)))
DENIED = Decided("85025", 3_000, 0, (("CO", "50", 3_000),))
BUNDLED = Decided("36415", 1_800, 0, (("CO", "97", 1_800),))
A_DAY = timedelta(days=1)


def self_pay_charge(claim_id: UUID, charge_id: UUID, *, guarantor_id: UUID) -> JournalEntry:
    """Recorded straight to the patient, as for a visit without coverage."""
    return JournalEntry(
        BusinessEvent.CHARGE_RECORDED,
        str(claim_id),
        date(2026, 3, 2),
        guarantor_id,
        (
            Posting(LedgerAccount.PATIENT_RECEIVABLE, 12_000, Target(claim_id, charge_id)),
            Posting(LedgerAccount.GROSS_CHARGES, -12_000, Target(claim_id)),
        ),
    )


def test_a_statement_has_both_patients_and_adds_up_with_the_ledger(
    database: Database, job: Principal, family: Family, bill: Bill, issue: Issue
) -> None:
    made = [
        bill(
            patient_id=family.mateo_id,
            claim_number="C-2",
            service_on=date(2026, 1, 22),
            lines=(X_RAY, *COPAY, BUNDLED),
        ),
        bill(),
    ]
    report = issue()
    (document,) = documents(database, job)
    assert (report.issued, report.amount_due_cents, dict(report.skipped)) == (1, 16_400, {})
    assert [(v.patient_first_name, v.payer_names) for v in document.visits] == [
        ("Ana", ("Blue Horizon",)),
        ("Mateo", ("Blue Horizon",)),
    ]
    assert document.figures == Figures(40_000, 15_600, 8_000, 0, 0, 16_400)
    x_ray, visit, blood_draw = document.visits[1].lines
    assert x_ray.figures == Figures(14_200, 5_800, 0, 0, 0, 8_400)
    assert x_ray.shares == (Share("1", 8_400),)
    assert visit.service_kind == "office_visit"
    assert blood_draw.figures == Figures(1_800, 1_800, 0, 0, 0, 0)
    assert blood_draw.taken_off == (TakenOff("bundled", 1_800),)
    with database.transaction(job) as session:
        assert receivable_cents(session, family.guarantor_id) == document.amount_due_cents
        sums = claim_sums(session, [claim.claim_id for claim in made])
        assert (
            sum(accounts.get(LedgerAccount.PAYER_RECEIVABLE, 0) for accounts in sums.values()) == 0
        )
        assert list(checks(session)) == []


def test_what_a_statement_is_besides_its_sums(
    database: Database, practice_id: UUID, job: Principal, bill: Bill, issue: Issue
) -> None:
    claim = bill()
    (statement_id,) = issue().statement_ids
    with database.transaction(job) as session:
        row = session.scalars(
            select(Statement).where(
                Statement.practice_id == practice_id, Statement.statement_id == statement_id
            )
        ).one()
        shares = session.scalars(
            select(StatementShare).where(StatementShare.practice_id == practice_id)
        ).all()
    assert (row.number, row.as_of, row.due_on) == ("10001", TODAY, TODAY + 25 * A_DAY)
    assert (row.amount_due_cents, row.previous_statement_id) == (4_000, None)
    assert [(s.claim_id, s.charge_id, s.owed_cents) for s in shares] == [
        (claim.claim_id, claim.charge_ids[0], 4_000)
    ]
    document = from_json(row.document, version=row.document_version)
    assert (document.guarantor_name, document.account_number) == ("Ana Reyes", "A-20411")
    assert (document.previous_amount_due_cents, document.payments_since_cents) == (0, 0)


def test_two_runs_at_once_issue_one_statement(
    database: Database, job: Principal, bill: Bill, issue: Issue
) -> None:
    bill()
    with ThreadPoolExecutor(2) as pool:
        reports = [run.result() for run in [pool.submit(issue), pool.submit(issue)]]
    assert sorted(report.issued for report in reports) == [0, 1]
    assert len(documents(database, job)) == 1


def test_a_dry_run_counts_and_writes_nothing(
    database: Database, job: Principal, bill: Bill, issue: Issue
) -> None:
    bill()
    report = issue(dry_run=True)
    assert (report.issued, report.amount_due_cents, report.statement_ids) == (1, 4_000, ())
    assert documents(database, job) == []
    assert issue().issued == 1
    assert documents(database, job)[0].number == "10001"


def test_a_held_claim_is_on_it_without_an_amount(
    database: Database, job: Principal, family: Family, bill: Bill, issue: Issue
) -> None:
    bill()
    bill(
        patient_id=family.mateo_id,
        claim_number="C-2",
        lines=(X_RAY,),
        payer_name="Green Valley",
        held="crossover",
    )
    issue()
    (document,) = documents(database, job)
    assert [visit.claim_number for visit in document.visits] == ["C-1001"]
    (pending,) = document.pending
    assert (pending.patient_first_name, pending.payer_name) == ("Mateo", "Green Valley")
    assert document.amount_due_cents == 4_000


def test_a_claim_nobody_has_decided_names_the_plan_that_should(
    *,
    database: Database,
    practice_id: UUID,
    job: Principal,
    family: Family,
    bill: Bill,
    issue: Issue,
) -> None:
    bill()
    claim_id, _ = make_claim(
        database,
        practice_id,
        guarantor_id=family.guarantor_id,
        patient_id=family.mateo_id,
        claim_number="C-2",
    )
    with database.transaction(job) as session:
        for rank, name in ((2, "Green Valley"), (1, "Blue Horizon")):
            session.execute(
                insert(Coverage).values(
                    practice_id=practice_id,
                    coverage_id=new_id(),
                    patient_id=family.mateo_id,
                    guarantor_id=family.guarantor_id,
                    payer_id=make_payer(session, practice_id, name=name),
                    member_identifier="M1",
                    rank=rank,
                    starts_on=date(2025, 1, 1) if rank == 1 else None,
                )
            )
        occasion = ClaimOccasion(claim_id, family.guarantor_id, date(2026, 3, 2))
        post(session, posting_rules.charge_recorded(occasion, charge_cents=12_000), now=NOW)
    issue()
    (document,) = documents(database, job)
    assert [visit.payer_name for visit in document.pending] == ["Blue Horizon"]


@pytest.mark.parametrize(
    ("ends_on", "named"), [(None, "Green Valley"), (date(2025, 12, 31), "Blue Horizon")]
)
def test_a_claim_that_the_first_plan_decided_names_the_second(
    *,
    database: Database,
    practice_id: UUID,
    job: Principal,
    family: Family,
    bill: Bill,
    issue: Issue,
    ends_on: date | None,
    named: str,
) -> None:
    bill()
    bill(patient_id=family.mateo_id, claim_number="C-2", lines=(X_RAY,), held="later_coverage")
    with database.transaction(job) as session:
        session.execute(
            insert(Coverage).values(
                practice_id=practice_id,
                coverage_id=new_id(),
                patient_id=family.mateo_id,
                guarantor_id=family.guarantor_id,
                payer_id=make_payer(session, practice_id, name="Green Valley"),
                member_identifier="M2",
                rank=2,
                ends_on=ends_on,
            )
        )
    issue()
    (document,) = documents(database, job)
    assert [visit.payer_name for visit in document.pending] == [named]


def test_what_is_denied_stays_with_insurance(
    database: Database, job: Principal, bill: Bill, issue: Issue
) -> None:
    bill(
        lines=(*COPAY, DENIED),
    )
    issue()
    (document,) = documents(database, job)
    assert document.visits[0].lines[1].figures == Figures(3_000, 0, 0, 3_000, 0, 0)
    assert document.amount_due_cents == 4_000


def test_a_second_payer_takes_the_place_of_the_first_share(
    *,
    database: Database,
    practice_id: UUID,
    job: Principal,
    family: Family,
    bill: Bill,
    issue: Issue,
) -> None:
    made = bill()
    second = replace(
        COPAY[0],
        paid_cents=3_000,
        adjustments=(("CO", "45", 4_000), ("OA", "23", 4_000), ("PR", "2", 1_000)),
    )
    with database.transaction(job) as session:
        occasion = ClaimOccasion(made.claim_id, family.guarantor_id, date(2026, 3, 3))
        take_share_back(session, occasion, made)
        green = make_payer(session, practice_id, name="Green Valley")
        decide(session, occasion, made.charge_ids, [second], payer_id=green, rank=2)
    issue()
    (document,) = documents(database, job)
    (visit,) = document.visits
    assert visit.figures == Figures(12_000, 4_000, 7_000, 0, 0, 1_000)
    assert visit.lines[0].shares == (Share("2", 1_000),)
    assert visit.payer_names == ("Blue Horizon", "Green Valley")


def test_an_earlier_payment_is_shown_and_what_is_left_is_asked_for(
    database: Database, job: Principal, bill: Bill, pay_in: PayIn, issue: Issue
) -> None:
    made = bill()
    pay_in(
        puts=[(made.target(), 1_500), (UNAPPLIED, 700)],
        on=date(2026, 3, 4),
        at=NOW - 5 * A_DAY,
    )
    issue()
    (document,) = documents(database, job)
    assert document.figures == Figures(12_000, 4_000, 4_000, 0, 1_500, 2_500)
    assert document.unapplied_credit_cents == 700


def test_the_next_statement_waits_28_days_and_opens_with_the_last_amount(
    database: Database, job: Principal, bill: Bill, pay_in: PayIn, issue: Issue
) -> None:
    made = bill(
        lines=(*COPAY, X_RAY),
    )
    issue()
    pay_in(
        puts=[(made.target(), 4_000)],
        on=TODAY,
        at=NOW + timedelta(hours=1),
    )
    too_soon = issue(as_of=TODAY + 27 * A_DAY, now=NOW + 27 * A_DAY)
    assert dict(too_soon.skipped) == {SkipReason.TOO_SOON: 1}
    assert issue(as_of=TODAY + 28 * A_DAY, now=NOW + 28 * A_DAY).issued == 1
    first, second = documents(database, job)
    assert second.number == "10002"
    assert second.previous_amount_due_cents == first.amount_due_cents == 12_400
    assert second.payments_since_cents == 4_000
    assert second.amount_due_cents == 12_400 - 4_000


def test_what_insurance_decides_after_the_day_waits_for_the_next_time(
    database: Database, job: Principal, family: Family, bill: Bill, issue: Issue
) -> None:
    for number, posted_on in (("C-1", date(2026, 3, 2)), ("C-2", TODAY)):
        bill(
            claim_number=number,
            posted_on=posted_on,
        )
    changed = bill(
        claim_number="C-3",
    )
    with database.transaction(job) as session:
        occasion = ClaimOccasion(changed.claim_id, family.guarantor_id, TODAY)
        take_share_back(session, occasion, changed)
    issue(as_of=date(2026, 3, 8))
    (document,) = documents(database, job)
    assert [visit.claim_number for visit in document.visits] == ["C-1"]
    assert document.amount_due_cents == 4_000
    assert len(document.pending) == 1


def test_a_reason_without_words_is_billed_and_staff_are_asked_for_words(
    database: Database, job: Principal, bill: Bill, issue: Issue
) -> None:
    strange = Decided("99213", 5_000, 0, (("PR", "ZZ9", 5_000),))
    made = bill(
        lines=(strange,),
    )
    assert issue().issued == 1
    ((kind, subject_id, message),) = tasks(database, job)
    assert (kind, subject_id) == ("reason_unknown", made.claim_id)
    assert "ZZ9" in message


def test_several_reasons_without_words_on_one_claim_are_all_told(
    database: Database, job: Principal, bill: Bill, issue: Issue
) -> None:
    made = bill(
        lines=(
            Decided("99213", 5_000, 0, (("PR", "ZZ9", 5_000),)),
            Decided("85025", 1_800, 0, (("PR", "ZZ8", 1_800),)),
        ),
    )
    issue()
    ((_, subject_id, message),) = tasks(database, job)
    assert subject_id == made.claim_id
    assert "PR ZZ8 and PR ZZ9" in message


def test_a_voided_statement_is_not_issued_again_and_not_the_opening_of_the_next(
    database: Database, job: Principal, bill: Bill, issue: Issue
) -> None:
    bill()
    (statement_id,) = issue().statement_ids
    void_statement(database, job, statement_id, reason="wrong address", now=NOW, request_id="r")
    void_statement(database, job, statement_id, reason="again", now=NOW, request_id="r")
    assert dict(issue().skipped) == {SkipReason.ALREADY_ISSUED: 1}
    assert issue(as_of=TODAY + A_DAY, now=NOW + A_DAY).issued == 1
    assert documents(database, job)[1].previous_amount_due_cents == 0


def test_a_visit_without_insurance_is_asked_for_as_billed(
    database: Database, practice_id: UUID, job: Principal, family: Family, issue: Issue
) -> None:
    claim_id, (charge_id,) = make_claim(
        database, practice_id, guarantor_id=family.guarantor_id, patient_id=family.ana_id
    )
    with database.transaction(job) as session:
        post(
            session,
            self_pay_charge(claim_id, charge_id, guarantor_id=family.guarantor_id),
            now=POSTED_AT,
        )
    issue()
    (document,) = documents(database, job)
    assert document.figures == Figures(12_000, 0, 0, 0, 0, 12_000)
    assert document.visits[0].payer_names == ()


def test_statements_of_several_guarantors_are_numbered_without_a_gap(
    database: Database, practice_id: UUID, job: Principal, bill: Bill, issue: Issue
) -> None:
    bill()
    for number in range(3):
        other = make_guarantor(database, practice_id, account_number=f"B-{number}")
        patient = make_patient(database, practice_id, guarantor_id=other)
        bill(
            guarantor_id=other,
            patient_id=patient,
            claim_number=f"B-{number}",
        )
        if number == 1:
            hold_account(database, practice_id, guarantor_id=other)
    assert issue().issued == 3
    assert [one.number for one in documents(database, job)] == ["10001", "10002", "10003"]

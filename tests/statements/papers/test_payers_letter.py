"""The letter to who pays where a newer statement is of nobody but patients reached apart."""

from datetime import timedelta
from uuid import UUID

from portal.db import Database, Principal, new_id
from portal.desk.viewing.service import set_contact
from portal.payments.scheduled.views import scheduled_of_statement
from portal.practice.viewing_acts import ReachedAt
from portal.statements.papers.service import Sheet, read_sheet
from tests.statements.builders import Decided
from tests.statements.conftest import NOW, Bill, Family, Issue, PayIn

X_RAY = (Decided("71046", 14_200, 0, (("CO", "45", 5_800), ("PR", "1", 8_400))),)
VISIT = (Decided("90834", 15_000, 9_000, (("CO", "45", 3_500), ("PR", "3", 2_500))),)
A_DAY = timedelta(days=1)
THEIRS = ReachedAt(
    address_line="7 Shelter Way", city="Weston", state="OR", postal_code="97886", email=""
)


def test_it_asks_for_all_that_the_statements_of_who_pays_leave_and_for_nothing_else(
    *,
    database: Database,
    job: Principal,
    family: Family,
    bill: Bill,
    issue: Issue,
    pay_in: PayIn,
) -> None:
    """Ana paid two statements, the newest is of Mateo alone, and then her bank took both back."""
    days = [NOW + 30 * number * A_DAY for number in range(3)]
    own = bill().target()
    (first,) = issue().statement_ids
    pay_in(puts=[(own, 4_000)], on=days[0].date(), at=days[0] + A_DAY)
    later = bill(claim_number="C-2", lines=X_RAY, posted_on=days[0].date()).target()
    (second,) = issue(as_of=days[1].date(), now=days[1]).statement_ids
    pay_in(puts=[(later, 8_400)], on=days[1].date(), at=days[1] + A_DAY)
    bill(patient_id=family.mateo_id, claim_number="C-3", lines=VISIT, posted_on=days[1].date())
    (newest,) = issue(as_of=days[2].date(), now=days[2]).statement_ids
    came_back_at = days[2] + A_DAY
    for target, cents in ((own, 4_000), (later, 8_400)):
        pay_in(puts=[(target, -cents)], on=came_back_at.date(), at=came_back_at)
    set_contact(
        database,
        Principal.staff(job.practice_id, staff_id=new_id(), role="manager"),
        family.guarantor_id,
        family.mateo_id,
        THEIRS,
        reason="Asked for it",
        now=came_back_at,
        request_id="test",
    )

    def sheet(statement_id: UUID) -> Sheet:
        with database.transaction(job) as session:
            return read_sheet(
                session,
                statement_id,
                scheduled_of_statement=scheduled_of_statement,
                now=came_back_at,
            )

    letter = sheet(second)
    page = letter.page
    assert (page.due_now_cents, page.newer, page.past_due) == (12_400, None, True)
    assert page.owed_by == page.document.due_on
    assert [(one.statement_id, one.cents) for one in page.earlier] == [(first, 4_000)]
    assert page.document.amount_due_cents + sum(row.cents for row in page.since) == 12_400
    assert letter.facts.aging.total_cents == 12_400
    older = sheet(first).page.newer
    assert older is not None
    assert older.statement_id == second
    assert sheet(newest).page.newer is None

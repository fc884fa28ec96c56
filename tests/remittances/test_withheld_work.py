"""A payment that was withheld whole is taken in from what was kept of it, or rejected."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text, update

from portal.db import Database, LoaderMissingError, new_id
from portal.domain.journal import LedgerAccount
from portal.ledger.models import JournalEntryRow
from portal.remittances.models import QuarantinedClaim
from portal.remittances.posting.report import ImportReport
from portal.remittances.quarantine.models import PaymentTakeIn
from portal.remittances.quarantine.set_aside import QuarantineNotFoundError
from portal.remittances.quarantine.withheld_pages import TakeInRow, withheld_page
from portal.remittances.quarantine.withheld_work import (
    ask_to_take_in,
    reject_payment,
    take_in_payment,
)
from portal.remittances.quarantine.work import ResolvedError
from tests.conftest import DatabaseUrls
from tests.remittances.desk import ACT, ImportDesk
from tests.remittances.test_quarantine_work import WHY, audited, decisions
from tests.remittances.test_withheld_payments import (
    CLAIM,
    OTHER,
    OUR_NPI,
    PLB,
    become,
    open_tasks,
    quarantined,
)


def withheld(desk: ImportDesk, *, trace: str = "T1") -> QuarantinedClaim:
    """Two claims and interest, to an NPI that was not ours then."""
    become(desk, npi="1993999998")
    desk.bring(desk.write(CLAIM, OTHER, plb=PLB, payment_cents=10_250, trace=trace))
    return next(one for one in quarantined(desk) if not one.claim_number)


@pytest.mark.parametrize("trace", ["T1", ""], ids=["with a trace number", "without one"])
def test_a_payment_is_taken_in_once_the_npi_is_mended(desk: ImportDesk, trace: str) -> None:
    whole = withheld(desk, trace=trace)
    become(desk, npi=OUR_NPI)
    report = take_in(desk, whole)
    assert report is not None
    assert (report.claims, report.claims_quarantined, report.paid_cents) == (2, 0, 10_250)
    assert desk.sums()[LedgerAccount.PAYER_CLEARING] == 10_250
    assert desk.claim("A1").holds == ("patient_unknown",)
    assert open_tasks(desk) == 0
    assert {one.act for one in decisions(desk)} == {"taken_in"}
    assert len(decisions(desk)) == 3
    with pytest.raises(ResolvedError):
        take_in(desk, whole)
    assert audited(desk) == ["ask_to_take_in", "quarantine_taken_in"]


def test_nothing_is_said_to_be_taken_in_that_is_still_withheld(desk: ImportDesk) -> None:
    whole = withheld(desk)
    assert take_in(desk, whole) is None
    assert (desk.count(JournalEntryRow), decisions(desk), open_tasks(desk)) == (0, [], 1)
    assert audited(desk) == ["ask_to_take_in"]
    (asked,) = askings(desk)
    assert asked.ended_at == ACT.now
    assert "is to NPI 1234567893 (SAMPLE PRACTICE), not to this practice" in asked.still_withheld
    become(desk, npi=OUR_NPI)
    assert take_in(desk, whole) is not None
    assert [bool(one.still_withheld) for one in askings(desk)] == [True, False]


def test_a_payment_that_waits_for_a_worker_waits_once(desk: ImportDesk) -> None:
    whole = withheld(desk)
    become(desk, npi=OUR_NPI)
    take_in_id = ask(desk, whole)
    assert ask(desk, whole) == take_in_id
    assert queued(desk) == ["take_in_payment"]
    assert desk.count(JournalEntryRow) == 0


def test_the_job_may_run_again_and_posts_nothing_twice(desk: ImportDesk) -> None:
    whole = withheld(desk)
    become(desk, npi=OUR_NPI)
    take_in_id = ask(desk, whole)
    assert work(desk, take_in_id) is not None
    entries = desk.count(JournalEntryRow)
    assert work(desk, take_in_id) is None
    assert desk.count(JournalEntryRow) == entries
    assert audited(desk).count("quarantine_taken_in") == 1


def test_a_payment_whose_job_was_tried_too_often_can_be_asked_for_again(desk: ImportDesk) -> None:
    whole = withheld(desk)
    become(desk, npi=OUR_NPI)
    take_in_id = ask(desk, whole)
    assert not page_of(desk, whole).is_stuck
    with desk.database.local_transaction() as session:
        session.execute(text("UPDATE procrastinate_jobs SET status = 'failed'"))
    assert page_of(desk, whole).is_stuck
    assert ask(desk, whole) == take_in_id
    assert not page_of(desk, whole).is_stuck
    assert queued(desk) == ["take_in_payment"] * 2
    assert work(desk, take_in_id) is not None
    assert audited(desk).count("ask_to_take_in") == 2


def page_of(desk: ImportDesk, whole: QuarantinedClaim) -> TakeInRow:
    """What its page says of the last asking."""
    page = withheld_page(
        desk.database, desk.staff("poster"), whole.quarantine_id, now=ACT.now, request_id="r"
    )
    assert page.asked is not None
    return page.asked


def test_a_fault_of_ours_is_said_and_the_payment_can_be_asked_for_again(desk: ImportDesk) -> None:
    whole = withheld(desk)
    become(desk, npi=OUR_NPI)
    kept = keep_of_claims(desk, {})
    assert take_in(desk, whole) is None
    assert desk.count(JournalEntryRow) == 0
    assert askings(desk)[-1].still_withheld.startswith("The portal failed at this payment")
    for quarantine_id, content in kept.items():
        keep_of_claims(desk, content, only=quarantine_id)
    assert take_in(desk, whole) is not None


def test_what_was_rejected_while_it_waited_is_not_posted(desk: ImportDesk) -> None:
    whole = withheld(desk)
    become(desk, npi=OUR_NPI)
    take_in_id = ask(desk, whole)
    reject_payment(desk.database, desk.staff("poster"), whole.quarantine_id, reason=WHY, act=ACT)
    assert work(desk, take_in_id) is None
    assert desk.count(JournalEntryRow) == 0
    assert [one.ended_at for one in askings(desk)] == [ACT.now]


def test_a_process_without_a_loader_only_asks(
    desk: ImportDesk, database_urls: DatabaseUrls
) -> None:
    whole = withheld(desk)
    become(desk, npi=OUR_NPI)
    web = Database(database_urls.app)
    take_in_id = ask_to_take_in(web, desk.staff("poster"), whole.quarantine_id, reason=WHY, act=ACT)
    with pytest.raises(LoaderMissingError):
        take_in_payment(web, desk.practice.practice_id, take_in_id, act=ACT)
    web.close()
    assert work(desk, take_in_id) is not None


def test_a_rejected_payment_is_never_posted(desk: ImportDesk) -> None:
    whole = withheld(desk)
    reject_payment(desk.database, desk.staff("poster"), whole.quarantine_id, reason=WHY, act=ACT)
    assert desk.findings() == []
    assert (desk.count(JournalEntryRow), open_tasks(desk)) == (0, 0)
    assert {one.act for one in decisions(desk)} == {"rejected"}
    become(desk, npi=OUR_NPI)
    with pytest.raises(ResolvedError):
        take_in(desk, whole)
    again = desk.bring(desk.folder / "1.835")
    assert (again.duplicates, again.paid_cents, desk.count(JournalEntryRow)) == (2, 0, 0)


def test_a_claim_of_a_withheld_payment_is_not_taken_in_alone(desk: ImportDesk) -> None:
    withheld(desk)
    one = next(one for one in quarantined(desk) if one.claim_number)
    with pytest.raises(QuarantineNotFoundError):
        take_in(desk, one)
    with pytest.raises(QuarantineNotFoundError):
        ask_to_take_in(desk.database, desk.staff("poster"), new_id(), reason=WHY, act=ACT)


def ask(desk: ImportDesk, whole: QuarantinedClaim) -> UUID:
    poster = desk.staff("poster")
    return ask_to_take_in(desk.database, poster, whole.quarantine_id, reason=WHY, act=ACT)


def work(desk: ImportDesk, take_in_id: UUID) -> ImportReport | None:
    """What the worker does."""
    report = take_in_payment(desk.database, desk.practice.practice_id, take_in_id, act=ACT)
    assert desk.findings() == []
    return report


def take_in(desk: ImportDesk, whole: QuarantinedClaim) -> ImportReport | None:
    return work(desk, ask(desk, whole))


def keep_of_claims(
    desk: ImportDesk, content: dict[str, Any], *, only: UUID | None = None
) -> dict[UUID, dict[str, Any]]:
    """Change what is kept of the payment's claims; what was kept before."""
    claims = [one for one in quarantined(desk) if one.claim_number]
    before = {one.quarantine_id: one.content for one in claims}
    with desk.database.transaction(desk.principal()) as session:
        session.execute(
            update(QuarantinedClaim)
            .where(
                QuarantinedClaim.practice_id == desk.practice.practice_id,
                QuarantinedClaim.quarantine_id.in_([only] if only else before),
            )
            .values(content=content)
        )
    return before


def askings(desk: ImportDesk) -> list[PaymentTakeIn]:
    """Oldest first."""
    with desk.database.transaction(desk.principal()) as session:
        query = select(PaymentTakeIn).where(PaymentTakeIn.practice_id == desk.practice.practice_id)
        return list(session.scalars(query.order_by(PaymentTakeIn.take_in_id)))


def queued(desk: ImportDesk) -> list[str]:
    with desk.database.local_transaction() as session:
        names = session.scalars(text("SELECT task_name FROM procrastinate_jobs ORDER BY id"))
        return [name for name in names if name == "take_in_payment"]

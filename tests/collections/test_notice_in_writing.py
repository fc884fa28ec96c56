"""What counts as told: a paper for who wants none by e-mail, and no link of another person."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update

from portal.auth.models import StatementLink
from portal.collections.agency.noticing import Noticed
from portal.db import Database
from portal.desk.papers_in_writing import ask_for_papers
from portal.domain.plans.agency import AgencyReason
from portal.messages.service import MessageState
from portal.practice.final_notices import FINAL_NOTICE_TO_MAIL
from portal.practice.models import Claim, Task
from portal.practice.tasks import end_task
from tests.collections.debtors import NOW, make_debtor
from tests.collections.test_agency import OLD, mail_is, next_step, notices


def test_a_mail_to_who_took_consent_back_counts_from_when_the_letter_was_written(
    database: Database, practice_id: UUID
) -> None:
    one = make_debtor(database, practice_id, "withdrew")
    one.billed(OLD)
    one.consents()
    assert notices(one) == Noticed(mailed=1, by_staff=0)
    one.withdraws(at=NOW + timedelta(minutes=1))
    mail_is(one, MessageState.SENT, at=NOW + timedelta(minutes=2))
    assert ask_for_papers(database, practice_id, now=NOW + timedelta(days=1)) == 1
    later = NOW + timedelta(days=40)
    assert next_step(one, later) is AgencyReason.NOT_NOTICED
    to_mail = select(Task.subject_id).where(
        Task.practice_id == practice_id, Task.kind == FINAL_NOTICE_TO_MAIL
    )
    (notice_id,) = one.write(lambda session: session.scalars(to_mail).all())
    one.write(
        lambda session: end_task(
            session, kind=FINAL_NOTICE_TO_MAIL, subject_id=notice_id, now=later
        )
    )
    assert next_step(one, later) is AgencyReason.NOTICE_RUNS
    assert next_step(one, later + timedelta(days=31)) is None


def test_a_link_to_a_patient_who_is_reached_apart_brought_the_payer_no_bill(
    database: Database, practice_id: UUID
) -> None:
    one = make_debtor(database, practice_id, "apart")
    one.billed(OLD)
    assert next_step(one) is AgencyReason.NOT_NOTICED
    whose = select(Claim.patient_id).where(
        Claim.practice_id == practice_id, Claim.claim_id == one.target.claim_id
    )
    links = update(StatementLink).where(StatementLink.practice_id == practice_id)
    one.write(lambda session: session.execute(links.values(for_patient_id=whose.scalar_subquery())))
    assert next_step(one) is AgencyReason.UNDELIVERED

"""Mail that came back means paper, until an address is shown to work."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import insert, select, update

from portal.auth.accounts.models import EmailCheck
from portal.auth.link_tokens import LinkTokens
from portal.auth.links import make_link
from portal.db import Database, Principal, new_id
from portal.domain.paper_delivery import LetterReason
from portal.messages.models import Message
from portal.messages.service import hash_of_address
from portal.practice.models import Guarantor
from portal.statements.delivery.queries import deliveries
from portal.statements.models import Statement
from tests.auth.running import SECRET_KEY
from tests.statements.conftest import NOW, Bill, Family, Issue

OLD, NEW = "ana@example.com", "ana@example.org"


class Mailbox:
    """What became of mail to Ana, hour by hour."""

    def __init__(self, database: Database, job: Principal, family: Family) -> None:
        self._database, self._job, self._family = database, job, family
        self._hour = 0

    def mail(
        self,
        state: str,
        detail: str = "",
        *,
        template: str = "statement_link",
        link_id: UUID | None = None,
        went_to: str = "",
    ) -> None:
        """``went_to``: empty for one of before that was noted."""
        self._hour += 1
        with self._database.transaction(self._job) as session:
            session.execute(
                insert(Message).values(
                    practice_id=self._job.practice_id,
                    message_id=new_id(),
                    guarantor_id=self._family.guarantor_id,
                    channel="email",
                    template=template,
                    subject_id=link_id or new_id(),
                    state=state,
                    state_at=NOW + timedelta(hours=self._hour),
                    detail=detail,
                    created_at=NOW,
                    address_hash=hash_of_address(went_to) if went_to else None,
                )
            )

    def link_to_mateo(self, statement_id: UUID) -> UUID:
        """Which goes to his own address."""
        with self._database.transaction(self._job) as session:
            return make_link(
                session,
                tokens=LinkTokens(SECRET_KEY),
                guarantor_id=self._family.guarantor_id,
                statement_id=statement_id,
                patient_ids=[self._family.mateo_id],
                for_patient_id=self._family.mateo_id,
                now=NOW,
            )

    def shown_to_read(self, email: str) -> None:
        self._hour += 1
        at = NOW + timedelta(hours=self._hour)
        with self._database.transaction(self._job) as session:
            session.execute(
                insert(EmailCheck).values(
                    practice_id=self._job.practice_id,
                    check_id=new_id(),
                    guarantor_id=self._family.guarantor_id,
                    email=email,
                    made_at=at,
                    passed_at=at,
                )
            )

    def is_now(self, email: str) -> None:
        with self._database.transaction(self._job) as session:
            theirs = update(Guarantor).where(Guarantor.practice_id == self._job.practice_id)
            session.execute(theirs.values(email=email))

    def reason(self) -> LetterReason | None:
        whose = self._family.guarantor_id
        with self._database.transaction(self._job) as session:
            return deliveries(session, [whose])[whose].reason


@pytest.fixture
def ana(database: Database, job: Principal, family: Family) -> Mailbox:
    return Mailbox(database, job, family)


def test_another_address_that_they_showed_to_read_ends_the_paper(ana: Mailbox) -> None:
    ana.mail("bounced", "status 5.1.1")
    assert ana.reason() is LetterReason.BOUNCED
    ana.shown_to_read(NEW)
    assert ana.reason() is LetterReason.BOUNCED  # it is not yet theirs
    ana.is_now(NEW.upper())
    assert ana.reason() is None
    ana.mail("bounced", "status 5.1.1")
    assert ana.reason() is LetterReason.BOUNCED


def test_an_address_that_staff_or_an_import_corrected_ends_the_paper(ana: Mailbox) -> None:
    ana.is_now(OLD)
    ana.mail("bounced", "status 5.1.1", went_to=OLD)
    assert ana.reason() is LetterReason.BOUNCED
    ana.is_now(OLD.upper())
    assert ana.reason() is LetterReason.BOUNCED  # it is the same one
    ana.is_now(NEW)
    assert ana.reason() is None
    ana.mail("bounced", "status 5.1.1", went_to=OLD)  # a late report of what went before
    assert ana.reason() is None
    ana.mail("bounced", "status 5.1.1", went_to=NEW)
    assert ana.reason() is LetterReason.BOUNCED
    ana.is_now(OLD)
    assert ana.reason() is LetterReason.BOUNCED


def test_two_soft_bounces_with_a_mail_between_them_are_not_in_a_row(ana: Mailbox) -> None:
    ana.mail("bounced", "status 4.2.2")
    ana.mail("sent")
    ana.mail("bounced", "status 4.2.2")
    assert ana.reason() is None
    ana.mail("bounced", "status 4.2.2")
    assert ana.reason() is LetterReason.BOUNCED
    ana.mail("sent")
    ana.mail("delivered")
    assert ana.reason() is None


def test_a_mail_that_went_out_after_a_hard_bounce_forgives_nothing(ana: Mailbox) -> None:
    ana.mail("bounced", "status 5.1.1")
    ana.mail("sent")
    assert ana.reason() is LetterReason.BOUNCED


def test_mail_to_a_patients_own_address_says_nothing_of_who_pays(
    ana: Mailbox, bill: Bill, issue: Issue, database: Database, job: Principal
) -> None:
    bill()
    issue()
    with database.transaction(job) as session:
        (statement_id,) = session.scalars(select(Statement.statement_id)).all()
    link_id = ana.link_to_mateo(statement_id)
    ana.mail("bounced", "status 5.1.1", link_id=link_id)
    assert ana.reason() is None
    ana.mail("bounced", "status 5.1.1")
    ana.mail("delivered", link_id=link_id)
    assert ana.reason() is LetterReason.BOUNCED


@pytest.mark.parametrize("template", ["case_opened", "case_answered"])
def test_mail_about_a_case_goes_to_whoever_opened_it_and_says_nothing_of_who_pays(
    ana: Mailbox, template: str
) -> None:
    ana.mail("bounced", "status 5.1.1", template=template)
    assert ana.reason() is None
    ana.mail("bounced", "status 5.1.1")
    ana.mail("delivered", template=template)
    assert ana.reason() is LetterReason.BOUNCED

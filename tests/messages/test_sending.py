"""Messages from the queue to the mail server: checked again, without a word about a person."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import create_engine, insert, select, text, update

from portal.auth.link_delivery import (
    CannotSendError,
    link_refusals,
    queue_statement_link,
    send_statement_link,
)
from portal.auth.link_opening import look_at_link
from portal.auth.link_tokens import LinkTokens
from portal.auth.links import revoke_link
from portal.auth.models import StatementLink
from portal.connectors.mailer import Mail, MailUnavailableError, SmtpMailer
from portal.db import Database, Principal, new_id
from portal.ledger.models import Commitment
from portal.messages.models import Message
from portal.messages.rendering import TemplateRenderer
from portal.messages.service import (
    GIVE_UP_AFTER,
    MessageTemplate,
    Refusal,
    hash_of_address,
    queue_payment_receipt,
    send_payment_mail,
)
from portal.practice.contact import PracticeContact
from portal.practice.models import Guarantor, Hold, Practice, Task
from portal.queue import Job, run_worker
from tests.auth.billed import NOW, Billed, make_billed, move_debt
from tests.auth.running import BASE_URL, Clock, make_app
from tests.builders import make_practice
from tests.conftest import DatabaseUrls
from tests.messages.mail_server import MailServer, free_port

STAFF_ID = UUID(int=99)
CANARIES = ("Ana", "Reyes", "Mateo", "214", "21450", "10482", "A-20411", "1985", "99213", "C-10482")


def staff_of(billed: Billed) -> Principal:
    return Principal.staff(billed.practice_id, staff_id=STAFF_ID, role="front_desk")


def ask_for_link(database: Database, tokens: LinkTokens, billed: Billed) -> UUID:
    return queue_statement_link(
        database,
        staff_of(billed),
        tokens=tokens,
        guarantor_id=billed.guarantor_id,
        statement_id=billed.statement_id,
        patient_ids=[billed.patient_id],
        now=NOW,
        request_id="r",
    )


def ask_for_receipt(database: Database, billed: Billed) -> UUID | None:
    with database.transaction(Principal.job(billed.practice_id, role="test")) as session:
        return queue_payment_receipt(
            session, guarantor_id=billed.guarantor_id, payment_id=new_id(), now=NOW
        )


@dataclass(frozen=True, slots=True)
class Post:
    """The worker's side: a queue, a mail server, an app for the words."""

    app: Flask
    database: Database
    tokens: LinkTokens
    worker_url: str

    def work(self, mailer: SmtpMailer) -> None:
        """Run the jobs of the queue, until none is due."""

        def send_link(practice_id: str, message_id: str) -> None:
            self.send_link(UUID(practice_id), UUID(message_id), mailer, now=NOW)

        def send_receipt(practice_id: str, message_id: str) -> None:
            with self.app.app_context():
                send_payment_mail(
                    self.database,
                    MessageTemplate.PAYMENT_RECEIPT,
                    practice_id=UUID(practice_id),
                    message_id=UUID(message_id),
                    mailer=mailer,
                    renderer=TemplateRenderer(),
                    now=NOW,
                )

        jobs = {"send_statement_link": Job(send_link), "send_payment_receipt": Job(send_receipt)}
        for _ in range(2):  # messages to one person go out one after the other
            run_worker(self.worker_url, jobs, wait=False)

    def send_link(
        self, practice_id: UUID, message_id: UUID, mailer: SmtpMailer, *, now: datetime
    ) -> None:
        with self.app.app_context():
            send_statement_link(
                self.database,
                practice_id=practice_id,
                message_id=message_id,
                tokens=self.tokens,
                base_url=BASE_URL,
                mailer=mailer,
                renderer=TemplateRenderer(),
                now=now,
            )


@pytest.fixture
def post_office(database: Database, database_urls: DatabaseUrls, tokens: LinkTokens) -> Post:
    app = make_app(database, Clock())
    return Post(app, database, tokens, database_urls.app)


def message(database: Database, billed: Billed) -> Message:
    with database.transaction(staff_of(billed)) as session:
        return session.scalars(
            select(Message).where(Message.practice_id == billed.practice_id)
        ).one()


def link_state(database: Database, billed: Billed, link_id: UUID) -> str:
    with database.transaction(staff_of(billed)) as session:
        return session.scalars(
            select(StatementLink.state).where(
                StatementLink.practice_id == billed.practice_id, StatementLink.link_id == link_id
            )
        ).one()


def tasks(database: Database, billed: Billed) -> list[str]:
    with database.transaction(staff_of(billed)) as session:
        return list(
            session.scalars(select(Task.kind).where(Task.practice_id == billed.practice_id))
        )


def whole(mail: EmailMessage) -> str:
    """Everything a reader, or a server on the way, could see."""
    parts = [part.get_content() for part in mail.walk() if not part.is_multipart()]
    return "\n".join([*(f"{name}: {value}" for name, value in mail.items()), *parts])


def test_a_link_is_sent_by_the_worker_and_opens(
    database: Database, post_office: Post, server: MailServer, ana: Billed
) -> None:
    link_id = ask_for_link(database, post_office.tokens, ana)
    assert link_state(database, ana, link_id) == "made"
    post_office.work(server.mailer)
    (mail,) = server.taken
    found = re.search(rf"{BASE_URL}/s/(\S+)", mail.get_body(("plain",)).get_content())  # type: ignore[union-attr]  # each mail has both
    assert found
    landing = look_at_link(database, post_office.tokens, found.group(1), now=NOW)
    assert landing.ended is None
    assert link_state(database, ana, link_id) == "sent"
    sent = message(database, ana)
    assert sent.state == "sent"
    assert sent.address_hash == hash_of_address("ana.reyes@example.com")
    assert tasks(database, ana) == []


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_message_says_nothing_about_a_person(
    database: Database, practice_id: UUID, post_office: Post, server: MailServer, language: str
) -> None:
    billed = make_billed(database, practice_id, email="person@example.com", language=language)
    with database.transaction(staff_of(billed)) as session:
        session.execute(
            update(Practice)
            .where(Practice.practice_id == practice_id)
            .values(name="Riverbend Oncology Associates", neutral_sender_name="RB Billing")
        )
    ask_for_link(database, post_office.tokens, billed)
    ask_for_receipt(database, billed)
    post_office.work(server.mailer)
    assert len(server.taken) == 2
    for mail in server.taken:
        words = re.sub(rf"{BASE_URL}/s/\S+", "", whole(mail))
        words = re.sub(r"(?m)^(Message-ID|Date|Content-Type): .*$", "", words)
        for canary in (*CANARIES, "Oncology", "$", str(billed.guarantor_id), "cancer"):
            assert canary not in words
        assert str(mail["From"]).startswith("RB Billing <")
        assert str(mail["Content-Language"]) == language
        assert "(503) 555-0142" in words
        assert "http://" not in words


def test_a_job_carries_two_ids_and_no_token(
    database: Database, post_office: Post, ana: Billed
) -> None:
    link_id = ask_for_link(database, post_office.tokens, ana)
    token = post_office.tokens.make(ana.practice_id, link_id)
    with database.local_transaction() as session:
        jobs = session.execute(text("SELECT task_name, args FROM procrastinate_jobs")).all()
        rows = session.scalars(text("SELECT j::text FROM procrastinate_jobs j")).all()
    assert [(name, sorted(args)) for name, args in jobs] == [
        ("send_statement_link", ["message_id", "practice_id"])
    ]
    assert all(token not in row and token[:20] not in row for row in rows)


def test_a_rolled_back_request_leaves_no_job(database: Database, ana: Billed) -> None:
    with pytest.raises(RuntimeError, match="changed my mind"):
        ask_and_change_my_mind(database, ana)
    with database.local_transaction() as session:
        assert session.scalar(text("SELECT count(*) FROM procrastinate_jobs")) == 0


def ask_and_change_my_mind(database: Database, billed: Billed) -> None:
    with database.transaction(staff_of(billed)) as session:
        queue_payment_receipt(
            session, guarantor_id=billed.guarantor_id, payment_id=new_id(), now=NOW
        )
        raise RuntimeError("changed my mind")


def test_the_same_job_run_twice_sends_one_message(
    database: Database, post_office: Post, server: MailServer, ana: Billed
) -> None:
    ask_for_link(database, post_office.tokens, ana)
    post_office.work(server.mailer)
    message_id = message(database, ana).message_id
    post_office.send_link(ana.practice_id, message_id, server.mailer, now=NOW)
    assert len(server.taken) == 1


def test_an_address_that_refuses_bounces_and_becomes_a_task(
    database: Database, post_office: Post, server: MailServer, ana: Billed
) -> None:
    server.answer_to_recipient = "550 no such mailbox"
    link_id = ask_for_link(database, post_office.tokens, ana)
    post_office.work(server.mailer)
    assert link_state(database, ana, link_id) == "bounced"
    assert (message(database, ana).state, message(database, ana).detail) == ("bounced", "SMTP 550")
    assert tasks(database, ana) == ["message_bounced"]


def test_a_server_that_is_away_is_tried_again_and_given_up_after_an_hour(
    database: Database, post_office: Post, server: MailServer, ana: Billed
) -> None:
    away = SmtpMailer("127.0.0.1", free_port(), "billing@portal.example")
    link_id = ask_for_link(database, post_office.tokens, ana)
    post_office.work(away)
    waiting = message(database, ana)
    assert waiting.state == "queued"
    with database.local_transaction() as session:
        status = session.scalars(text("SELECT status FROM procrastinate_jobs")).one()
    assert status == "todo"
    with pytest.raises(MailUnavailableError):
        post_office.send_link(
            ana.practice_id,
            waiting.message_id,
            away,
            now=NOW + GIVE_UP_AFTER - timedelta(seconds=1),
        )
    post_office.send_link(ana.practice_id, waiting.message_id, away, now=NOW + GIVE_UP_AFTER)
    assert message(database, ana).state == "not_sent"
    assert message(database, ana).detail == "mail_server_away"
    assert tasks(database, ana) == ["message_not_sent"]
    assert link_state(database, ana, link_id) == "made"
    assert server.taken == []


def pay_everything(database: Database, billed: Billed, link_id: UUID) -> None:
    move_debt(database, billed, cents=-21_450, why="paid")


def turn_the_link_off(database: Database, billed: Billed, link_id: UUID) -> None:
    revoke_link(database, staff_of(billed), link_id, now=NOW, request_id="r")


def withdraw_consent(database: Database, billed: Billed, link_id: UUID) -> None:
    _change_guarantor(database, billed, email_agreed_at=None)


def lose_the_address(database: Database, billed: Billed, link_id: UUID) -> None:
    _change_guarantor(database, billed, email=None)


def hold_the_account(database: Database, billed: Billed, link_id: UUID) -> None:
    with database.transaction(staff_of(billed)) as session:
        session.execute(
            insert(Hold).values(
                practice_id=billed.practice_id,
                hold_id=new_id(),
                guarantor_id=billed.guarantor_id,
                kind="bankrupt",
                reason="told by their lawyer",
                placed_at=NOW,
                placed_by="staff",
            )
        )


def send_money_by_bank(database: Database, billed: Billed, link_id: UUID) -> None:
    with database.transaction(staff_of(billed)) as session:
        session.execute(
            insert(Commitment).values(
                practice_id=billed.practice_id,
                commitment_id=new_id(),
                guarantor_id=billed.guarantor_id,
                subject_id=new_id(),
                amount_cents=21_450,
                made_at=NOW,
            )
        )


def _change_guarantor(database: Database, billed: Billed, **values: object) -> None:
    with database.transaction(staff_of(billed)) as session:
        session.execute(
            update(Guarantor)
            .where(
                Guarantor.practice_id == billed.practice_id,
                Guarantor.guarantor_id == billed.guarantor_id,
            )
            .values(**values)
        )


@pytest.mark.parametrize(
    ("meanwhile", "detail"),
    [
        (pay_everything, "nothing_due"),
        (turn_the_link_off, "link_ended"),
        (withdraw_consent, "no_consent"),
        (lose_the_address, "no_email"),
        (hold_the_account, "on_hold"),
        (send_money_by_bank, "nothing_due"),
    ],
)
def test_what_changed_while_the_message_waited_stops_it(
    *,
    database: Database,
    post_office: Post,
    server: MailServer,
    ana: Billed,
    meanwhile: Callable[[Database, Billed, UUID], None],
    detail: str,
) -> None:
    link_id = ask_for_link(database, post_office.tokens, ana)
    meanwhile(database, ana, link_id)
    post_office.work(server.mailer)
    assert server.taken == []
    assert (message(database, ana).state, message(database, ana).detail) == ("not_sent", detail)


def test_a_link_made_with_another_key_is_not_sent(
    database: Database, post_office: Post, server: MailServer, ana: Billed
) -> None:
    ask_for_link(database, LinkTokens("an older key, long enough as well"), ana)
    post_office.work(server.mailer)
    assert server.taken == []
    assert message(database, ana).detail == "link_ended"


def test_the_desk_is_told_before_sending_what_stands_against_it(
    database: Database, practice_id: UUID, tokens: LinkTokens
) -> None:
    nobody = make_billed(
        database, practice_id, email=None, born_on=None, patient_born_on=None, number="1"
    )
    hold_the_account(database, nobody, new_id())
    pay_everything(database, nobody, new_id())
    with pytest.raises(CannotSendError) as caught:
        ask_for_link(database, tokens, nobody)
    assert set(caught.value.refusals) == {
        Refusal.NO_EMAIL,
        Refusal.NO_BIRTH_DATE,
        Refusal.NOTHING_DUE,
        Refusal.ON_HOLD,
    }


def test_a_patients_date_of_birth_is_enough_to_send(
    database: Database, practice_id: UUID, tokens: LinkTokens
) -> None:
    billed = make_billed(database, practice_id, born_on=None, patient_born_on=date(2017, 9, 2))
    with database.transaction(staff_of(billed)) as session:
        assert link_refusals(session, billed.guarantor_id, [billed.patient_id]) == ()
        assert link_refusals(session, billed.guarantor_id, []) == (Refusal.NO_BIRTH_DATE,)


def test_no_receipt_is_queued_for_who_has_not_agreed(database: Database, practice_id: UUID) -> None:
    billed = make_billed(database, practice_id, email=None)
    assert ask_for_receipt(database, billed) is None
    with database.local_transaction() as session:
        assert session.scalar(text("SELECT count(*) FROM procrastinate_jobs")) == 0


def test_a_bounce_reopens_the_task_that_was_done(
    database: Database, post_office: Post, server: MailServer, ana: Billed
) -> None:
    server.answer_to_recipient = "550 no such mailbox"
    ask_for_link(database, post_office.tokens, ana)
    post_office.work(server.mailer)
    with database.transaction(staff_of(ana)) as session:
        session.execute(update(Task).where(Task.practice_id == ana.practice_id).values(done_at=NOW))
    ask_for_link(database, post_office.tokens, ana)
    post_office.work(server.mailer)
    with database.transaction(staff_of(ana)) as session:
        (task,) = session.scalars(select(Task).where(Task.practice_id == ana.practice_id))
    assert task.done_at is None


def test_no_transaction_is_open_while_the_mail_server_is_talked_to(
    database: Database, post_office: Post, ana: Billed, database_urls: DatabaseUrls
) -> None:
    open_then: list[int] = []

    class Watcher:
        def send(self, mail: Mail) -> None:
            assert mail.to_address
            engine = create_engine(database_urls.superuser)
            with engine.connect() as connection:
                open_then.append(
                    connection.execute(
                        text(
                            "SELECT count(*) FROM pg_stat_activity"
                            " WHERE datname = current_database() AND usename = 'portal_app'"
                            " AND state LIKE 'idle in transaction%'"
                        )
                    ).scalar_one()
                )
            engine.dispose()

    ask_for_link(database, post_office.tokens, ana)
    with post_office.app.app_context():
        send_statement_link(
            database,
            practice_id=ana.practice_id,
            message_id=message(database, ana).message_id,
            tokens=post_office.tokens,
            base_url=BASE_URL,
            mailer=Watcher(),
            renderer=TemplateRenderer(),
            now=NOW,
        )
    assert open_then == [0]


def test_another_practices_worker_finds_no_such_message(
    database: Database, post_office: Post, server: MailServer, ana: Billed
) -> None:
    ask_for_link(database, post_office.tokens, ana)
    elsewhere = make_practice(database, slug="elsewhere")
    post_office.send_link(elsewhere, message(database, ana).message_id, server.mailer, now=NOW)
    assert server.taken == []


def test_the_spanish_message_is_spanish(app: Flask) -> None:
    contact = PracticeContact("", "(503) 555-0142", "", "", (), "", "", "Riverbend", "UTC")
    rendered = {
        language: TemplateRenderer().render(
            template, language=language, practice=contact, link="https://portal.example/s/x"
        )
        for language in ("en", "es")
        for template in MessageTemplate
    }
    assert rendered["en"].subject != rendered["es"].subject

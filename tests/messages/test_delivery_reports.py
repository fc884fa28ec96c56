"""What a mail server reports later: which message, what it changes, what it never does."""

import re
from contextlib import suppress
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from portal.auth.link_delivery import take_report
from portal.auth.link_opening import OpenedLink, open_link
from portal.auth.link_tokens import LinkTokens
from portal.auth.links import REPORTED
from portal.auth.models import StatementLinkEvent
from portal.connectors.delivery_reports import Fate, NotAReportError, read_report
from portal.db import Database, new_id
from portal.messages.delivery import UnknownMessageError
from portal.messages.service import MessageState, mail_name
from portal.practice.models import Task
from tests.auth.billed import ANA_BORN_ON, NOW, Billed
from tests.messages.mail_server import MailServer
from tests.messages.reports import ADDRESS, report, with_whole_mail
from tests.messages.test_sending import (
    Post,
    ask_for_link,
    ask_for_receipt,
    link_state,
    message,
    post_office,  # noqa: F401 — a fixture
    staff_of,
    tasks,
)


@pytest.fixture
def link_id(
    database: Database,
    post_office: Post,  # noqa: F811 — the fixture
    server: MailServer,
    ana: Billed,
) -> UUID:
    """Of a link that a server took, which promised to report."""
    server.offers_reports = True
    made = ask_for_link(database, post_office.tokens, ana)
    post_office.work(server.mailer)
    return made


def envelope_id(server: MailServer) -> str:
    """What the server was told to put into its reports."""
    (asked,) = [word for word in server.asked if word.startswith("ENVID=")]
    return asked.removeprefix("ENVID=")


def take(database: Database, raw: bytes) -> MessageState:
    return take_report(database, read_report(raw), now=NOW)


def steps(database: Database, billed: Billed, link_id: UUID) -> list[tuple[str, str]]:
    with database.transaction(staff_of(billed)) as session:
        rows = session.execute(
            select(StatementLinkEvent.state, StatementLinkEvent.detail)
            .where(
                StatementLinkEvent.practice_id == billed.practice_id,
                StatementLinkEvent.link_id == link_id,
            )
            .order_by(StatementLinkEvent.event_id)
        )
        return [(row.state, row.detail) for row in rows]


def everything_said(database: Database, billed: Billed) -> str:
    with database.transaction(staff_of(billed)) as session:
        told = session.scalars(select(Task.message).where(Task.practice_id == billed.practice_id))
        return " ".join([*told, message(database, billed).detail])


@pytest.mark.parametrize("by", ["envelope", "headers", "whole mail"])
@pytest.mark.parametrize(
    ("action", "state", "kinds"),
    [("failed", "bounced", ["message_bounced"]), ("delivered", "delivered", [])],
)
def test_a_report_settles_the_message_and_its_link(
    *,
    database: Database,
    server: MailServer,
    ana: Billed,
    link_id: UUID,
    by: str,
    action: str,
    state: str,
    kinds: list[str],
) -> None:
    name = envelope_id(server)
    assert str(server.taken[0]["Message-ID"]) == f"<{name}@portal.example>"
    raw = {
        "envelope": report(action, envelope_id=name, status="5.1.1"),
        "headers": report(action, envelope_id="somebody-elses", message_id=name),
        "whole mail": with_whole_mail(action, message_id=name),
    }[by]
    assert take(database, raw) == state
    assert message(database, ana).state == link_state(database, ana, link_id) == state
    assert tasks(database, ana) == kinds


@pytest.mark.parametrize("action", ["delayed", "relayed", "expanded", "something new"])
def test_what_is_not_decided_yet_changes_nothing(
    *, database: Database, server: MailServer, ana: Billed, link_id: UUID, action: str
) -> None:
    assert take(database, report(action, envelope_id=envelope_id(server))) == "sent"
    assert message(database, ana).state == link_state(database, ana, link_id) == "sent"
    assert tasks(database, ana) == []


def test_the_desk_knows_the_code_and_nothing_else_of_a_report(
    database: Database, server: MailServer, ana: Billed, link_id: UUID
) -> None:
    take(database, report("failed", envelope_id=envelope_id(server), status="5.1.1 (no such)"))
    assert message(database, ana).detail == "status 5.1.1"
    assert steps(database, ana, link_id)[-1] == ("bounced", "status 5.1.1")
    said = everything_said(database, ana)
    assert ADDRESS not in said
    assert "Mateo" not in said


def test_the_same_report_again_changes_nothing(
    database: Database, server: MailServer, ana: Billed, link_id: UUID
) -> None:
    for _ in range(3):
        take(database, report("delivered", envelope_id=envelope_id(server)))
    assert steps(database, ana, link_id) == [("sent", ""), ("delivered", REPORTED)]
    for _ in range(3):
        take(database, report("failed", envelope_id=envelope_id(server)))
    assert [state for state, _ in steps(database, ana, link_id)] == ["sent", "delivered", "bounced"]


def test_a_mail_that_came_back_has_not_arrived_whatever_another_server_says(
    database: Database, server: MailServer, ana: Billed, link_id: UUID
) -> None:
    for action in ("failed", "delivered"):
        take(database, report(action, envelope_id=envelope_id(server)))
    assert message(database, ana).state == link_state(database, ana, link_id) == "bounced"


def test_a_link_that_was_answered_stays_answered(
    *, database: Database, tokens: LinkTokens, server: MailServer, ana: Billed, link_id: UUID
) -> None:
    """Forwarded, opened, and yet one of the mailboxes refused it: a task, but no dead link."""
    opened = open_link(
        database,
        tokens,
        tokens.make(ana.practice_id, link_id),
        born_on=ANA_BORN_ON,
        source=b"home",
        now=NOW,
        request_id="r",
    )
    assert isinstance(opened, OpenedLink)
    before = steps(database, ana, link_id)
    assert before[1] == ("delivered", "")  # known by the answer, not by a report
    take(database, report("failed", envelope_id=envelope_id(server)))
    assert steps(database, ana, link_id) == before
    assert link_state(database, ana, link_id) == "verified"
    assert tasks(database, ana) == ["message_bounced"]


def test_a_receipt_that_comes_back_becomes_a_task(
    database: Database,
    post_office: Post,  # noqa: F811 — the fixture
    server: MailServer,
    ana: Billed,
) -> None:
    server.offers_reports = True
    ask_for_receipt(database, ana)
    post_office.work(server.mailer)
    take(database, report("failed", envelope_id=envelope_id(server)))
    assert message(database, ana).state == "bounced"
    assert tasks(database, ana) == ["message_bounced"]


def test_a_report_about_no_message_of_ours_is_refused(
    database: Database, server: MailServer, ana: Billed, link_id: UUID
) -> None:
    ours = message(database, ana).message_id
    for name in (
        "",
        "somebody-elses",
        ours.hex,
        mail_name(ana.practice_id, new_id()),
        mail_name(new_id(), ours),
    ):
        with pytest.raises(UnknownMessageError):
            take(database, report("failed", envelope_id=name))
    assert message(database, ana).state == "sent"


def test_a_report_about_a_message_that_still_waits_is_refused(
    database: Database, tokens: LinkTokens, ana: Billed
) -> None:
    ask_for_link(database, tokens, ana)
    name = mail_name(ana.practice_id, message(database, ana).message_id)
    with pytest.raises(UnknownMessageError):
        take(database, report("failed", envelope_id=name))
    assert message(database, ana).state == "queued"


GOOD = report("failed", envelope_id="0197", message_id="0198", status="5.1.1")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"Subject: Question\n\nI did not get this. Who are you?\n",
        report("displayed", envelope_id="0197", report_type="disposition-notification"),
        re.sub(rb"message/delivery-status", b"text/plain", GOOD),
        re.sub(rb"Action: .*\n", b"", GOOD),
        GOOD[: GOOD.index(b"Reporting-MTA")],
        b"x" * 10_000_001,
    ],
    ids=["nothing", "a letter", "a read receipt", "no status", "no action", "cut off", "endless"],
)
def test_what_is_no_report_is_refused(raw: bytes) -> None:
    with pytest.raises(NotAReportError):
        read_report(raw)


def test_of_several_addresses_the_one_that_failed_counts() -> None:
    two = GOOD.replace(b"Action: failed", b"Action: delivered\n\nAction: failed")
    assert read_report(two).fate is Fate.FAILED


@given(st.binary() | st.tuples(st.integers(0, len(GOOD)), st.binary(max_size=40)))
def test_any_bytes_are_a_report_or_refused(made: bytes | tuple[int, bytes]) -> None:
    raw = made if isinstance(made, bytes) else GOOD[: made[0]] + made[1] + GOOD[made[0] :]
    with suppress(NotAReportError):
        read = read_report(raw)
        assert re.fullmatch(r"(\d\.\d{1,3}\.\d{1,3})?", read.status)

"""Statement links at the service: what opens, what counts, what ends."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text

from portal.auth.link_opening import (
    LinkLanding,
    OpenedLink,
    Paused,
    WrongDate,
    look_at_link,
    open_link,
)
from portal.auth.link_tokens import LinkTokens
from portal.auth.links import (
    UnknownLinkError,
    keep_links_open,
    make_link,
    record_step,
    retire_links,
    revoke_link,
    still_admits,
)
from portal.auth.models import StatementLink, StatementLinkEvent
from portal.auth.wrong_tries import ANSWERS_AT_ONCE, FREE_ANSWERS, source_of_dates
from portal.db import Database, Principal
from portal.domain.link_status import LinkEnd, LinkState, UnknownMoveError, move_to
from tests.auth.billed import ANA_BORN_ON, MATEO_BORN_ON, NOW, Billed, make_billed, move_debt
from tests.auth.running import SECRET_KEY
from tests.builders import make_patient, make_practice
from tests.payments.paying import at_once

HOME = "192.0.2.20"
WRONG = date(1999, 1, 1)
STAFF_ID = UUID(int=99)


def staff_of(billed: Billed) -> Principal:
    return Principal.staff(billed.practice_id, staff_id=STAFF_ID, role="front_desk")


def link_to(database: Database, tokens: LinkTokens, billed: Billed) -> tuple[UUID, str]:
    with database.transaction(staff_of(billed)) as session:
        link_id = make_link(
            session,
            tokens=tokens,
            guarantor_id=billed.guarantor_id,
            statement_id=billed.statement_id,
            patient_ids=[billed.patient_id],
            now=NOW,
        )
    return link_id, tokens.make(billed.practice_id, link_id)


def answer(
    database: Database,
    tokens: LinkTokens,
    token: str,
    born_on: date,
    *,
    days: int = 0,
    at: datetime | None = None,
    source_address: str = HOME,
) -> OpenedLink | WrongDate | Paused | LinkLanding:
    return open_link(
        database,
        tokens,
        token,
        born_on=born_on,
        source=source_of_dates(SECRET_KEY, source_address),
        now=at or NOW + timedelta(days=days),
        request_id="r",
    )


def events(database: Database, billed: Billed, link_id: UUID) -> list[str]:
    with database.transaction(staff_of(billed)) as session:
        return list(
            session.scalars(
                select(StatementLinkEvent.state)
                .where(
                    StatementLinkEvent.practice_id == billed.practice_id,
                    StatementLinkEvent.link_id == link_id,
                )
                .order_by(StatementLinkEvent.event_id)
            )
        )


def state(database: Database, billed: Billed, link_id: UUID) -> str:
    with database.transaction(staff_of(billed)) as session:
        found = session.scalar(
            select(StatementLink.state).where(
                StatementLink.practice_id == billed.practice_id, StatementLink.link_id == link_id
            )
        )
    return found or ""


def test_the_landing_names_the_practice_and_nothing_else(
    database: Database, tokens: LinkTokens, ana: Billed
) -> None:
    _, token = link_to(database, tokens, ana)
    landing = look_at_link(database, tokens, token, now=NOW)
    assert landing.ended is None
    assert landing.practice is not None
    assert landing.practice.name == "Riverbend Family Health"


@pytest.mark.parametrize("born_on", [ANA_BORN_ON, MATEO_BORN_ON])
def test_the_guarantors_or_a_patients_date_of_birth_opens_this_one_statement(
    database: Database, tokens: LinkTokens, ana: Billed, born_on: date
) -> None:
    link_id, token = link_to(database, tokens, ana)
    opened = answer(database, tokens, token, born_on)
    assert isinstance(opened, OpenedLink)
    assert opened.statement_id == ana.statement_id
    assert opened.principal == Principal.link(
        ana.practice_id, guarantor_id=ana.guarantor_id, link_id=link_id
    )
    assert events(database, ana, link_id) == ["delivered", "tried", "verified"]
    assert state(database, ana, link_id) == "verified"


def test_a_patient_who_is_not_on_the_statement_does_not_open_it(
    database: Database, tokens: LinkTokens, ana: Billed
) -> None:
    other = date(2020, 2, 29)
    make_patient(database, ana.practice_id, guarantor_id=ana.guarantor_id, born_on=other)
    _, token = link_to(database, tokens, ana)
    assert isinstance(answer(database, tokens, token, other), WrongDate)


def test_five_wrong_dates_close_this_link_only(
    database: Database, tokens: LinkTokens, ana: Billed
) -> None:
    link_id, token = link_to(database, tokens, ana)
    for _ in range(4):
        wrong = answer(database, tokens, token, WRONG)
        assert isinstance(wrong, WrongDate)
        assert wrong.landing.ended is None
    fifth = answer(database, tokens, token, WRONG)
    assert isinstance(fifth, WrongDate)
    assert fifth.landing.ended is LinkEnd.CLOSED
    afterwards = answer(database, tokens, token, ANA_BORN_ON)
    assert isinstance(afterwards, LinkLanding)
    assert afterwards.ended is LinkEnd.CLOSED
    assert events(database, ana, link_id) == ["delivered", *["tried"] * 5, "closed"]

    _, newer = link_to(database, tokens, ana)
    assert isinstance(answer(database, tokens, newer, ANA_BORN_ON), OpenedLink)


def test_many_wrong_dates_at_once_are_counted_one_by_one(
    database: Database, tokens: LinkTokens, ana: Billed
) -> None:
    link_id, token = link_to(database, tokens, ana)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: answer(database, tokens, token, WRONG), range(16)))
    assert sum(isinstance(given, WrongDate) for given in answers) == 5
    assert events(database, ana, link_id).count("tried") == 5


def test_bogus_tokens_do_not_stop_the_right_one(
    database: Database, tokens: LinkTokens, ana: Billed
) -> None:
    _, token = link_to(database, tokens, ana)
    for number in range(200):
        stranger = tokens.make(ana.practice_id, UUID(int=number))
        assert answer(database, tokens, stranger, WRONG) == LinkLanding(None, LinkEnd.UNKNOWN)
    assert isinstance(answer(database, tokens, token, ANA_BORN_ON), OpenedLink)


def test_a_link_opens_as_long_as_something_is_owed(
    database: Database, tokens: LinkTokens, ana: Billed
) -> None:
    _, token = link_to(database, tokens, ana)
    assert isinstance(answer(database, tokens, token, ANA_BORN_ON, days=1_000), OpenedLink)
    move_debt(database, ana, cents=-21_450, why="insurer paid")
    assert isinstance(answer(database, tokens, token, ANA_BORN_ON, days=1_001), LinkLanding)
    move_debt(database, ana, cents=21_450, why="insurer took it back")
    assert isinstance(answer(database, tokens, token, ANA_BORN_ON, days=1_002), OpenedLink)


def test_a_link_without_a_balance_opens_for_180_days(
    database: Database, tokens: LinkTokens, ana: Billed
) -> None:
    _, token = link_to(database, tokens, ana)
    move_debt(database, ana, cents=-21_450, why="insurer paid")
    last_moment = NOW + timedelta(days=180) - timedelta(seconds=1)
    assert look_at_link(database, tokens, token, now=last_moment).ended is None
    too_late = look_at_link(database, tokens, token, now=NOW + timedelta(days=180))
    assert too_late.ended is LinkEnd.EXPIRED


def test_a_paid_link_opens_its_receipts_for_180_days_or_until_it_is_turned_off(
    database: Database, tokens: LinkTokens, ana: Billed
) -> None:
    link_id, token = link_to(database, tokens, ana)
    move_debt(database, ana, cents=-21_450, why="paid")
    with database.transaction(staff_of(ana)) as session:
        keep_links_open(session, ana.statement_id, now=NOW + timedelta(days=100))
    assert isinstance(answer(database, tokens, token, ANA_BORN_ON, days=279), OpenedLink)
    assert isinstance(answer(database, tokens, token, ANA_BORN_ON, days=280), LinkLanding)
    revoke_link(database, staff_of(ana), link_id, now=NOW, request_id="r")
    assert look_at_link(database, tokens, token, now=NOW).ended is LinkEnd.REVOKED


def test_a_revoked_link_opens_nothing_at_once_and_ends_its_sessions(
    database: Database, tokens: LinkTokens, ana: Billed
) -> None:
    link_id, token = link_to(database, tokens, ana)
    opened = answer(database, tokens, token, ANA_BORN_ON)
    assert isinstance(opened, OpenedLink)
    owner = revoke_link(database, staff_of(ana), link_id, now=NOW, request_id="r")
    assert owner == ana.guarantor_id
    assert look_at_link(database, tokens, token, now=NOW).ended is LinkEnd.REVOKED
    with database.transaction(opened.principal) as session:
        assert not still_admits(session, link_id)
    assert events(database, ana, link_id)[-1] == "revoked"


def test_a_newer_link_turns_the_older_off_but_not_who_is_reading(
    database: Database, tokens: LinkTokens, ana: Billed
) -> None:
    older_id, older = link_to(database, tokens, ana)
    opened = answer(database, tokens, older, ANA_BORN_ON)
    assert isinstance(opened, OpenedLink)
    link_to(database, tokens, ana)
    assert look_at_link(database, tokens, older, now=NOW).ended is LinkEnd.REVOKED
    with database.transaction(opened.principal) as session:
        assert still_admits(session, older_id)
    revoke_link(database, staff_of(ana), older_id, now=NOW, request_id="r")
    with database.transaction(opened.principal) as session:
        assert not still_admits(session, older_id)


def test_the_links_of_a_voided_statement_say_that_there_is_a_newer_one(
    database: Database, tokens: LinkTokens, ana: Billed
) -> None:
    _, token = link_to(database, tokens, ana)
    with database.transaction(staff_of(ana)) as session:
        retire_links(session, ana.statement_id, now=NOW)
    assert look_at_link(database, tokens, token, now=NOW).ended is LinkEnd.REPLACED


def test_a_payment_is_the_last_step_of_a_link(
    database: Database, tokens: LinkTokens, ana: Billed
) -> None:
    link_id, token = link_to(database, tokens, ana)
    opened = answer(database, tokens, token, ANA_BORN_ON)
    assert isinstance(opened, OpenedLink)
    with database.transaction(Principal.job(ana.practice_id, role="webhook")) as session:
        record_step(session, link_id, LinkState.PART_PAID, now=NOW)
        record_step(session, link_id, LinkState.PART_PAID, now=NOW)
        record_step(session, link_id, LinkState.PAID, now=NOW)
        record_step(session, link_id, LinkState.PART_PAID, now=NOW)  # of a debt that came back
    assert state(database, ana, link_id) == "paid"
    assert isinstance(answer(database, tokens, token, ANA_BORN_ON), OpenedLink)
    assert state(database, ana, link_id) == "paid"


def test_another_practices_staff_find_no_such_link(
    database: Database, tokens: LinkTokens, ana: Billed
) -> None:
    link_id, _ = link_to(database, tokens, ana)
    elsewhere = make_practice(database, slug="elsewhere")
    stranger = Principal.staff(elsewhere, staff_id=STAFF_ID, role="admin")
    with pytest.raises(UnknownLinkError):
        revoke_link(database, stranger, link_id, now=NOW, request_id="r")


def test_row_level_security_hides_links_from_another_guarantor_without_any_filter(
    database: Database, tokens: LinkTokens, ana: Billed
) -> None:
    link_to(database, tokens, ana)
    ben = make_billed(database, ana.practice_id, number="10483", account_number="A-2")
    for principal in (
        Principal.link(ana.practice_id, guarantor_id=ben.guarantor_id, link_id=STAFF_ID),
        Principal.anonymous(ana.practice_id),
    ):
        with database.transaction(principal) as session:
            for table in ("statement_links", "statement_link_events", "staff", "audit_events"):
                count = session.scalar(text(f"SELECT count(*) FROM portal.{table}"))
                assert count == 0, table
            changed = session.execute(text("UPDATE portal.statement_links SET wrong_tries = 5"))
            assert changed.rowcount == 0  # type: ignore[attr-defined]  # SQLAlchemy's CursorResult


def test_only_a_hash_of_the_token_is_in_the_database(
    database: Database, tokens: LinkTokens, ana: Billed
) -> None:
    _, token = link_to(database, tokens, ana)
    answer(database, tokens, token, ANA_BORN_ON)
    with database.transaction(staff_of(ana)) as session:
        for table in ("statement_links", "statement_link_events", "audit_events"):
            rows = session.execute(text(f"SELECT t::text FROM portal.{table} t")).scalars()
            assert all(token not in row for row in rows)


@pytest.mark.parametrize(
    ("present", "step"),
    [
        (LinkState.MADE, LinkState.PAID),
        (LinkState.SENT, LinkState.VERIFIED),
        (LinkState.BOUNCED, LinkState.PAID),
        (LinkState.TRIED, LinkState.PAID),
    ],
)
def test_an_unknown_move_of_a_link_raises(present: LinkState, step: LinkState) -> None:
    with pytest.raises(UnknownMoveError):
        move_to(present, step)


def test_a_step_that_was_passed_changes_nothing() -> None:
    assert move_to(LinkState.VERIFIED, LinkState.SENT) is LinkState.VERIFIED
    assert move_to(LinkState.BOUNCED, LinkState.SENT) is LinkState.SENT


def many_links(
    database: Database, tokens: LinkTokens, practice_id: UUID, *, count: int
) -> list[tuple[Billed, str]]:
    """Of as many people."""
    billed = [
        make_billed(database, practice_id, number=f"2{number}", account_number=f"B-{number}")
        for number in range(count)
    ]
    return [(one, link_to(database, tokens, one)[1]) for one in billed]


def guess_all(
    database: Database, tokens: LinkTokens, links: list[tuple[Billed, str]], source_address: str
) -> None:
    """Four wrong dates for each: none of the links closes. Each as soon as it is looked at."""
    at = NOW
    for _, token in links:
        for _ in range(4):
            outcome = answer(database, tokens, token, WRONG, at=at, source_address=source_address)
            while isinstance(outcome, Paused):
                at += timedelta(seconds=1)
                outcome = answer(
                    database, tokens, token, WRONG, at=at, source_address=source_address
                )
            assert isinstance(outcome, WrongDate)


def test_whoever_guesses_at_many_links_pauses_and_nobody_else_does(
    database: Database, tokens: LinkTokens, practice_id: UUID, ana: Billed
) -> None:
    guesser, neighbour = "2001:db8:0:1::5", "2001:db8:0:2::5"
    links = many_links(database, tokens, practice_id, count=FREE_ANSWERS // 4 + 1)
    link_id, token = link_to(database, tokens, ana)
    for number, (_, other) in enumerate(links * 4):
        if number <= FREE_ANSWERS:
            outcome = answer(database, tokens, other, WRONG, source_address=guesser)
            assert isinstance(outcome, WrongDate)
    for address in (guesser, "2001:db8:0:1:ffff::9"):  # one customer's network
        paused = answer(database, tokens, token, ANA_BORN_ON, source_address=address)
        assert isinstance(paused, Paused)
        assert paused.landing.ended is None
    assert events(database, ana, link_id) == []
    opened = answer(database, tokens, token, ANA_BORN_ON, source_address=neighbour)
    assert isinstance(opened, OpenedLink)


def test_the_pause_ends_within_half_a_minute_and_the_link_still_opens(
    database: Database, tokens: LinkTokens, practice_id: UUID, ana: Billed
) -> None:
    guess_all(database, tokens, many_links(database, tokens, practice_id, count=5), HOME)
    token = link_to(database, tokens, ana)[1]
    later = NOW + timedelta(minutes=10)
    assert isinstance(answer(database, tokens, token, WRONG, at=later), WrongDate)
    soon, then = later + timedelta(seconds=29), later + timedelta(seconds=30)
    assert isinstance(answer(database, tokens, token, ANA_BORN_ON, at=soon), Paused)
    assert isinstance(answer(database, tokens, token, ANA_BORN_ON, at=then), OpenedLink)


def test_a_right_date_is_not_counted_and_forgets_no_wrong_one(
    database: Database, tokens: LinkTokens, practice_id: UUID, ana: Billed
) -> None:
    """Else whoever has a link of their own could guess at others for ever."""
    token = link_to(database, tokens, ana)[1]
    for _ in range(FREE_ANSWERS + 5):
        assert isinstance(answer(database, tokens, token, ANA_BORN_ON), OpenedLink)
    links = many_links(database, tokens, practice_id, count=FREE_ANSWERS + 1)
    for _, other in links:
        assert isinstance(answer(database, tokens, other, WRONG), WrongDate)
        answer(database, tokens, token, ANA_BORN_ON)
    assert isinstance(answer(database, tokens, token, ANA_BORN_ON), Paused)


def test_many_wrong_dates_at_once_are_counted_before_any_is_looked_at(
    database: Database, tokens: LinkTokens, practice_id: UUID
) -> None:
    links = many_links(database, tokens, practice_id, count=ANSWERS_AT_ONCE + 4)
    waiting = [token for _, token in links]
    outcomes = at_once(len(links), lambda: answer(database, tokens, waiting.pop(), WRONG))
    looked_at = sum(isinstance(outcome, WrongDate) for outcome in outcomes)
    assert FREE_ANSWERS < looked_at <= ANSWERS_AT_ONCE


def test_a_token_that_opens_nothing_is_no_wrong_date(
    database: Database, tokens: LinkTokens, ana: Billed
) -> None:
    dead = link_to(database, tokens, ana)[1]
    token = link_to(database, tokens, ana)[1]  # the first one stops opening
    for _ in range(FREE_ANSWERS + 5):
        answer(database, tokens, "no token of ours", WRONG)
        assert isinstance(answer(database, tokens, dead, WRONG), LinkLanding)
    assert isinstance(answer(database, tokens, token, ANA_BORN_ON), OpenedLink)

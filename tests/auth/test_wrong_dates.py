"""Wrong dates of birth, counted by address: what makes it pause, and what it forgets."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy.exc import DataError

from portal.auth.link_opening import OpenedLink, WrongDate, open_link
from portal.auth.link_tokens import LinkTokens
from portal.auth.wrong_tries import (
    ANSWERS_AT_ONCE,
    FREE_ANSWERS,
    PAUSE_MAX_SECONDS,
    count_answer,
    note_wrong_answer,
    source_of_dates,
    take_back_answer,
)
from portal.db import Database
from tests.auth.billed import ANA_BORN_ON, NOW, Billed
from tests.auth.running import SECRET_KEY
from tests.auth.test_statement_links import HOME, WRONG, answer, link_to, many_links


def test_dates_that_nobody_has_answered_yet_are_bounded(database: Database) -> None:
    source = source_of_dates(SECRET_KEY, HOME)
    counted = [count_answer(database, source, now=NOW) for _ in range(ANSWERS_AT_ONCE + 2)]
    assert [one is None for one in counted] == [False] * ANSWERS_AT_ONCE + [True] * 2
    last = counted[ANSWERS_AT_ONCE - 1]
    assert last is not None
    take_back_answer(database, last, now=NOW)  # it was right
    assert count_answer(database, source, now=NOW) is not None


def test_two_right_dates_at_once_do_not_pause_each_other(database: Database) -> None:
    source = source_of_dates(SECRET_KEY, HOME)
    for _ in range(FREE_ANSWERS):
        counted = count_answer(database, source, now=NOW)
        assert counted is not None
        note_wrong_answer(database, counted, now=NOW)
    both = [count_answer(database, source, now=NOW) for _ in range(2)]
    for one in both:
        assert one is not None
        take_back_answer(database, one, now=NOW)
    third = count_answer(database, source, now=NOW)
    assert third is not None
    note_wrong_answer(database, third, now=NOW)
    assert count_answer(database, source, now=NOW) is None


def test_where_many_people_share_an_address_slips_now_and_then_make_nobody_wait(
    database: Database, tokens: LinkTokens, practice_id: UUID, ana: Billed
) -> None:
    links = many_links(database, tokens, practice_id, count=FREE_ANSWERS)
    token = link_to(database, tokens, ana)[1]
    for number, (_, other) in enumerate(links * 3):
        at = NOW + number * timedelta(hours=1) / FREE_ANSWERS
        assert isinstance(answer(database, tokens, other, WRONG, at=at), WrongDate)
        soon = at + timedelta(seconds=1)
        assert isinstance(answer(database, tokens, token, ANA_BORN_ON, at=soon), OpenedLink)


def test_after_hours_of_guessing_an_address_is_free_again_within_two_hours(
    database: Database,
) -> None:
    source, at, looked_at = source_of_dates(SECRET_KEY, HOME), NOW, 0
    while at < NOW + timedelta(hours=3):
        counted = count_answer(database, source, now=at)
        if counted is None:
            at += timedelta(seconds=2)
        else:
            note_wrong_answer(database, counted, now=at)
            looked_at += 1
    assert looked_at <= ANSWERS_AT_ONCE + 3 * 60 * 60 / PAUSE_MAX_SECONDS
    at += timedelta(hours=2)
    assert all(count_answer(database, source, now=at) for _ in range(FREE_ANSWERS))


def test_a_date_that_could_not_be_looked_at_counts_as_no_wrong_one(
    database: Database, tokens: LinkTokens, ana: Billed
) -> None:
    token = link_to(database, tokens, ana)[1]
    for _ in range(ANSWERS_AT_ONCE + 1):
        with pytest.raises(DataError):
            open_link(
                database,
                tokens,
                token,
                born_on=ANA_BORN_ON,
                source=source_of_dates(SECRET_KEY, HOME),
                now=NOW,
                request_id="\0",  # what the audit log cannot hold
            )
    assert isinstance(answer(database, tokens, token, ANA_BORN_ON), OpenedLink)

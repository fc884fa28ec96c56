"""Our own posts read back: confirmed and never new money, or the person is held."""

from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import select

from portal.db import Database, Principal, new_id, practice_of
from portal.practice.directory import practice_by_slug
from portal.practice.models import Hold, Task
from portal.sync.feed_settling import settle_row
from portal.sync.service import run_sync
from tests.payments.owing import Owing
from tests.sync.far_side import FarSide
from tests.sync.feeding import Feeder, Row
from tests.sync.telling import NOW, history, make_post, states


@pytest.fixture
def feeder(database: Database, ana: Owing) -> Feeder:
    """The claims of ``ana`` were never decided, so only her posts are looked at."""
    practice = practice_by_slug(database, "riverbend")
    assert practice.practice_id == ana.practice_id
    return Feeder(database, practice, examines=False)


@pytest.fixture
def post_id(database: Database, ana: Owing, far_side: FarSide) -> UUID:
    """A payment of 20.00 that went over."""
    made = make_post(database, ana)
    run_sync(database, far_side.system, ana.practice_id, now=NOW)
    return made


def told_back(post_id: UUID, *, row_id: str = "PM-1", cents: int = 2_000) -> Row:
    return Row(
        id=row_id, account_number="A-20411", claim_number="10482-B", cents=cents, post_id=post_id
    )


def holds(database: Database, owing: Owing) -> list[str]:
    with database.transaction(Principal.job(owing.practice_id, role="test")) as session:
        return list(
            session.scalars(
                select(Hold.kind).where(
                    Hold.practice_id == practice_of(session), Hold.released_at.is_(None)
                )
            )
        )


def open_tasks(database: Database, owing: Owing) -> set[str]:
    with database.transaction(Principal.job(owing.practice_id, role="test")) as session:
        return set(
            session.scalars(
                select(Task.kind).where(
                    Task.practice_id == practice_of(session), Task.done_at.is_(None)
                )
            )
        )


def test_a_post_that_comes_back_is_confirmed_and_posts_nothing(
    database: Database, ana: Owing, feeder: Feeder, post_id: UUID
) -> None:
    report = feeder.send(told_back(post_id)).as_json()
    assert (report["read_back"], report["posted"]) == (1, 0)
    assert states(database, ana) == {post_id: "confirmed"}
    assert history(database, ana, post_id) == ["sent", "acknowledged", "confirmed"]
    assert feeder.send(told_back(post_id)).as_json()["seen"] == 1
    assert holds(database, ana) == []


def test_another_amount_over_there_holds_the_person_until_it_is_mended(
    database: Database, ana: Owing, feeder: Feeder, post_id: UUID
) -> None:
    report = feeder.send(told_back(post_id, cents=2_500))
    assert report.refusals[0].reason == (
        f"Our post {post_id} is $20.00, the practice's books have $25.00."
    )
    assert holds(database, ana) == ["books_differ"]
    assert open_tasks(database, ana) == {"books_differ", "feed_refused"}
    feeder.send(told_back(post_id))
    assert holds(database, ana) == []
    assert open_tasks(database, ana) == set()
    assert states(database, ana) == {post_id: "confirmed"}


def test_a_hold_ends_with_the_words_of_whoever_settled_what_differs(
    database: Database, ana: Owing, feeder: Feeder, post_id: UUID
) -> None:
    feeder.send(told_back(post_id, cents=2_500))
    (row,) = feeder.records().values()
    poster = Principal.staff(ana.practice_id, staff_id=new_id(), role="poster")
    words = "They took 25.00 at the desk; we mended it by hand."
    assert settle_row(database, poster, row.row_id, reason=words, now=NOW, request_id="r")
    assert holds(database, ana) == []
    with database.transaction(Principal.job(ana.practice_id, role="test")) as session:
        told = session.scalars(
            select(Hold.release_reason).where(Hold.practice_id == practice_of(session))
        ).all()
    assert told == [words]


def test_a_post_that_is_there_twice_holds_the_person(
    database: Database, ana: Owing, feeder: Feeder, post_id: UUID
) -> None:
    feeder.send(told_back(post_id))
    report = feeder.send(told_back(post_id, row_id="PM-2"))
    assert report.refusals[0].reason.endswith(f"have our post {post_id} twice.")
    assert holds(database, ana) == ["books_differ"]


def test_a_post_on_another_account_over_there_holds_the_person(
    database: Database, ana: Owing, feeder: Feeder, post_id: UUID
) -> None:
    feeder.send(replace(told_back(post_id), account_number="A-1"))
    assert holds(database, ana) == ["books_differ"]


def test_a_post_that_never_went_over_cannot_be_there(
    database: Database, ana: Owing, feeder: Feeder
) -> None:
    waiting = make_post(database, ana)
    report = feeder.send(told_back(waiting))
    assert "waits to be sent" in report.refusals[0].reason
    assert holds(database, ana) == ["books_differ"]


def test_an_id_that_is_none_of_ours_is_no_money(
    database: Database, ana: Owing, feeder: Feeder
) -> None:
    report = feeder.send(told_back(new_id()))
    assert report.refusals[0].reason.startswith("We have no post ")
    assert holds(database, ana) == []


def test_a_row_that_turns_out_to_be_money_of_its_own_ends_the_hold(
    database: Database, ana: Owing, feeder: Feeder, post_id: UUID
) -> None:
    feeder.send(told_back(post_id, cents=2_500))
    assert holds(database, ana) == ["books_differ"]
    report = feeder.send(replace(told_back(post_id), post_id="", claim_number=""))
    assert report.as_json()["posted"] == 1
    assert holds(database, ana) == []
    assert open_tasks(database, ana) == set()

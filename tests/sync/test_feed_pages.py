"""The page of the feed: how old it is, what it could not post, what waits for its visit."""

from dataclasses import replace
from datetime import timedelta

import pytest

from portal.auth.roles import Role
from portal.db import new_id
from tests.remittances.desk import ImportDesk
from tests.sync.feeding import Feeder, Row
from tests.sync.test_sync_pages import Enter, app, enter  # noqa: F401 - fixtures of the same app

DESK = Row(account_number="J-1", cents=2_000)
STRANGER = replace(DESK, id="R-2", account_number="J-<2>", claim_number="A9")
FEED = "/insurance/sync/feed"


@pytest.fixture
def practice_id(desk: ImportDesk) -> object:
    """Riverbend, with June in it."""
    return desk.practice.practice_id


def test_a_poster_sees_what_was_refused_and_takes_it_off_the_list(
    feeder: Feeder,
    enter: Enter,  # noqa: F811 — the fixture
) -> None:
    feeder.send(DESK, STRANGER)
    poster = enter(Role.POSTER)
    page = poster.get(FEED).text
    for words in ("There is no account J-&lt;2&gt; here.", "feed.csv, line 4", "June Marlowe"):
        assert words in page
    assert "one row could not be posted" in poster.get("/insurance/sync").text
    row_id = feeder.records()["R-2"].row_id
    settled = f"{FEED}/rows/{row_id}/settled"
    assert poster.send(FEED, {"reason": "It is none of ours."}, to=settled).location == FEED
    assert feeder.records()["R-2"].settled_reason == "It is none of ours."
    assert "J-&lt;2&gt;" not in poster.get(FEED).text
    assert poster.send(FEED, {"reason": "Again."}, to=settled).location == FEED
    assert feeder.records()["R-2"].settled_reason == "It is none of ours."
    feeder.send(STRANGER)  # nothing new: it stays settled
    assert "J-&lt;2&gt;" not in poster.get(FEED).text
    feeder.send(replace(STRANGER, cents=2_100))
    assert "J-&lt;2&gt;" in poster.get(FEED).text


def test_a_row_stays_on_the_list_until_somebody_says_why_it_may_go(
    feeder: Feeder,
    enter: Enter,  # noqa: F811 — the fixture
) -> None:
    feeder.send(STRANGER)
    row = feeder.records()["R-2"]
    poster = enter(Role.POSTER)
    refused = poster.send(FEED, {"reason": "  "}, to=f"{FEED}/rows/{row.row_id}/settled")
    assert refused.status == 422
    assert "Write why" in refused.text
    assert feeder.records()["R-2"].settled_at is None


def test_an_old_feed_says_that_it_stops_statements(
    feeder: Feeder,
    enter: Enter,  # noqa: F811 — the fixture
) -> None:
    newest, feeder.now = feeder.now, feeder.now - timedelta(hours=25)
    feeder.send()
    poster = enter(Role.POSTER)
    for page in (FEED, "/insurance/sync"):
        assert "No statements go out" in poster.get(page).text
    feeder.now = newest
    feeder.send(DESK)
    for page in (FEED, "/insurance/sync"):
        assert "No statements go out" not in poster.get(page).text


def test_before_the_first_file_the_page_says_where_to_begin(
    enter: Enter,  # noqa: F811 — the fixture
) -> None:
    assert "portal feed template" in enter(Role.MANAGER).get(FEED).text


def test_the_front_desk_has_no_business_here_and_a_stray_row_is_not_found(
    feeder: Feeder,
    enter: Enter,  # noqa: F811 — the fixture
) -> None:
    feeder.send(STRANGER)
    assert enter(Role.FRONT_DESK).get(FEED).status == 404
    poster = enter(Role.POSTER)
    stray = f"{FEED}/rows/{new_id()}/settled"
    assert poster.send(FEED, {"reason": "Why not."}, to=stray).status == 404

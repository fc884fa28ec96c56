"""Which language a visitor reads, and how days and times are written in it."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import flask_babel
import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.web import i18n
from tests.web.posting import post


def language_of(browser: FlaskClient, accepts: str = "") -> str:
    return browser.get("/try/language", headers={"Accept-Language": accepts}).text


@pytest.fixture
def browser(web: Flask) -> FlaskClient:
    web.add_url_rule("/try/language", "try.language", i18n.current_language)
    return web.test_client()


@pytest.mark.parametrize(
    ("accepts", "language"),
    [("es-MX,es;q=0.9,en;q=0.5", "es"), ("en-US", "en"), ("fr", "en"), ("", "en"), ("es", "es")],
)
def test_a_visitor_reads_what_the_browser_asks_for(
    browser: FlaskClient, accepts: str, language: str
) -> None:
    assert language_of(browser, accepts) == language


def test_the_switch_goes_back_to_the_same_page_and_is_remembered(browser: FlaskClient) -> None:
    answer = post(browser, "/language", {"language": "es", "page": "/s/token"})
    assert (answer.status_code, answer.location) == (303, "/s/token")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("language=es;")
    assert cookie.endswith("; HttpOnly; Path=/; SameSite=Lax")
    assert language_of(browser, "en") == "es"


def test_a_choice_in_a_session_counts_more_than_the_cookie(browser: FlaskClient) -> None:
    post(browser, "/try/sign-in")
    post(browser, "/language", {"language": "es", "page": "/desk"})
    browser.set_cookie("language", "en")
    assert language_of(browser, "en") == "es"


@pytest.mark.parametrize(
    "page",
    [
        "https://evil.example/s/token",
        "//evil.example/desk",
        "/\\evil.example",
        "\\\\evil.example",
        "desk",
        "",
        "/no/such/page",
        "/try/sign-in",
        "javascript:alert(1)",
        "/desk\r\nX: y",
    ],
)
def test_the_switch_leads_to_no_other_site_and_no_page_that_is_not_there(
    browser: FlaskClient, page: str
) -> None:
    assert post(browser, "/language", {"language": "es", "page": page}).location == "/"


def test_an_unknown_language_changes_nothing(browser: FlaskClient) -> None:
    answer = post(browser, "/language", {"language": "xx", "page": "/desk"})
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    ("language", "day", "full", "time"),
    [
        ("en", "March 4, 2026", "Wednesday, March 4, 2026", "2:41\N{NO-BREAK SPACE}PM"),
        (
            "es",
            "4 de marzo de 2026",
            "miércoles, 4 de marzo de 2026",
            "2:41\N{NO-BREAK SPACE}p.m.",
        ),
    ],
)
def test_days_and_times_are_written_as_in_the_united_states(
    web: Flask, language: str, day: str, full: str, time: str
) -> None:
    at = datetime(2026, 3, 4, 14, 41, tzinfo=ZoneInfo("America/Los_Angeles"))
    with web.test_request_context(), flask_babel.force_locale(language):
        assert i18n.long_day(date(2026, 3, 4)) == day
        assert i18n.day_with_weekday(date(2026, 3, 4)) == full
        assert i18n.clock_time(at) == time

"""Pages for what went wrong."""

import logging

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient

STATUSES = (400, 403, 404, 405, 413, 429, 500, 503)


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("status", [*STATUSES, 410, 502])
def test_each_status_has_its_page_in_both_languages(
    web_without_database: Flask, status: int, language: str
) -> None:
    web_without_database.add_url_rule("/fail", "fail", lambda: abort(status))
    browser = web_without_database.test_client()
    browser.set_cookie("portal", "any")  # a session that cannot be read
    answer = browser.get("/fail", headers={"Accept-Language": language})
    assert answer.status_code == status
    assert f'<html lang="{language}-US">' in answer.text
    assert "<h1>" in answer.text
    assert "<form" not in answer.text


def test_a_method_that_is_not_allowed_says_which_are(browser: FlaskClient) -> None:
    answer = browser.put("/try/who")
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_a_breakdown_shows_and_logs_no_address_and_no_value(
    web: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    web.config["PROPAGATE_EXCEPTIONS"] = False
    with caplog.at_level(logging.ERROR):
        answer = web.test_client().get("/try/broken?token=canary")
    assert answer.status_code == 500
    assert "Something broke on our side" in answer.text
    assert "no page may show" not in answer.text
    assert "canary" not in caplog.text
    assert "/try/broken" not in caplog.text.split("Traceback")[0]
    assert "try.broken" in caplog.text


def test_the_language_cookie_counts_more_than_the_browser(browser: FlaskClient) -> None:
    browser.set_cookie("language", "es")
    assert "No encontramos esta página" in browser.get("/nowhere").text

"""What every answer says to the browser, and which requests are refused."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.config import Settings
from tests.web.conftest import AppMaker, Clock
from tests.web.posting import post, token_of
from tests.web.rendering import asset_url

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; "
    "form-action 'self' https://checkout.stripe.com; "
    "frame-ancestors 'none'; base-uri 'none'"
)
ON_EVERY_ANSWER = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "Referrer-Policy": "same-origin",
}
HSTS = "Strict-Transport-Security"


@pytest.mark.parametrize(
    ("path", "status"),
    [("/try/nowhere", 404), ("/try/who", 200), ("/desk/search/", 404), ("/try/broken", 500)],
)
def test_every_answer_carries_the_headers(
    browser: FlaskClient, web: Flask, path: str, status: int
) -> None:
    web.config["PROPAGATE_EXCEPTIONS"] = False
    answer = browser.get(path)
    assert answer.status_code == status
    for name, value in ON_EVERY_ANSWER.items():
        assert answer.headers[name] == value, name
    assert answer.headers["Cache-Control"] == "no-store"
    assert set(answer.vary) == {"Accept-Encoding", "Cookie"}
    assert "camera=()" in answer.headers["Permissions-Policy"]
    assert "payment=()" in answer.headers["Permissions-Policy"]
    assert HSTS not in answer.headers


def test_redirects_and_refusals_carry_the_headers_too(browser: FlaskClient) -> None:
    redirect = post(browser, "/language", {"language": "es", "page": "/desk"})
    refusal = browser.post("/try/sign-in", headers={"Sec-Fetch-Site": "cross-site"})
    assert (redirect.status_code, refusal.status_code) == (303, 403)
    for answer in (redirect, refusal):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Content-Security-Policy"] == POLICY


def test_production_asks_for_tls_for_two_years(make_app: AppMaker, production: Settings) -> None:
    answer = make_app(production).test_client().get("/try/who", base_url=production.base_url)
    assert answer.headers[HSTS] == "max-age=63072000; includeSubDomains"


def test_forms_may_lead_to_the_simulator_instead(make_app: AppMaker, settings: Settings) -> None:
    simulated = replace(settings, stripe_api_base="http://127.0.0.1:4242")
    policy = make_app(simulated).test_client().get("/try/who").headers["Content-Security-Policy"]
    assert "form-action 'self' http://127.0.0.1:4242;" in policy
    assert "stripe.com" not in policy


def test_a_link_page_sends_no_referrer(browser: FlaskClient) -> None:
    assert browser.get("/try/link").headers["Referrer-Policy"] == "no-referrer"


def test_a_static_file_is_cached_for_ever_and_for_everybody(
    browser: FlaskClient, web: Flask
) -> None:
    with web.app_context():
        path = asset_url("portal.css")
    answer = browser.get(path)
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_forged_host_is_refused(browser: FlaskClient) -> None:
    answer = browser.get("/try/who", headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert "We could not read that" in answer.text


def test_production_answers_to_its_own_name_only(make_app: AppMaker, production: Settings) -> None:
    browser = make_app(production).test_client()
    assert browser.get("/try/who", base_url=production.base_url).status_code == 200
    assert browser.get("/try/who", base_url="https://localhost").status_code == 400


def test_a_post_without_a_token_is_refused_kindly(browser: FlaskClient) -> None:
    answer = browser.post("/try/sign-in")
    assert answer.status_code == 400
    assert "This page was open too long" in answer.text
    assert "Nothing was changed" in answer.text


def test_a_token_works_without_a_session_and_leaves_none(browser: FlaskClient) -> None:
    answer = post(browser, "/s/token")
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers


def test_a_token_dies_with_its_session(browser: FlaskClient) -> None:
    post(browser, "/try/sign-in")
    old = token_of(browser)
    post(browser, "/try/sign-in")
    assert browser.post("/try/sign-out", data={"csrf_token": old}).status_code == 400
    assert browser.post("/try/sign-out", data={"csrf_token": token_of(browser)}).text == "out"


def test_a_visitors_token_is_worth_nothing_to_somebody_signed_in(
    browser: FlaskClient, web: Flask
) -> None:
    anonymous = token_of(web.test_client())
    post(browser, "/try/sign-in")
    assert browser.post("/try/sign-out", data={"csrf_token": anonymous}).status_code == 400


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}, 200),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 200),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Origin": "http://other.localhost"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "http://localhost.evil.example"}, 403),
    ],
)
def test_what_another_site_starts_is_refused(
    browser: FlaskClient, headers: dict[str, str], status: int
) -> None:
    assert post(browser, "/try/sign-in", headers=headers).status_code == status


def test_reading_from_another_site_is_allowed(browser: FlaskClient) -> None:
    answer = browser.get("/try/who", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 200


def test_pages_are_compressed_for_who_asks(browser: FlaskClient) -> None:
    plain = browser.get("/try/nowhere")
    packed = browser.get("/try/nowhere", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.data) < len(plain.data)
    assert re.search("Accept-Encoding", packed.headers["Vary"])


def test_a_token_is_good_for_twelve_hours(browser: FlaskClient, clock: Clock) -> None:
    token = token_of(browser)
    clock.move(timedelta(hours=1))
    assert browser.post("/try/sign-in", data={"csrf_token": token}).text == "in"

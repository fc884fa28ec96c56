"""Logs: values are planted everywhere, and looked for in what comes out."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
import structlog
from flask import Blueprint, Flask

from portal.auth.link_tokens import LinkTokens
from portal.auth.policies import Policy, policy
from portal.db import Database
from portal.request_id import request_id
from portal.web import logs
from tests.auth.billed import Billed, make_billed
from tests.auth.running import SECRET_KEY, Clock, browser, make_app, stand_ins
from tests.auth.test_link_pages import ANA, WRONG
from tests.auth.test_statement_links import link_to

PAYMENT_ID = UUID(int=5)
CANARIES = ("Ana", "Reyes", "1985-04-27", "$214.50", "ana.reyes@example.com", "Mateo")


@contextmanager
def logging_into(stream: io.StringIO, *, as_json: bool) -> Iterator[io.StringIO]:
    """Afterwards everything is as it was."""
    root, config = logging.getLogger(), structlog.get_config()
    handlers, level = list(root.handlers), root.level
    logs.configure(as_json=as_json, stream=stream)
    yield stream
    root.handlers = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    structlog.configure(**config)


@pytest.fixture(params=[True, False], ids=["JSON", "readable"])
def out(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    with logging_into(io.StringIO(), as_json=request.param) as stream:
        yield stream


@pytest.fixture
def ana(database: Database, practice_id: UUID) -> Billed:
    return make_billed(database, practice_id)


def raising() -> Blueprint:
    broken = Blueprint("broken", __name__)

    @broken.get("/broken/<text>")
    @policy(Policy.PUBLIC, reason="it breaks for a test")
    def fail(text: str) -> str:
        born_on = date(1985, 4, 27)
        raise LookupError(f"{text} was born on {born_on} and owes 214.50")

    return broken


def quiet_app(database: Database) -> Flask:
    app = make_app(database, Clock(), *stand_ins(), raising())
    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


def test_nothing_of_a_person_and_no_token_is_in_the_log_of_a_visit(
    database: Database, ana: Billed, out: io.StringIO
) -> None:
    tokens = LinkTokens(SECRET_KEY)
    _, token = link_to(database, tokens, ana)
    visitor = browser(quiet_app(database))
    visitor.get(f"/s/{token}")
    visitor.send(f"/s/{token}", WRONG)
    visitor.send(f"/s/{token}", ANA)
    visitor.get(f"/statements/{ana.statement_id}?name=Reyes")
    visitor.get("/no/such/Reyes")
    visitor.get("/broken/Ana-Reyes")
    written = out.getvalue()
    assert written.count("request") >= 8
    assert "/s/<token>" in written
    assert "LookupError" in written
    for secret in (*CANARIES, "214.50", "born", token, token[:16]):
        assert secret not in written


@pytest.mark.parametrize("canary", CANARIES)
def test_what_is_not_on_the_list_is_dropped(out: io.StringIO, canary: str) -> None:
    logs.log.info("statement viewed", name=canary, amount=canary, body={"name": canary})
    assert "statement viewed" in out.getvalue()
    assert canary not in out.getvalue()


def test_a_sentence_holds_no_digit(out: io.StringIO) -> None:
    logs.log.info("paid 214.50 on 1985-04-27", payment_id=PAYMENT_ID)
    assert "paid ###.## on ####-##-##" in out.getvalue()
    assert str(PAYMENT_ID) in out.getvalue()


def test_a_value_that_is_no_id_is_withheld(out: io.StringIO) -> None:
    logs.log.info("viewed", guarantor_id="Ana Reyes <ana.reyes@example.com>", count=3)
    assert "example.com" not in out.getvalue()
    assert logs.WITHHELD in out.getvalue()


def test_an_error_is_told_by_kind_and_place_never_by_what_it_says(out: io.StringIO) -> None:
    try:
        try:
            int("Ana Reyes")
        except ValueError as error:
            raise KeyError("1985-04-27") from error
    except KeyError:
        logs.log.exception("import failed")
    written = out.getvalue()
    assert "builtins.KeyError from builtins.ValueError" in written
    assert f"web/{Path(__file__).name}:" in written
    for secret in ("Ana", "Reyes", "1985-04-27", "invalid literal", str(Path(__file__).parent)):
        assert secret not in written


def test_a_library_is_told_by_its_place_only(out: io.StringIO) -> None:
    logging.getLogger("some.library").warning("could not mail %s", "ana.reyes@example.com")
    logging.getLogger("some.library").error("Ana Reyes owes 214.50")
    logging.getLogger("portal").error("the database does not answer: %s", "password of Reyes")
    written = out.getvalue()
    assert "some.library" in written
    assert "the database does not answer" in written
    for secret in ("Ana", "Reyes", "example.com", "mail", "214.50", "password"):
        assert secret not in written


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("0af7651916cd43dd8448eb211c80319c", True),
        ("6f1f7a52-7e5d-4a7e-9f0a-0c6f1d1f9d11", True),
        ("Ana-Reyes-1985-04-27", False),
        ("short", False),
        ("", False),
        ("f" * 65, False),
        ("0af7651916cd43dd8448eb211c80319c\tx", False),
    ],
)
def test_a_request_id_is_taken_only_if_it_looks_like_one(
    *, database: Database, out: io.StringIO, given: str, taken: bool
) -> None:
    seen = browser(quiet_app(database)).get("/staff/sign-in", headers={"X-Request-Id": given})
    answered = seen.headers["X-Request-Id"]
    assert (answered == given) is taken
    assert len(answered) >= 16
    assert f"{answered}" in out.getvalue()
    assert taken or not given or given not in out.getvalue()


def test_every_line_of_a_request_or_a_job_has_its_id(database: Database, out: io.StringIO) -> None:
    browser(quiet_app(database)).get("/broken/x")
    with logs.job_context("send_statement_link", message_id=str(PAYMENT_ID)):
        logs.log.info("sent")
        assert request_id().startswith("job-")
    lines = out.getvalue().splitlines()
    assert len(lines) >= 3
    assert all("request_id" in line for line in lines)
    assert "send_statement_link" in lines[-1]
    assert request_id() == ""


def test_production_writes_one_json_object_a_line(database: Database) -> None:
    with logging_into(io.StringIO(), as_json=True) as stream:
        browser(quiet_app(database)).get("/staff/sign-in")
    (line,) = [json.loads(text) for text in stream.getvalue().splitlines()]
    assert set(line) == {
        "event",
        "level",
        "time",
        "request_id",
        "method",
        "route",
        "status",
        "duration_ms",
    }
    assert (line["route"], line["status"], line["method"]) == ("/staff/sign-in", 200, "GET")

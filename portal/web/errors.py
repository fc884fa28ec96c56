"""Pages for what went wrong: they ask neither the database nor the session, which may be away."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import flask_babel
from flask import Flask, Response, current_app, g, make_response
from flask_babel import lazy_gettext
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, ServiceUnavailable

from portal.web.i18n import visitor_language

_RETRY_AFTER_SECONDS = 30
_KEPT_HEADERS = ("Allow", "Retry-After")


@dataclass(frozen=True, slots=True)
class Problem:
    """What happened, whether anything changed, and one way on."""

    title: Any
    sentences: tuple[Any, ...]


_NOTHING_CHANGED = lazy_gettext("Nothing was changed and nothing was paid.")
_GO_BACK = lazy_gettext("Go back, or open the link in our message again.")
_OUR_FAULT = lazy_gettext(
    "If you were paying, look at your statement before you try again: "
    "a payment that went through is shown there."
)

_PROBLEMS: Mapping[int, Problem] = {
    HTTPStatus.BAD_REQUEST: Problem(
        lazy_gettext("We could not read that"), (_NOTHING_CHANGED, _GO_BACK)
    ),
    HTTPStatus.FORBIDDEN: Problem(
        lazy_gettext("You cannot do this here"),
        (
            lazy_gettext("This page is not for you, or it was called from another website."),
            _NOTHING_CHANGED,
            _GO_BACK,
        ),
    ),
    HTTPStatus.NOT_FOUND: Problem(
        lazy_gettext("We cannot find this page"),
        (
            lazy_gettext(
                "The address may be wrong, or you were signed out: we do this after 15 minutes, "
                "so that no one else can read your bill."
            ),
            lazy_gettext("Open the link in our message again, or call the number on your bill."),
        ),
    ),
    HTTPStatus.METHOD_NOT_ALLOWED: Problem(
        lazy_gettext("This page opens another way"), (_NOTHING_CHANGED, _GO_BACK)
    ),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: Problem(
        lazy_gettext("That was too large to send"), (_NOTHING_CHANGED, _GO_BACK)
    ),
    HTTPStatus.TOO_MANY_REQUESTS: Problem(
        lazy_gettext("Too many tries in a short time"),
        (_NOTHING_CHANGED, lazy_gettext("Please wait a few minutes and try again.")),
    ),
    HTTPStatus.INTERNAL_SERVER_ERROR: Problem(
        lazy_gettext("Something broke on our side"),
        (lazy_gettext("It is not your fault, and we will look at it."), _OUR_FAULT),
    ),
    HTTPStatus.SERVICE_UNAVAILABLE: Problem(
        lazy_gettext("We cannot answer just now"),
        (lazy_gettext("Please try again in a minute."), _OUR_FAULT),
    ),
}
_OPEN_TOO_LONG = Problem(
    lazy_gettext("This page was open too long"),
    (
        _NOTHING_CHANGED,
        lazy_gettext("Go back, load the page again, and send it once more."),
        lazy_gettext("If you were signed out, open the link in our message again."),
    ),
)


def handle_errors(app: Flask) -> None:
    """Register the pages."""
    app.register_error_handler(CSRFError, _page_open_too_long)
    app.register_error_handler(HTTPException, _error_page)
    app.register_error_handler(OperationalError, _database_away)


def _error_page(error: HTTPException) -> Response:
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    if status < HTTPStatus.BAD_REQUEST:  # a redirect that was raised
        return make_response(error.get_response())
    response = _render(_problem_of(status), status)
    for name, value in error.get_headers():
        if name in _KEPT_HEADERS:
            response.headers[name] = value
    return response


def _page_open_too_long(_error: CSRFError) -> Response:
    return _render(_OPEN_TOO_LONG, HTTPStatus.BAD_REQUEST)


def _database_away(error: OperationalError) -> Response:
    current_app.logger.error("the database does not answer: %s", type(error.orig).__name__)
    return _error_page(ServiceUnavailable(retry_after=_RETRY_AFTER_SECONDS))


def _problem_of(status: int) -> Problem:
    in_our_class = (
        HTTPStatus.BAD_REQUEST
        if status < HTTPStatus.INTERNAL_SERVER_ERROR
        else HTTPStatus.INTERNAL_SERVER_ERROR
    )
    return _PROBLEMS.get(status, _PROBLEMS[in_our_class])


def _render(problem: Problem, status: int) -> Response:
    """Past the context processors, which may ask who is signed in."""
    template = current_app.jinja_env.get_template("errors/error.html")
    with flask_babel.force_locale(visitor_language()):
        text = template.render(problem=problem, reference=g.get("request_id"), page=None, errors=())
    return make_response(text, status)

"""Send a form as a browser does: with the token of a page that was fetched before."""

from collections.abc import Mapping
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

TOKEN_PATH = "/try/token"


def token_of(browser: FlaskClient, *, base_url: str | None = None) -> str:
    """A CSRF token for this browser, as any form would carry it."""
    return browser.get(TOKEN_PATH, base_url=base_url).text


def post(
    browser: FlaskClient,
    path: str,
    data: Mapping[str, str] | None = None,
    *,
    base_url: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> TestResponse:
    """POST with a good token."""
    fields: dict[str, Any] = {"csrf_token": token_of(browser, base_url=base_url), **(data or {})}
    return browser.post(path, data=fields, base_url=base_url, headers=headers)

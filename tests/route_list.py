"""The composed app's routes as text, kept in routes.txt so that reviews see a new one."""

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask

from portal.app import create_app
from portal.auth.policies import Policy, admission_of
from portal.db import Database
from tests.auth.running import settings_for_tests
from tests.web.test_logs import logging_into

SNAPSHOT = Path(__file__).with_name("routes.txt")
_HEADER = """\
# Every route: methods, address, endpoint, who may use it. A test compares this with the app.
# To renew: .venv/bin/python -m tests.route_list > tests/routes.txt
"""
_NO_DATABASE = "postgresql+psycopg://portal_app@127.0.0.1:1/nowhere"
_AUTOMATIC = {"HEAD", "OPTIONS"}


@contextmanager
def composed_app() -> Iterator[Flask]:
    """All that `create_app` puts together; it has no database to ask."""
    database = Database(_NO_DATABASE)
    with logging_into(io.StringIO(), as_json=False):
        yield create_app(settings_for_tests(), database)
    database.close()


def route_list(app: Flask) -> str:
    """One line a route, by address."""
    lines = sorted(
        "  ".join(
            (
                rule.rule,
                ",".join(sorted((rule.methods or set()) - _AUTOMATIC)),
                rule.endpoint,
                _who(app, rule.endpoint),
            )
        )
        for rule in app.url_map.iter_rules()
    )
    return _HEADER + "\n".join(lines) + "\n"


def _who(app: Flask, endpoint: str) -> str:
    admission = admission_of(app, endpoint)
    if admission is None:
        return "NOBODY SAYS WHO"
    if admission.policy is Policy.STAFF:
        return f"staff: {', '.join(sorted(role.value for role in admission.roles))}"
    return admission.policy.value


if __name__ == "__main__":
    with composed_app() as app:
        sys.stdout.write(route_list(app))

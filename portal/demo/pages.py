"""Every page of the demo, found as a person finds them: by following links, from each role's door.

Pages whose address only differs in an id are kept a few times, so that each state of a statement,
a plan or a claim is among them and the list stays readable.
"""

import re
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import urljoin, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing.exceptions import RoutingException

from portal.demo.doors import PATIENT, STAFF, Door, make_door
from portal.demo.people import HOUSEHOLDS
from portal.demo.staff import read_staff

_LINK: Final = re.compile(r'<a [^>]*href="([^"#]+)')
_BASE: Final = "http://127.0.0.1"
_ALIKE_MOST: Final = 3
_FOR_ALL: Final = ("/", "/demo", "/styleguide", "/staff/sign-in", "/signed-out", "/language-help")


@dataclass(frozen=True, slots=True)
class DemoPage:
    """A page that answers; ``sign_in`` opens its role once, "" where nobody need sign in."""

    role: str
    path: str
    state: str
    sign_in: str


@dataclass(frozen=True, slots=True)
class _Role:
    name: str
    about: str
    starts: tuple[str, ...]
    door: Door | None


def demo_pages(app: Flask, home: Path) -> Iterator[DemoPage]:
    """Role by role; each gets a door of its own for whoever asked."""
    for role in _roles(home):
        client = app.test_client()
        if role.door is not None:
            entered = client.get(make_door(home, role.door), base_url=_BASE)
            if entered.status_code != HTTPStatus.SEE_OTHER:
                continue
        sign_in = make_door(home, role.door) if role.door else ""
        for path, endpoint in _walk(app, client, role.starts):
            state = f"{endpoint}: {role.about}" if role.about else endpoint
            yield DemoPage(role.name, path, state, sign_in)


def _roles(home: Path) -> Iterator[_Role]:
    yield _Role("anyone", "", _FOR_ALL, None)
    for household in HOUSEHOLDS:
        door = Door(PATIENT, household.account_number)
        yield _Role(f"patient {household.account_number}", household.why, ("/home",), door)
    for member in read_staff(home):
        yield _Role(member.role, "", ("/staff/sign-in",), Door(STAFF, member.email))


def _walk(app: Flask, client: FlaskClient, starts: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Path and endpoint of each page that can be reached, breadth first."""
    waiting, seen = deque(starts), set(starts)
    kept: Counter[str] = Counter()
    while waiting:
        path = waiting.popleft()
        endpoint = _endpoint(app, path)
        if endpoint is None or kept[endpoint] >= _ALIKE_MOST:
            continue
        answer = client.get(path, base_url=_BASE)
        found = [answer.location or ""]
        if answer.status_code == HTTPStatus.OK and answer.mimetype == "text/html":
            kept[endpoint] += 1
            yield path, endpoint
            found = _LINK.findall(answer.text)
        for target in found:
            address = urlsplit(urljoin(f"{_BASE}{path}", target.replace("&amp;", "&")))
            is_ours = address.netloc == urlsplit(_BASE).netloc
            where = address.path + (f"?{address.query}" if address.query else "")
            if target and is_ours and where not in seen:
                seen.add(where)
                waiting.append(where)


def _endpoint(app: Flask, path: str) -> str | None:
    """None for what is no page: another method, a file, nothing at all."""
    adapter = app.url_map.bind("127.0.0.1")
    try:
        endpoint, _ = adapter.match(path.partition("?")[0], method="GET")
    except (RoutingException, NotFound, MethodNotAllowed):
        return None
    return str(endpoint)

"""What holds for every route, whoever asks: headers, forged requests, reading that only reads."""

from collections import defaultdict
from collections.abc import Iterator

from werkzeug.test import TestResponse

from portal.auth.policies import Policy
from portal.web.security import content_security_policy
from tests.journeys.sweeping import METHODS, Ask, asks, contents, values_for
from tests.journeys.world import Visitor, World

OPEN_TOO_LONG = "This page was open too long"
ON_EVERY_ANSWER = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
LOOKS = defaultdict(
    lambda: "public, max-age=31536000, immutable",
    {"webmanifest": "public, max-age=3600", "css": "no-cache"},
)
"""How long what a practice looks like may be kept, by its ending: it is the same for everybody.

A logo has none. Colours are kept where the address says their version (tests/home/test_brand.py).
"""
PROVEN_OTHERWISE = {"webhooks.stripe"}  # Stripe signs what it sends


def insiders(world: World) -> tuple[Visitor, ...]:
    """Nobody, a patient by link and signed in, and somebody of staff who may reach every page."""
    names = ("anybody", "Ana", "Ana, signed in", "manager here")
    return tuple(world.visitors[name] for name in names)


def owner(ask: Ask, world: World) -> Visitor:
    """Whoever the route is for."""
    match ask.admission.policy:
        case Policy.STAFF:
            return world.visitors["manager here"]
        case Policy.SIGNED_IN:
            return world.visitors["Ana, signed in"]
        case _:
            return world.visitors["Ana"]


def unsafe(world: World) -> Iterator[tuple[Ask, str]]:
    for ask in asks(world):
        if ask.method != "GET":
            yield ask, ask.path(next(values_for(ask, world)), world)


def headers_problems(answer: TestResponse, world: World) -> list[str]:
    """What an answer does not say, or says wrongly."""
    expected = dict(ON_EVERY_ANSWER)
    origin = world.app.extensions["portal"].settings.checkout_origin
    expected["Content-Security-Policy"] = content_security_policy(origin)
    path = answer.request.path
    doors = ("/s/", "/pay/", "/reset/", "/invited/")
    is_open = path.startswith(doors) and not path.startswith("/pay/plan/")
    is_link = is_open and answer.status_code not in (400, 403, 405)
    expected["Referrer-Policy"] = "no-referrer" if is_link else "same-origin"
    is_look = path.startswith(("/brand/", "/manifest.")) and answer.status_code == 200
    expected["Cache-Control"] = LOOKS[path.rpartition(".")[2]] if is_look else "no-store"
    problems = [
        f"{name}: {answer.headers.get(name)}"
        for name, value in expected.items()
        if answer.headers.get(name) != value
    ]
    if "Cookie" not in answer.vary and not is_look:
        problems.append("Vary")
    if "camera=()" not in answer.headers.get("Permissions-Policy", ""):
        problems.append("Permissions-Policy")
    return problems


def test_every_answer_says_how_it_may_be_used(world: World) -> None:
    """Pages, redirects, refusals, what does not exist, and methods nobody offers."""
    wrong, statuses = [], set()
    for ask in asks(world):
        for visitor in insiders(world):
            path = ask.path(next(values_for(ask, world)), world)
            for method in ("GET", "HEAD", "PUT", "DELETE"):
                answer = visitor.client.open(path, method=method)
                statuses.add(answer.status_code)
                problems = headers_problems(answer, world)
                if problems or answer.status_code == 500:
                    wrong.append(f"{method} {path}, {visitor.name}, {answer.status}, {problems}")
    assert statuses >= {200, 303, 404, 405}
    assert wrong == []


def test_reading_changes_nothing(world: World) -> None:
    """Audit rows and sessions apart. HEAD too: scanners of mail follow links with it."""
    before, read = contents(world), 0
    for ask in asks(world):
        if ask.method != "GET":
            continue
        for visitor in insiders(world):
            for values in values_for(ask, world):
                for method in ("GET", "HEAD"):
                    answer = visitor.client.open(ask.path(values, world), method=method)
                    read += answer.status_code == 200
    assert read > 20
    assert contents(world) == before


def test_a_change_without_the_forms_token_is_refused(world: World) -> None:
    before, taken = contents(world), set()
    for ask, path in unsafe(world):
        answer = owner(ask, world).client.post(path)
        if answer.status_code != 400 or OPEN_TOO_LONG not in answer.text:
            taken.add(ask.rule.endpoint)
    assert taken == PROVEN_OTHERWISE
    assert contents(world) == before


def test_a_change_that_another_site_starts_is_refused(world: World) -> None:
    before, taken = contents(world), set()
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        for ask, path in unsafe(world):
            answer = ask.by(owner(ask, world), path, headers)
            if answer.status_code != 403:
                taken.add(ask.rule.endpoint)
    assert taken == PROVEN_OTHERWISE
    assert contents(world) == before


def test_a_forged_host_is_refused_everywhere(world: World) -> None:
    answers = {
        f"{ask}": ask.by(
            owner(ask, world),
            ask.path(next(values_for(ask, world)), world),
            {"Host": "evil.example"},
        ).status_code
        for ask in asks(world)
    }
    assert set(answers.values()) == {400}, answers


def test_methods_are_the_two_that_pages_use(world: World) -> None:
    automatic = {"HEAD", "OPTIONS"}
    for rule in world.app.url_map.iter_rules():
        assert (rule.methods or set()) - automatic <= set(METHODS), rule

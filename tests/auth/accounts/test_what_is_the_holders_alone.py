"""What somebody who was let in may do with an account, route by route; and what asks who they are.

A new route of accounts fails here until somebody has said on which side it belongs.
"""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from uuid import UUID, uuid4

import pytest
from werkzeug.routing import Rule

from portal.auth.policies import Policy, admission_of
from portal.db import Principal
from portal.domain.account_access import AccessKind
from tests.auth.accounts.at_the_door import Door
from tests.auth.accounts.test_who_else import accepted
from tests.auth.billed import MATEO_BORN_ON
from tests.auth.running import Browser

SHARED = {
    "accounts.add_to_present_account",
    "accounts.begin",
    "accounts.begin_code",
    "accounts.begin_ways",
    "accounts.begin_with_passkey",
    "accounts.check_confirmation",
    "accounts.confirm",
    "accounts.offer_first_passkey",
}
"""Of everybody who came in by an account, or is on the way to one."""

OF_PAYING_AND_SEEING = {
    "home.activity",
    "home.search",
    "home.show",
    "home.summary",
    "plan_payments.pay",
    "plans.begun",
    "plans.changed",
    "plans.plan",
    "plans.plans",
    "receipts.history",
    "settings.show",
    "statements.index",
    "visits.show",
}
"""Reading what is owed, and paying it: whoever was let in is let in to this."""

TO_KEEP = {
    "home.all_of_it",
    "home.ask_for_all",
    "plans.agreement",
    "receipts.year",
    "receipts.year_as_csv",
    "receipts.year_as_paper",
}
"""Papers and files that tell all: for whoever pays, and whom they let see; not to pay only."""

AGREED_TO = {
    "autopay.begin",
    "delivery.give_consent",
    "methods.add",
    "plans.add",
    "plans.agreed",
    "plans.ahead",
    "plans.end",
    "plans.method",
    "plans.move",
    "plans.skip",
    "scheduled.agree",
    "scheduled.move_payment",
}
"""What writes down that somebody agreed to be charged, or to how the law's papers come."""

_NEW = "/account/new"
LEADS_ON = {
    "accounts.add_to_present_account": _NEW,
    "accounts.begin_code": _NEW,
    "accounts.begin_ways": _NEW,
    "accounts.begin_with_passkey": _NEW,
    "accounts.check_email_address": "/account/contact",
}
"""A step that comes after another one, which was not taken."""

TO_THE_ACCOUNT = {"accounts.begin": "/account/security"}
WITHOUT_AN_ACCOUNT = {
    "accounts.invite_person": _NEW,
    "accounts.people": _NEW,
    "accounts.remove_person": _NEW,
}
"""Others are let in by somebody who signs in themselves."""

DONE_WITHOUT_WORDS = {
    ("POST", "autopay.end"): (HTTPStatus.SEE_OTHER, "/autopay"),
    ("POST", "cases.changed_application"): (HTTPStatus.UNPROCESSABLE_ENTITY, ""),
    ("POST", "delivery.take_paper"): (HTTPStatus.SEE_OTHER, "/delivery"),
    ("POST", "home.search"): (HTTPStatus.OK, ""),
    ("POST", "settings.language"): (HTTPStatus.SEE_OTHER, "/settings"),
}
"""Forms with nothing that must be typed; and one that is read before what it is about."""

NUMBERS = {"number", "version", "year"}
HIDDEN = ("/payment-methods", "/autopay", "/delivery", "/account/people", "/account/contact")


def rules_of(door: Door, policy: Policy) -> Iterator[Rule]:
    for rule in door.app.url_map.iter_rules():
        admission = admission_of(door.app, rule.endpoint)
        if admission is not None and admission.policy is policy:
            yield rule


def path_of(door: Door, rule: Rule, method: str) -> str:
    values = {name: 1 if name in NUMBERS else uuid4() for name in rule.arguments}
    return door.app.url_map.bind("localhost").build(rule.endpoint, values, method=method)


def answer_of(door: Door, opened: Browser, rule: Rule, token: str, method: str) -> tuple[int, str]:
    """Status and where it leads, at an address of theirs whose ids are nobody's."""
    path = path_of(door, rule, method)
    answer = opened.client.open(path, method=method, data={"csrf_token": token}, buffered=True)
    return answer.status_code, answer.headers.get("Location", "")


def status_of(door: Door, opened: Browser, rule: Rule, token: str) -> int:
    method = "GET" if "GET" in (rule.methods or ()) else "POST"
    return answer_of(door, opened, rule, token, method)[0]


def test_each_route_of_accounts_is_on_a_side(door: Door) -> None:
    named = {rule.endpoint for rule in rules_of(door, Policy.ACCOUNT)}
    assert named == SHARED | OF_PAYING_AND_SEEING
    assert {rule.endpoint for rule in rules_of(door, Policy.COPIES)} == TO_KEEP
    assert {rule.endpoint for rule in rules_of(door, Policy.HOLDER)} >= AGREED_TO


@pytest.mark.parametrize("kind", [AccessKind.SEE_AND_PAY, AccessKind.PAY_ONLY])
def test_whoever_was_let_in_is_refused_what_the_holder_alone_decides(
    door: Door, kind: AccessKind
) -> None:
    luis = accepted(door, door.with_account(), kind)
    token = luis.get("/account/confirm").csrf_token
    refused = {
        rule.endpoint
        for rule in rules_of(door, Policy.HOLDER)
        if status_of(door, luis, rule, token) != HTTPStatus.FORBIDDEN
    }
    assert refused == set()
    for policy, is_his in (
        (Policy.ACCOUNT, True),
        (Policy.COPIES, kind is AccessKind.SEE_AND_PAY),
    ):
        forbidden = {
            rule.endpoint
            for rule in rules_of(door, policy)
            if status_of(door, luis, rule, token) == HTTPStatus.FORBIDDEN
        }
        assert forbidden == (set() if is_his else TO_KEEP)


def test_whoever_pays_only_is_told_why_and_is_not_led_to_copies(door: Door) -> None:
    luis = accepted(door, door.with_account(), AccessKind.PAY_ONLY)
    refused = luis.get("/account.zip")
    assert refused.status == HTTPStatus.FORBIDDEN
    assert "not keep copies of them" in refused.text
    shown = "".join(luis.get(page).text for page in ("/activity", "/payments", "/home"))
    assert 'href="/account"' not in shown
    assert "/payments/year/" not in shown


@pytest.mark.parametrize("by", ["account", "link"])
def test_whoever_pays_is_answered_at_each_address_as_its_holder(door: Door, by: str) -> None:
    """With ids of their own: tests/journeys/test_what_the_holder_reaches.py."""
    ana = door.with_account() if by == "account" else door.by_link()
    token = ana.get("/account/confirm").csrf_token
    leads_on = LEADS_ON | (TO_THE_ACCOUNT if by == "account" else WITHOUT_AN_ACCOUNT)
    wrong = {}
    for policy in (Policy.ACCOUNT, Policy.COPIES, Policy.HOLDER):
        for rule in rules_of(door, policy):
            for method in {"GET", "POST"} & (rule.methods or set()):
                expected = expected_of(rule, method, leads_on)
                found = answer_of(door, ana, rule, token, method)
                if found != expected:
                    wrong[f"{method} {rule.endpoint}"] = (found, expected)
    assert wrong == {}


def expected_of(rule: Rule, method: str, leads_on: Mapping[str, str]) -> tuple[int, str]:
    """Nobody's is not there, a page is shown, and an empty form is asked about."""
    if (method, rule.endpoint) in DONE_WITHOUT_WORDS:
        return DONE_WITHOUT_WORDS[method, rule.endpoint]
    if rule.endpoint in leads_on:
        return HTTPStatus.SEE_OTHER, leads_on[rule.endpoint]
    if rule.arguments or rule.endpoint == "accounts.offer_first_passkey":
        return HTTPStatus.NOT_FOUND, ""
    return (HTTPStatus.OK if method == "GET" else HTTPStatus.UNPROCESSABLE_ENTITY), ""


def test_a_patient_by_a_link_is_refused_all_of_it(door: Door) -> None:
    mateo = door.by_link(born_on=MATEO_BORN_ON)
    token = mateo.get("/help/question").csrf_token
    for policy in (Policy.ACCOUNT, Policy.COPIES, Policy.HOLDER):
        let_in = {
            rule.endpoint
            for rule in rules_of(door, policy)
            if status_of(door, mateo, rule, token) != HTTPStatus.FORBIDDEN
        }
        assert let_in == set()


def test_whatever_is_agreed_to_asks_first_who_it_is(door: Door) -> None:
    ana = door.with_account()
    for _ in range(2):  # at work all the time, so the session lives
        door.clock.advance(minutes=10)
        token = ana.get("/account/confirm").csrf_token
    unasked = set()
    for rule in rules_of(door, Policy.HOLDER):
        if rule.endpoint in AGREED_TO:
            answer = ana.client.post(path_of(door, rule, "POST"), data={"csrf_token": token})
            if answer.headers.get("Location") != "/account/confirm":
                unasked.add(rule.endpoint)
    assert unasked == set()


def test_whom_they_let_in_is_not_sent_to_what_is_not_theirs(door: Door) -> None:
    ana = door.with_account()
    luis = accepted(door, ana)
    theirs, his = ana.get("/settings").text, luis.get("/settings").text
    for path in HIDDEN:
        assert f'href="{path}"' in theirs
        assert f'href="{path}"' not in his
    assert 'action="/settings/language"' not in his
    assert "a card of your own" in luis.get("/autopay").text


def test_an_access_says_how_far_it_goes() -> None:
    practice, guarantor = UUID(int=1), UUID(int=2)
    for kind in AccessKind:
        who = Principal.patient(practice, guarantor_id=guarantor, actor_id=uuid4(), access=kind)
        assert who.is_holder == (kind is AccessKind.HOLDER)
        assert who.pays_only == (kind is AccessKind.PAY_ONLY)
    for is_guarantor in (True, False):
        who = Principal.link(
            practice, guarantor_id=guarantor, link_id=uuid4(), is_guarantor=is_guarantor
        )
        assert who.is_holder == is_guarantor
    assert not Principal.staff(practice, staff_id=uuid4(), role="manager").is_holder

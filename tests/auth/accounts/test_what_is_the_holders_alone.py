"""What somebody who was let in may do with an account, route by route; and what asks who they are.

A new route of accounts fails here until somebody has said on which side it belongs.
"""

from collections.abc import Iterator
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
    "home.all_of_it",
    "home.ask_for_all",
    "home.search",
    "home.show",
    "home.summary",
    "plan_payments.pay",
    "plans.agreement",
    "plans.begun",
    "plans.changed",
    "plans.plan",
    "plans.plans",
    "receipts.history",
    "receipts.year",
    "receipts.year_as_csv",
    "receipts.year_as_paper",
    "settings.show",
    "statements.index",
    "visits.show",
}
"""Reading what is owed, and paying it: whoever was let in is let in to this."""

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


def status_of(door: Door, opened: Browser, rule: Rule, token: str) -> int:
    """Of an address of theirs whose ids are nobody's."""
    method = "GET" if "GET" in (rule.methods or ()) else "POST"
    path = path_of(door, rule, method)
    answer = opened.client.open(path, method=method, data={"csrf_token": token})
    answer.close()
    return answer.status_code


def test_each_route_of_accounts_is_on_a_side(door: Door) -> None:
    named = {rule.endpoint for rule in rules_of(door, Policy.ACCOUNT)}
    assert named == SHARED | OF_PAYING_AND_SEEING
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
    open_to = {
        rule.endpoint
        for rule in rules_of(door, Policy.ACCOUNT)
        if status_of(door, luis, rule, token) == HTTPStatus.FORBIDDEN
    }
    assert open_to == set()


@pytest.mark.parametrize("by", ["account", "link"])
def test_whoever_pays_is_refused_none_of_it(door: Door, by: str) -> None:
    ana = door.with_account() if by == "account" else door.by_link()
    token = ana.get("/account/confirm").csrf_token
    for policy in (Policy.ACCOUNT, Policy.HOLDER):
        refused = {
            rule.endpoint
            for rule in rules_of(door, policy)
            if status_of(door, ana, rule, token) == HTTPStatus.FORBIDDEN
        }
        assert refused == set()


def test_a_patient_by_a_link_is_refused_all_of_it(door: Door) -> None:
    mateo = door.by_link(born_on=MATEO_BORN_ON)
    token = mateo.get("/help/question").csrf_token
    for policy in (Policy.ACCOUNT, Policy.HOLDER):
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


def test_an_access_says_whether_it_is_the_holders() -> None:
    practice, guarantor = UUID(int=1), UUID(int=2)
    for kind in AccessKind:
        who = Principal.patient(practice, guarantor_id=guarantor, actor_id=uuid4(), access=kind)
        assert who.is_holder == (kind is AccessKind.HOLDER)
    for is_guarantor in (True, False):
        who = Principal.link(
            practice, guarantor_id=guarantor, link_id=uuid4(), is_guarantor=is_guarantor
        )
        assert who.is_holder == is_guarantor
    assert not Principal.staff(practice, staff_id=uuid4(), role="manager").is_holder

"""Whoever pays opens each of their pages, by a link and signed in, with everything there is."""

from collections import defaultdict
from http import HTTPStatus

import pytest

from portal.auth.policies import Policy
from tests.journeys.sweeping import asks, values_for
from tests.journeys.world import World

OF_WHO_PAYS = (Policy.ACCOUNT, Policy.COPIES, Policy.HOLDER)
SHOWN, LEADS_ON, NOT_THERE = HTTPStatus.OK, HTTPStatus.SEE_OTHER, HTTPStatus.NOT_FOUND

A_STEP_BEFORE_IS_MISSING = {
    "accounts.begin_code",
    "accounts.begin_ways",
    "accounts.check_email_address",
}
ASKS_TO_SIGN_IN = {"accounts.contact", "accounts.people"}
"""Who has an account, and came by a link."""

IS_SIGNED_IN = {"accounts.begin"}

LEADS_TO_WHERE_IT_STANDS = {
    "plans.add",
    "plans.agree",
    "plans.ahead",
    "plans.begun",
    "plans.changed",
    "plans.disclosure",
    "plans.disclosure_as_paper",
    "plans.end",
    "plans.how",
    "plans.method",
    "plans.move",
    "plans.plan",
    "plans.skip",
    "scheduled.agree",
    "scheduled.show",
}
"""Of a plan in force, or one still to be agreed to: what the other one has, leads to its page."""

OF_ONE_STATE_ONLY = {
    "cases.application",
    "cases.change_application",
    "cases.check_application",
    "plan_payments.pay",
    "plans.agreement",
}
"""A draft has no answer, and a plan that nobody agreed to no agreement."""


def expected_of(endpoint: str, name: str) -> set[HTTPStatus]:
    is_by_link = name == "Ana"
    if endpoint in A_STEP_BEFORE_IS_MISSING:
        return {LEADS_ON}
    if endpoint in (ASKS_TO_SIGN_IN if is_by_link else IS_SIGNED_IN):
        return {LEADS_ON}
    if endpoint in LEADS_TO_WHERE_IT_STANDS:
        return {SHOWN, LEADS_ON}
    return {SHOWN, NOT_THERE} if endpoint in OF_ONE_STATE_ONLY else {SHOWN}


@pytest.mark.parametrize("name", ["Ana", "Ana, signed in"])
def test_whoever_pays_opens_each_of_their_pages(world: World, name: str) -> None:
    found: dict[str, set[int]] = defaultdict(set)
    for ask in asks(world):
        if ask.admission.policy not in OF_WHO_PAYS or ask.method != "GET":
            continue
        for values in values_for(ask, world):
            path = ask.path(values, world)
            answer = world.visitors[name].client.get(path, buffered=True)
            found[ask.rule.endpoint].add(answer.status_code)
    assert len(found) > 50
    assert found == {endpoint: expected_of(endpoint, name) for endpoint in found}

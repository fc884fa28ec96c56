"""Whoever asks for what is not theirs is told the same as for what does not exist."""

from collections.abc import Iterator

from werkzeug.test import TestResponse

from portal.auth.policies import Admission, Policy
from portal.db import PrincipalKind
from tests.journeys.sweeping import (
    OF_NOBODY,
    Ask,
    a_random_id,
    asks_with_ids,
    contents,
    values_for,
    without_what_changes,
)
from tests.journeys.world import Visitor, World

STAFF_DOOR = "/staff/sign-in"
VISITORS = 15  # anybody, three links, an account, five roles in two practices

# With a refund that is given up, or a card that is kept no more, nothing can be done: asked last.
ENDS_IT = {"refunds.reject", "methods.remove", "desk.end_account"}


def is_admitted(ask: Ask, visitor: Visitor, world: World) -> bool:
    """Whether the policy lets this visitor reach what is Ana's.

    Whoever pays reaches all of the account, by whichever link they came.
    """
    admission = ask.admission
    signed_in = world.visitors["Ana, signed in"]
    account_holders = (world.visitors["Ana"], world.visitors["Ana by another link"], signed_in)
    match admission.policy:
        case Policy.PUBLIC | Policy.STATEMENT_LINK | Policy.ACCOUNT | Policy.COPIES | Policy.HOLDER:
            return visitor in account_holders
        case Policy.SIGNED_IN:
            return visitor is signed_in
        case Policy.STAFF:
            return visitor.role in admission.roles and visitor.practice_id == world.practice_id


def refusal_is_right(admission: Admission, visitor: Visitor, answer: TestResponse) -> bool:
    """Staff's pages send whoever is not signed in as staff to the door; all else is not there."""
    if admission.policy is Policy.STAFF and visitor.kind is not PrincipalKind.STAFF:
        return answer.status_code == 303 and answer.location == STAFF_DOOR
    to_account = answer.status_code == 303 and answer.location == "/account/new"
    if admission.policy is Policy.SIGNED_IN and visitor.kind is PrincipalKind.LINK:
        return to_account
    if admission.policy is Policy.HOLDER and visitor.kind is PrincipalKind.LINK and to_account:
        return True  # before anything was looked for: also for nobody's
    if admission.policy is Policy.PUBLIC and visitor.kind is not PrincipalKind.LINK:
        return answer.status_code == 303 and answer.location == "/signed-out"
    return answer.status_code == 404


def test_nobody_gets_what_is_not_theirs_or_learns_that_it_exists(world: World) -> None:
    assert len(world.visitors) == VISITORS
    before, wrong, asked = contents(world), [], 0
    for ask, argument in asks_of_somebody(world):
        for visitor in world.visitors.values():
            if is_admitted(ask, visitor, world):
                continue
            nothing = a_random_id()
            given = next(values_for(ask, world))
            missing = ask.by(visitor, ask.path({**given, argument: nothing}, world))
            for values in values_for(ask, world):
                anas = values[argument]
                answer = ask.by(visitor, ask.path(values, world))
                asked += 1
                if not refusal_is_right(ask.admission, visitor, answer):
                    wrong.append(f"{ask}, {visitor.name}: {answer.status_code}")
                elif without_what_changes(answer, anas) != without_what_changes(missing, nothing):
                    wrong.append(f"{ask}, {visitor.name}: not as for what does not exist")
    assert asked > 300
    assert wrong == []
    assert contents(world) == before


def asks_of_somebody(world: World) -> Iterator[tuple[Ask, str]]:
    for ask, argument in asks_with_ids(world):
        if ask.rule.endpoint not in OF_NOBODY:
            yield ask, argument


def reached(ask: Ask, world: World) -> list[int]:
    """What everybody whom the policy admits is answered."""
    return [
        ask.by(visitor, ask.path(values, world)).status_code
        for visitor in world.visitors.values()
        if is_admitted(ask, visitor, world)
        for values in values_for(ask, world)
    ]


def test_whoever_may_read_it_does(world: World) -> None:
    """Else the sweep above would prove nothing."""
    answers = {
        str(ask): reached(ask, world) for ask, _ in asks_with_ids(world) if ask.method == "GET"
    }
    assert {ask: found for ask, found in answers.items() if not {200, 303} & set(found)} == {}
    assert max(max(found) for found in answers.values()) <= 404


def last_what_ends_it(ask: Ask) -> tuple[bool, bool]:
    """Patients before staff, who can close their door."""
    return ask.admission.policy is Policy.STAFF, ask.rule.endpoint in ENDS_IT


def test_whoever_may_change_it_does(world_of_its_own: World) -> None:
    asked = [ask for ask, _ in asks_with_ids(world_of_its_own) if ask.method == "POST"]
    asked.sort(key=last_what_ends_it)
    answers = {str(ask): reached(ask, world_of_its_own) for ask in asked}
    assert {ask: found for ask, found in answers.items() if not {200, 303} & set(found)} == {}

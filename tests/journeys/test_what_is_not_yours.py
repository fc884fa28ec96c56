"""Whoever asks for what is not theirs is told the same as for what does not exist."""

from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.auth.policies import Admission, Policy
from portal.db import Principal, PrincipalKind
from portal.payments.models import Payment
from tests.journeys.sweeping import (
    Ask,
    a_random_id,
    asks_with_ids,
    contents,
    values_for,
    without_what_changes,
)
from tests.journeys.world import Visitor, World

STAFF_DOOR = "/staff/sign-in"
VISITORS = 14  # anybody, three links, five roles in two practices


# Whoever pays sees every receipt and way to pay of the account, by whichever link they came.
OF_THE_ACCOUNT = {"payments.receipt", "receipts.paper", "methods.returned"}
# With a refund that is given up, or a card that is kept no more, nothing can be done: asked last.
ENDS_IT = {"refunds.reject", "methods.remove"}


def is_admitted(ask: Ask, visitor: Visitor, world: World) -> bool:
    """Whether the policy lets this visitor reach what is Ana's."""
    admission = ask.admission
    account_holders = (world.visitors["Ana"], world.visitors["Ana by another link"])
    match admission.policy:
        case Policy.PUBLIC | Policy.STATEMENT_LINK if ask.rule.endpoint not in OF_THE_ACCOUNT:
            return visitor is world.visitors["Ana"]
        case Policy.PUBLIC | Policy.STATEMENT_LINK | Policy.ACCOUNT:
            return visitor in account_holders
        case Policy.STAFF:
            return visitor.role in admission.roles and visitor.practice_id == world.practice_id


def refusal_is_right(admission: Admission, visitor: Visitor, answer: TestResponse) -> bool:
    """Staff's pages send whoever is not signed in as staff to the door; all else is not there."""
    if admission.policy is Policy.STAFF and visitor.kind is not PrincipalKind.STAFF:
        return answer.status_code == 303 and answer.location == STAFF_DOOR
    if admission.policy is Policy.PUBLIC and visitor.kind is not PrincipalKind.LINK:
        return answer.status_code == 303 and answer.location == "/signed-out"
    return answer.status_code == 404


def test_nobody_gets_what_is_not_theirs_or_learns_that_it_exists(world: World) -> None:
    assert len(world.visitors) == VISITORS
    before, wrong, asked = contents(world), [], 0
    paid_on_plans = payments_on_plans(world)
    for ask, argument in asks_with_ids(world):
        for visitor in world.visitors.values():
            if is_admitted(ask, visitor, world):
                continue
            nothing = a_random_id()
            given = next(values_for(ask, world))
            missing = ask.by(visitor, ask.path({**given, argument: nothing}, world))
            for values in values_for(ask, world):
                anas = values[argument]
                if anas in paid_on_plans and visitor is world.visitors["Ana by another link"]:
                    continue  # no statement asked for it: whoever pays sees it by any link
                answer = ask.by(visitor, ask.path(values, world))
                asked += 1
                if not refusal_is_right(ask.admission, visitor, answer):
                    wrong.append(f"{ask}, {visitor.name}: {answer.status_code}")
                elif without_what_changes(answer, anas) != without_what_changes(missing, nothing):
                    wrong.append(f"{ask}, {visitor.name}: not as for what does not exist")
    assert asked > 300
    assert wrong == []
    assert contents(world) == before


def payments_on_plans(world: World) -> frozenset[object]:
    """Ana's payments that were made for her plan."""
    with world.database.transaction(Principal.job(world.practice_id, role="test")) as session:
        found = session.scalars(
            select(Payment.payment_id).where(
                Payment.practice_id == world.practice_id, Payment.plan_id.is_not(None)
            )
        )
        return frozenset(found)


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

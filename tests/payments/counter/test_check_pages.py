"""Refund checks in the mail over HTTP: the list, what was cashed, and stopping one."""

from typing import Any, Final, cast

import pytest
from flask import Flask

from portal.auth.roles import Role
from portal.connectors.payment_gateway import PaymentGateway
from portal.db import new_id
from portal.domain.journal import LedgerAccount
from portal.payments.refunds.handing import Handed, hand_over
from portal.payments.refunds.service import approve_refund, request_refund
from portal.practice.directory import change_practice
from tests.auth.running import Browser, Clock
from tests.payments.counter.test_counter_pages import app, at_work, clock, words
from tests.payments.counter.till import Till

__all__ = ["app", "clock"]  # fixtures

A = LedgerAccount
CHECKS = "/money/refunds/checks"
NO_GATEWAY: Final = cast("PaymentGateway", None)
"""A check is refunded without asking Stripe anything."""


@pytest.fixture
def manager(app: Flask, till: Till, clock: Clock) -> Browser:
    return at_work(app, till, clock, Role.MANAGER, name="max")


@pytest.fixture
def second(app: Flask, till: Till, clock: Clock) -> Browser:
    return at_work(app, till, clock, Role.MANAGER, name="ida")


def mailed(till: Till, cents: int) -> str:
    """The address of a refund whose check is out: of cash that the desk took."""
    till.open(by=(clerk := till.staff(Role.FRONT_DESK)))
    refund_id = new_id()
    about: dict[str, Any] = {"now": till.now, "request_id": "test"}
    asked: dict[str, Any] = {"refund_id": refund_id, "payment_id": till.take(cents, by=clerk)}
    asked |= {"amount_cents": cents, "reason": "paid_twice"}
    request_refund(till.database, NO_GATEWAY, till.manager, **asked, **about)
    other = till.staff(Role.MANAGER)
    approve_refund(till.database, NO_GATEWAY, other, refund_id, **about)
    handed = Handed(till.now.date(), f"{cents}", "12 Oak St")
    hand_over(till.database, till.manager, refund_id, handed, **about)
    return f"/money/refunds/{refund_id}"


def test_what_was_cashed_leaves_the_list(manager: Browser, till: Till) -> None:
    assert "Every check that was mailed is cashed or stopped." in manager.get(CHECKS).text
    first, other = mailed(till, 1_000), mailed(till, 2_000)
    page = words(manager.get(CHECKS))
    assert "2 checks are out, together $30.00." in page
    assert "confirm both with your counsel" in page
    assert "2 checks that nobody has cashed yet." in manager.get("/money/refunds").text
    typed = {"checks": first.rsplit("/", 1)[1], "cashed_on": "2026-03-09"}
    for wrong, said in (
        ({"checks": ""}, "Choose the checks that were cashed"),
        ({"cashed_on": "2026-03-10"}, "Enter a day after it was mailed"),
        ({"checks": str(new_id())}, "One of them has changed meanwhile"),
    ):
        refused = manager.send(CHECKS, {**typed, **wrong}, to=f"{CHECKS}/cashed")
        assert (refused.status, said in refused.text) == (422, True)
    assert manager.send(CHECKS, typed, to=f"{CHECKS}/cashed").location == CHECKS
    assert first not in manager.get(CHECKS).text
    assert other in manager.get(CHECKS).text
    assert "Cashed on" in manager.get(first).text
    manager.send(first, {}, to=f"{first}/not-cashed")
    assert first in manager.get(CHECKS).text


def test_a_check_is_stopped_by_one_person_or_by_two(
    manager: Browser, second: Browser, till: Till
) -> None:
    change_practice(till.database, "riverbend", {"refund_alone_up_to_cents": "1000"})
    small, large = mailed(till, 1_000), mailed(till, 2_000)
    wish = {"stop_why": "lost", "bank_reference": "S-1", "becomes": "credit"}
    refused = manager.send(small, {**wish, "bank_reference": ""}, to=f"{small}/stop")
    assert (refused.status, "Have the bank stop it first" in refused.text) == (422, True)
    manager.send(small, wish, to=f"{small}/stop")
    assert "Check stopped" in manager.get(small).text
    assert manager.send(small, wish, to=f"{small}/stop").status == 422
    manager.send(large, {**wish, "becomes": "check"}, to=f"{large}/stop")
    assert "Somebody asks to stop it" in second.get(large).text
    assert "A stop waits for a second person" in manager.get(CHECKS).text
    assert "A mailed check is to be stopped" in manager.get("/desk/tasks").text
    assert manager.send(large, {}, to=f"{large}/stop/agree").status == 422
    second.send(large, {}, to=f"{large}/stop/refuse")
    assert "Check mailed" in manager.get(large).text
    manager.send(large, {**wish, "becomes": "check"}, to=f"{large}/stop")
    second.send(large, {}, to=f"{large}/stop/agree")
    assert "The check that takes its place" in manager.get(large).text
    assert "Waits for a second person" in manager.get("/money/refunds").text
    assert till.on(A.BANK) == 0
    assert till.findings() == []


def test_nobody_else_sees_checks(app: Flask, till: Till, clock: Clock) -> None:
    clerk = at_work(app, till, clock, Role.COLLECTIONS)
    refund = mailed(till, 1_000)
    assert clerk.get(CHECKS).status == 404
    for path in (f"{refund}/stop", f"{refund}/stop/agree", f"{CHECKS}/cashed"):
        assert clerk.send("/money", {}, to=path).status == 404

"""Charges as staff see them: everybody's and one person's; they stop what they are asked to."""

import pytest
from flask import Flask
from sqlalchemy import select

from portal.app import create_app
from portal.audit.models import AuditEvent
from portal.auth.roles import Role
from portal.connectors.stripe_gateway import StripeGateway
from portal.db import Database, Principal, new_id, practice_of
from portal.messages.service import MessageState
from portal.payments.charges.queries import Notice, person_charges_page
from portal.payments.charges.service import (
    ChargesNotAllowedError,
    stop_charge,
    turn_autopay_off,
)
from portal.payments.scheduled.endings import standing_agreement
from portal.payments.scheduled.service import TooLateError
from tests.auth.running import Browser, Clock, browser, settings_for_tests
from tests.auth.test_staff_sign_in import hire, sign_in
from tests.payments.keeping import DECLINED_LATER, Keeper

WHY = "Ana called at noon: she lost her job."


@pytest.fixture
def app(database: Database, gateway: StripeGateway, keeper: Keeper) -> Flask:
    return create_app(
        settings_for_tests(), database, clock=lambda: keeper.now, stripe=gateway.connection
    )


def at_work(app: Flask, keeper: Keeper, role: Role = Role.FRONT_DESK) -> Browser:
    visitor, email = browser(app), f"{role}@example.com"
    member = hire(keeper.payer.database, keeper.practice_id, email=email, role=role)
    sign_in(visitor, member, Clock(keeper.now), email=email)
    return visitor


def somebody(keeper: Keeper, role: Role) -> Principal:
    return Principal.staff(keeper.practice_id, staff_id=new_id(), role=role.value)


def audited(keeper: Keeper) -> list[str]:
    return keeper.payer.read(
        lambda session: list(
            session.scalars(
                select(AuditEvent.action)
                .where(
                    AuditEvent.practice_id == practice_of(session),
                    AuditEvent.guarantor_id == keeper.guarantor_id,
                    AuditEvent.actor_kind == "staff",
                )
                .order_by(AuditEvent.event_id)
            )
        )
    )


def test_the_front_desk_stops_a_charge_with_a_reason_and_its_patient_is_told(
    app: Flask, keeper: Keeper
) -> None:
    scheduled_id = keeper.plan(keeper.save())
    clerk, address = at_work(app, keeper), f"/money/charges/{scheduled_id}"
    assert "$100.00" in clerk.get("/money/charges").text
    assert clerk.get(address).status == 200
    assert clerk.send(address, {"reason": " "}).status == 422
    assert keeper.row(scheduled_id).state == "planned"
    stopped = clerk.send(address, {"reason": WHY})
    assert stopped.location == f"/money/charges/people/{keeper.guarantor_id}"
    planned = keeper.row(scheduled_id)
    assert (planned.state, planned.reason) == ("stopped", "by_staff")
    assert keeper.mails()[-1] == "charge_stopped"
    clerk.send(address, {"reason": "again"})
    assert keeper.mails().count("charge_stopped") == 1
    assert "Ana called at noon" in clerk.get(address).text
    assert audited(keeper).count("stop") == 1
    keeper.pass_days(10)
    keeper.charge()
    assert keeper.charged_cents() == 0


def test_autopay_goes_off_with_what_it_has_planned(app: Flask, keeper: Keeper) -> None:
    keeper.start_autopay(keeper.save())
    keeper.pass_days(1)
    keeper.issue()
    keeper.look_ahead()
    clerk = at_work(app, keeper)
    person = f"/money/charges/people/{keeper.guarantor_id}"
    assert "Turn autopay off" in clerk.get(person).text
    assert clerk.send(person, {}, to=f"{person}/autopay/stop").status == 422
    assert clerk.send(person, {"reason": WHY}, to=f"{person}/autopay/stop").status == 303
    assert "Turn autopay off" not in clerk.get(person).text
    clerk.send(person, {"reason": WHY}, to=f"{person}/autopay/stop")
    assert (
        keeper.payer.read(lambda session: standing_agreement(session, keeper.guarantor_id)) is None
    )
    assert [one.reason for one in keeper.charges()] == ["by_staff"]
    assert keeper.mails().count("autopay_off") == 1
    assert audited(keeper).count("stop_autopay") == 1


def test_every_try_its_answer_and_its_notice_are_shown(keeper: Keeper) -> None:
    keeper.start_autopay(keeper.save(DECLINED_LATER), days=5)
    keeper.pass_days(1)
    keeper.issue()
    keeper.look_ahead()
    keeper.mail_is = MessageState.DELIVERED
    keeper.pass_days(5)
    keeper.charge()
    manager = somebody(keeper, Role.MANAGER)
    page = person_charges_page(
        keeper.payer.database, manager, keeper.guarantor_id, now=keeper.now, request_id="test"
    )
    (item,) = page.open
    assert (item.state, item.notice, item.reason) == ("retrying", Notice.SENT, "declined")
    assert [one.state for one in item.tries] == ["failed"]
    assert item.tries[0].decline_code
    assert page.autopay is not None


def test_what_is_under_way_cannot_be_stopped_and_nobody_without_business_stops_anything(
    keeper: Keeper,
) -> None:
    scheduled_id = keeper.plan(keeper.save_account(), days=1)
    keeper.pass_days(1)
    keeper.charge()
    database, manager = keeper.payer.database, somebody(keeper, Role.MANAGER)
    with pytest.raises(TooLateError):
        stop_charge(database, manager, scheduled_id, reason=WHY, now=keeper.now, request_id="test")
    for who in (somebody(keeper, Role.POSTER), keeper.payer.owing.principal):
        with pytest.raises(ChargesNotAllowedError):
            turn_autopay_off(
                database, who, keeper.guarantor_id, reason=WHY, now=keeper.now, request_id="test"
            )


def test_a_poster_and_another_practice_see_nothing_of_it(app: Flask, keeper: Keeper) -> None:
    scheduled_id = keeper.plan(keeper.save())
    poster = at_work(app, keeper, Role.POSTER)
    for path in ("", f"/{scheduled_id}", f"/people/{keeper.guarantor_id}"):
        assert poster.get(f"/money/charges{path}").status == 404
    clerk = at_work(app, keeper)
    for path in (f"/{new_id()}", f"/people/{new_id()}"):
        assert clerk.get(f"/money/charges{path}").status == 404

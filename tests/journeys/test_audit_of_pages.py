"""Whoever reads a page that shows a person's data leaves a row in the audit log."""

from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import insert, select

from portal.audit.models import AuditEvent
from portal.auth.policies import Policy
from portal.db import Principal, new_id
from portal.domain.payment_status import PaymentState
from portal.payments.models import Payment
from tests.journeys.sweeping import Ask, asks, values_for
from tests.journeys.world import Visitor, World, ids_in

# Pages that show nothing of a person, and why. Any other page that can be read is audited.
SHOWS_NOBODY = {
    "accounts.app": "a key that nobody has confirmed",
    "accounts.begin_code": "asks for a code",
    "accounts.begin_ways": "asks for a password",
    "accounts.check_email_address": "asks for a code",
    "accounts.confirm": "asks who somebody is",
    "accounts.forgot": "the door of accounts: asks for an address",
    "accounts.invited": "names the invited and the practice, and nobody whose bills they are",
    "accounts.kept": "what its reader typed themselves",
    "accounts.reader": "an opaque word for who reads",
    "accounts.reset": "asks for a new password",
    "accounts.sign_in": "the door of accounts",
    "accounts.sign_in_at": "the door of accounts",
    "accounts.sign_in_code": "the door of accounts: asks for a code",
    "auth.landing": "the door of a link names the practice only",
    "auth.signed_out": "says that nobody is signed in",
    "brand.logo": "how the practice looks",
    "brand.manifest": "how the practice looks",
    "brand.style": "how the practice looks",
    "cases.apply_form": "two questions, before anything is answered",
    "cases.screen": "two questions, before anything is answered",
    "desk.home": "an empty search",
    "guests.pay": "takes a code and names the practice only",
    "guests.returned": "leads to what a guest is told of the payment",
    "methods.add": "the practice's words, before anything is known",
    "methods.returned": "leads to the page that says what became of it",
    "notices.accessibility": "the same for everybody",
    "notices.language_help": "the same for everybody",
    "notices.nondiscrimination": "the same for everybody",
    "notices.other_formats": "the same for everybody",
    "notices.privacy": "the same for everybody",
    "plan_rules.change": "the practice's rules for plans",
    "plan_rules.rules": "the practice's rules for plans",
    "payments.returned": "leads to the page of the payment's state",
    "practice.change": "the practice's settings",
    "practice.index": "the practice's settings",
    "practice_envelope.change": "the practice's envelopes",
    "practice.preview": "colours that are being tried",
    "settings.show": "rows that lead on, the same for everybody",
    "staff.sign_in": "the door for staff",
    "statements.help": "leads to the page of help",
    "staff_cases.policy": "the practice's rules for help with paying",
    "staff.sign_in_code": "the door for staff",
    "static": "the same for everybody",
    "web.health": "yes or no",
}

# What these name belongs to no single person: a file, a payer's money.
OF_MANY = {
    "deposit_id",
    "desk_deposit_id",
    "drawer_id",
    "file_id",
    "payout_id",
    "placement_id",
    "run_id",
    "terminal_batch_id",
    "upload_id",
}


@pytest.fixture
def world(world_of_its_own: World) -> World:
    """With payments of Ana's that are waited for and that went wrong."""
    made = world_of_its_own
    payments = list(made.objects["payment_id"])
    table = Payment.__table__
    with made.database.transaction(Principal.job(made.practice_id, role="test")) as session:
        prepared = session.execute(
            select(table).where(
                table.c.state == PaymentState.PREPARED.value, table.c.plan_id.is_(None)
            )
        ).one()
        for state in (PaymentState.PROCESSING, PaymentState.FAILED):
            payments.append(new_id())
            row = {**prepared._asdict(), "payment_id": payments[-1], "state": state.value}
            session.execute(insert(Payment).values(row))
    return replace(made, objects={**made.objects, "payment_id": tuple(payments)})


def reader(ask: Ask, world: World) -> Visitor:
    match ask.admission.policy:
        case Policy.STAFF:
            return world.visitors["manager here"]
        case Policy.SIGNED_IN | Policy.HOLDER:
            return world.visitors["Ana, signed in"]
        case _:
            return world.visitors["Ana"]


def rows_of(world: World, request_id: str) -> list[UUID | None]:
    """Whose data the audit log says one request showed; None for a list of many."""
    with world.database.transaction(Principal.job(world.practice_id, role="test")) as session:
        return list(
            session.scalars(
                select(AuditEvent.guarantor_id).where(
                    AuditEvent.practice_id == world.practice_id,
                    AuditEvent.request_id == request_id,
                    AuditEvent.action.startswith("view"),
                )
            )
        )


def shown(world: World) -> Iterator[tuple[Ask, list[UUID | None]]]:
    """Every page that can be read but those of the list, each time it was shown."""
    for ask in asks(world):
        if ask.method != "GET" or ask.rule.endpoint in SHOWS_NOBODY:
            continue
        for values in values_for(ask, world):
            answer = reader(ask, world).get(ask.path(values, world))
            if answer.status_code == 200:
                yield ask, rows_of(world, answer.headers["X-Request-Id"])


def is_of_one(ask: Ask) -> bool:
    """By the id in its address, by a token, or because it is about whoever reads."""
    is_theirs = ask.admission.policy not in (Policy.PUBLIC, Policy.STAFF)
    return bool(ids_in(ask.rule) - OF_MANY) or is_theirs or "token" in ask.rule.arguments


def test_every_page_that_shows_a_person_leaves_an_audit_row(world: World) -> None:
    pages, unseen = set(), []
    for ask, rows in shown(world):
        pages.add(ask.rule.endpoint)
        whose = [world.ana_id] if is_of_one(ask) else [None]
        if rows != whose:
            unseen.append(f"{ask}: {rows}")
    assert unseen == []
    readable = {ask.rule.endpoint for ask in asks(world) if ask.method == "GET"}
    assert pages == readable - set(SHOWS_NOBODY)

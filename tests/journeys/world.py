"""The composed app on the made-up practice, another practice beside it, and everybody at a browser.

Ana owes, has paid a part, and has one of every object that an address can name. Others look at it.
"""

import io
import re
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pyotp
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from portal.app import create_app, practice_files
from portal.audit.seal import seal
from portal.auth import links
from portal.auth.link_tokens import LinkTokens
from portal.auth.roles import Role
from portal.auth.staff import add_staff
from portal.db import Base, Database, Principal, PrincipalKind, new_id
from portal.demo.load import load
from portal.demo.people import HOUSEHOLDS, RIVERBEND, DemoHousehold
from portal.domain.payment_status import RefundState
from portal.domain.remittance import PREDETERMINATION_STATUS
from portal.payments.models import Payment, Refund
from portal.practice.directory import PracticeRef
from portal.practice.models import Guarantor
from portal.practice.tasks import open_task
from portal.remittances.claims.work import Act
from portal.remittances.deposits.service import NewDeposit, record_deposit
from portal.remittances.fees.service import load_fees
from portal.remittances.incoming.uploads import take_upload
from portal.remittances.models import QuarantinedClaim, Remittance
from portal.remittances.quarantine.models import PaymentTakeIn
from portal.remittances.quarantine.work import reject
from portal.remittances.sent.claims import import_sent
from portal.remittances.service import import_file
from portal.runtime import Runtime
from portal.statements.codes import code_of
from portal.statements.models import Statement
from portal.sync.service import run_sync
from tests.auth.running import SECRET_KEY, Clock, settings_for_tests
from tests.builders import make_practice
from tests.conftest import DatabaseUrls
from tests.contracts import stripe_wire
from tests.contracts.hosted_page import Cardholder
from tests.contracts.stripe_wire import StripeWire
from tests.journeys.at_the_bank import charge_and_decide, dispute_and_pay_out
from tests.journeys.at_the_counter import decided_before, has_a_drawer, pay_at_the_desk
from tests.journeys.in_collections import talk_and_place
from tests.journeys.in_the_mail import send_letters, words_found
from tests.journeys.on_a_plan import (
    an_open_visit,
    ask_for_a_plan,
    offer_a_plan,
    plan_a_visit,
)
from tests.journeys.who_may_see import say_who_may_see
from tests.journeys.with_a_look import with_a_logo
from tests.journeys.with_an_account import mailed_tokens, make_account, with_a_passkey
from tests.journeys.with_cases import tells_us
from tests.remittances.desk import SentClaim, SentLine
from tests.remittances.sent_text import sent_visit
from tests.remittances.x12_text import encoded, interchange, transaction
from tests.sync.feeding import Feeder, Row
from tests.web.test_logs import logging_into

ANA, ROSA = HOUSEHOLDS[0], HOUSEHOLDS[1]
_GOOD_CARD = "4242424242424242"
_CSRF_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_PASSWORD = "long enough for a test of doors"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody with a browser; ``statement_id`` is what their link opened.

    ``own_answers``: to fields of forms that offer everybody something else.
    """

    name: str
    client: FlaskClient = field(repr=False)
    kind: PrincipalKind = PrincipalKind.ANONYMOUS
    practice_id: UUID | None = None
    statement_id: UUID | None = None
    role: Role | None = None
    own_answers: Mapping[str, str] = field(default_factory=dict)

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> TestResponse:
        return self.client.get(path, headers=headers)

    def post(
        self, path: str, fields: Mapping[str, str], headers: Mapping[str, str] | None = None
    ) -> TestResponse:
        """With the token that every form of this visitor carries."""
        return self.client.post(
            path, data={"csrf_token": self.csrf_token(), **fields}, headers=headers
        )

    def csrf_token(self) -> str:
        found = _CSRF_TOKEN.search(self.client.get("/signed-out").text)
        assert found is not None
        return found.group(1)


@dataclass(frozen=True, slots=True)
class World:
    """``objects``: the ids of what Ana has, by the name of a route's argument."""

    app: Flask
    database: Database
    urls: DatabaseUrls
    practice_id: UUID
    ana_id: UUID
    rosa_id: UUID
    visitors: Mapping[str, Visitor]
    objects: Mapping[str, tuple[UUID, ...]]
    token: str  # of Ana's link
    guest_token: str  # of what her aunt paid for her
    mailed_tokens: Mapping[str, str]  # to her account and to whom she invited, by endpoint
    year: int


@contextmanager
def made_world(urls: DatabaseUrls, home: Path, wire: StripeWire) -> Iterator[World]:
    """As `make demo` begins, and some clicks later."""
    settings = replace(
        settings_for_tests(),
        home=home,
        stripe_secret_key=stripe_wire.SECRET_KEY,
        stripe_webhook_secret=stripe_wire.WEBHOOK_SECRET,
        stripe_api_base=wire.api_base,
    )
    clock = Clock(datetime.now(UTC))
    with (
        closing(Database(urls.app, loader_url=urls.loader)) as database,
        logging_into(io.StringIO(), as_json=False),
    ):
        app = create_app(settings, database, clock=clock)
        practice = load(Runtime(settings, database), now=clock.now)
        _send_claim(database, practice, home / "ana.837", now=clock.now)
        _send_feed(database, practice, now=clock.now)
        _send_file_and_deposit(database, practice.practice_id, home / "ana.837", now=clock.now)
        _put_estimate_away(database, practice, home / "estimate.835", now=clock.now)
        yield _settled(app, database, urls, clock, practice.practice_id)


def _send_claim(database: Database, practice: PracticeRef, path: Path, *, now: datetime) -> None:
    """A visit of Ana's that her plan has not decided yet."""
    person = ANA.guarantor
    path.write_bytes(
        sent_visit(
            last_name=person.last_name,
            first_name=person.first_name,
            member=person.member_identifier,
            payer_name=person.payer.name,
            payer=person.payer.identifier,
        )
    )
    report = import_sent(
        database,
        practice,
        path,
        create_patients=False,
        now=now,
        today=practice.today(now),
        imported_by="test",
    )
    assert report.sent["new"] == 1


def _send_feed(database: Database, practice: PracticeRef, *, now: datetime) -> None:
    """A copay of Ana's for a visit to come."""
    row = Row(account_number=ANA.account_number, claim_number="NEXT-1", cents=1_000)
    report = Feeder(database, practice, now, examines=False).send(row)
    assert report.as_json()["posted"] == 1


def _put_estimate_away(
    database: Database, practice: PracticeRef, path: Path, *, now: datetime
) -> None:
    """An estimate for Ana, which a poster has read."""
    person = ANA.guarantor
    claim = SentClaim(
        number="ESTIMATE-1",
        status=PREDETERMINATION_STATUS,
        last_name=person.last_name.upper(),
        first_name=person.first_name.upper(),
        member=person.member_identifier,
        lines=[SentLine(adjustments={"PR1": 10_000})],
    )
    content = encoded(interchange(transaction(*claim.segments(), payment="0")))
    path.write_bytes(content.replace(b"1234567893", RIVERBEND.payee_identifier.encode()))
    report = import_file(
        database,
        practice,
        path,
        create_patients=False,
        now=now,
        today=practice.today(now),
        imported_by="test",
    )
    assert report.claims_quarantined == 1
    poster = Principal.staff(practice.practice_id, staff_id=new_id(), role=Role.POSTER.value)
    with database.transaction(poster) as session:
        estimate = session.scalars(
            select(QuarantinedClaim.quarantine_id).where(
                QuarantinedClaim.practice_id == practice.practice_id,
                QuarantinedClaim.claim_number == claim.number,
            )
        ).one()
        session.add(
            PaymentTakeIn(  # as if it were a payment that was withheld whole: there is none here
                practice_id=practice.practice_id,
                take_in_id=new_id(),
                quarantine_id=estimate,
                reason="It may be ours.",
                asked_at=now,
                asked_by=new_id(),
            )
        )
    act = Act(now, now.date(), "test")
    reject(database, poster, estimate, reason="An estimate.", act=act)


def _send_file_and_deposit(
    database: Database, practice_id: UUID, file: Path, *, now: datetime
) -> None:
    """A file that waits for a poster's word, a payment that came to the bank, a price on file."""
    poster = Principal.staff(practice_id, staff_id=new_id(), role=Role.POSTER.value)
    act = Act(now, now.date(), "test")
    with file.open("rb") as stream:
        take_upload(database, poster, stream, name=file.name, act=act)
    with database.transaction(poster) as session:
        payment = session.execute(
            select(Remittance.remittance_id, Remittance.payment_cents)
            .where(Remittance.practice_id == practice_id, Remittance.payment_cents > 0)
            .limit(1)
        ).one()
    deposit = NewDeposit(now.date(), payment.payment_cents, "CHECK 77")
    record_deposit(database, poster, deposit, [payment.remittance_id], reason="", act=act)
    price = (
        b"payer,procedure_code,effective_from,amount\n"
        + f"{ANA.guarantor.payer.identifier},99213,2020-01-01,75.00\n".encode()
    )
    load_fees(
        database,
        poster,
        io.BytesIO(price),
        name="prices.csv",
        loaded_by="Jo Kim",
        now=now,
        request_id="test",
    )


def _of_a_patient(visit: str, patient_id: UUID) -> dict[str, str]:
    return {"visit": visit, "whose": str(patient_id), "patient": str(patient_id)}


def _settled(
    app: Flask, database: Database, urls: DatabaseUrls, clock: Clock, practice_id: UUID
) -> World:
    elsewhere = make_practice(database, slug="lakeside", name="Lakeside Clinic")
    with database.transaction(Principal.job(practice_id, role="test")) as session:
        ana_id, anas = _billed(session, ANA)
        rosa_id, rosas = _billed(session, ROSA)
        later = _later_statement(session, ana_id)
        tokens = {
            "Ana": _link(session, ana_id, anas, clock),
            "Rosa": _link(session, rosa_id, rosas, clock),
            "Ana by another link": _link(session, ana_id, later, clock),
        }
    visitors = [Visitor("anybody", app.test_client())]
    for (name, token), household, statement_id in zip(
        tokens.items(), (ANA, ROSA, ANA), (anas, rosas, later), strict=True
    ):
        visitor = Visitor(
            name, app.test_client(), PrincipalKind.LINK, practice_id, statement_id=statement_id
        )
        _open(visitor, token, household.guarantor.born_on)
        visitors.append(visitor)
    signed_in = Visitor(
        "Ana, signed in", app.test_client(), PrincipalKind.PATIENT, practice_id, statement_id=anas
    )
    _open(signed_in, tokens["Ana"], ANA.guarantor.born_on)
    make_account(signed_in.post, database, practice_id)
    with_a_passkey(database, practice_id, clock=clock)
    with_a_logo(database, practice_id, clock=clock)
    visitors.append(signed_in)
    ana = visitors[1]
    _prepare(ana, cents="60")
    _pay(ana, cents="50")
    ana = visitors[1] = replace(ana, own_answers={"method": _keep_card_and_plan(ana, clock)})
    _ask_for_a_refund(database, practice_id, ana_id, now=clock.now)
    guest_token = _paid_by_a_guest(visitors[0], database, practice_id, anas)
    pay_at_the_desk(database, practice_id, ana_id, now=clock.now)
    plan_id = plan_a_visit(database, practice_id, ana_id, now=clock.now)
    assert ana.post(f"/pay/plan/{plan_id}", {"how": "past_due"}).location.endswith("/check")
    offer_a_plan(database, practice_id, ana_id, now=clock.now)
    ask_for_a_plan(database, practice_id, ana_id, plan_id, now=clock.now)
    visit = str(an_open_visit(database, practice_id, ana_id))
    for place in (1, 3, 4):  # Ana, by both of her links, and signed in
        found = words_found(ana_id, now=clock.now)
        answers = {**visitors[place].own_answers, "visit": visit, **found}
        visitors[place] = replace(visitors[place], own_answers=answers)
    decided_before(database, practice_id, ana_id, now=clock.now)
    talk_and_place(database, practice_id, ana_id, now=clock.now)
    dispute_and_pay_out(database, practice_id, ana_id, now=clock.now)
    charge_and_decide(database, practice_id, ana_id, now=clock.now)
    visitors += [
        _at_work(f"{role} {where}", app, database, of_practice, role=role, clock=clock)
        for where, of_practice in (("here", practice_id), ("elsewhere", elsewhere))
        for role in Role
    ]
    here = {one.role: one for one in visitors if one.practice_id == practice_id}
    has_a_drawer(here[Role.FRONT_DESK], ana_id)
    kept = here[Role.MANAGER].post("/collections/views", {"name": "My morning"})
    assert kept.location == "/collections"
    tells_us(ana, here[Role.MANAGER], database, ana_id, now=clock.now)
    run_sync(
        database, practice_files(app.extensions["portal"].settings), practice_id, now=clock.now
    )
    send_letters(app, database, practice_id, ana_id, rosa_id, now=clock.now)
    patient_id = say_who_may_see(database, practice_id, ana_id, now=clock.now)
    seal(database, practice_id, now=clock.now + timedelta(hours=1))
    with database.transaction(Principal.job(practice_id, role="test")) as session:
        open_task(session, kind="test", subject_id=ana_id, message="Call Ana", now=clock.now)
        objects = {
            name: tuple(_ids(session, name, ana_id) - {later}) for name in uuid_arguments(app)
        }
    visitors = [
        replace(one, own_answers={**_of_a_patient(visit, patient_id), **one.own_answers})
        if one.practice_id == practice_id
        else one
        for one in visitors
    ]
    by_name = {visitor.name: visitor for visitor in visitors}
    return World(
        app,
        database,
        urls,
        practice_id,
        ana_id,
        rosa_id,
        by_name,
        objects,
        tokens["Ana"],
        guest_token,
        mailed_tokens(database, practice_id, clock=clock),
        clock.now.year,
    )


def _ask_for_a_refund(
    database: Database, practice_id: UUID, ana_id: UUID, *, now: datetime
) -> None:
    """Cents of what Ana paid: a second person has to decide, and a check has to be mailed."""
    with database.transaction(Principal.job(practice_id, role="test")) as session:
        payment_id = session.scalars(
            select(Payment.payment_id).where(
                Payment.guarantor_id == ana_id, Payment.settled_at.is_not(None)
            )
        ).first()
        one = {
            "practice_id": practice_id,
            "guarantor_id": ana_id,
            "payment_id": payment_id,
            "amount_cents": 1,
            "reason": "other",
            "requested_by": "test",
            "created_at": datetime(2026, 3, 2, tzinfo=UTC),
            "state_at": now,
        }
        waiting = {"refund_id": new_id(), "state": RefundState.WAITING.value, "way": "original"}
        check = {"refund_id": new_id(), "state": RefundState.REQUESTED.value, "way": "check"}
        session.execute(insert(Refund).values([one | waiting, one | check]))


def uuid_arguments(app: Flask) -> set[str]:
    """What addresses name by id."""
    return {name for rule in app.url_map.iter_rules() for name in ids_in(rule)}


def ids_in(rule: Rule) -> set[str]:
    return {name for name in rule.arguments if f"<uuid:{name}>" in rule.rule}


def _billed(session: Session, household: DemoHousehold) -> tuple[UUID, UUID]:
    row = session.execute(
        select(Statement.guarantor_id, Statement.statement_id)
        .join(
            Guarantor,
            (Guarantor.practice_id == Statement.practice_id)
            & (Guarantor.guarantor_id == Statement.guarantor_id),
        )
        .where(Guarantor.account_number == household.account_number)
    ).one()
    return row.guarantor_id, row.statement_id


def _later_statement(session: Session, guarantor_id: UUID) -> UUID:
    """Asks for nothing that can be shown: only who may reach it matters here."""
    first = session.execute(
        select(Statement.__table__).where(Statement.guarantor_id == guarantor_id)
    ).one()
    statement_id = new_id()
    again = {
        **first._asdict(),
        "statement_id": statement_id,
        "number": "90001",
        "as_of": first.as_of + timedelta(days=1),
    }
    session.execute(insert(Statement).values(again))
    return statement_id


def _link(session: Session, guarantor_id: UUID, statement_id: UUID, clock: Clock) -> str:
    tokens = LinkTokens(SECRET_KEY)
    practice_id = session.scalars(
        select(Statement.practice_id).where(Statement.statement_id == statement_id)
    ).one()
    link_id = links.make_link(
        session,
        tokens=tokens,
        guarantor_id=guarantor_id,
        statement_id=statement_id,
        patient_ids=(),
        now=clock.now,
    )
    return tokens.make(practice_id, link_id)


def _open(visitor: Visitor, token: str, born_on: date) -> None:
    fields = {"month": born_on.month, "day": born_on.day, "year": born_on.year}
    typed = {f"born_on-{part}": str(value) for part, value in fields.items()}
    assert visitor.post(f"/s/{token}", typed).location == f"/statements/{visitor.statement_id}"


def _prepare(visitor: Visitor, *, cents: str) -> str:
    """A payment nobody asked Stripe for yet; the address of its check page."""
    path = f"/statements/{visitor.statement_id}/pay"
    check = visitor.post(path, {"how": "part", "amount": cents}).location
    assert check.endswith("/check")
    return check


def _pay(visitor: Visitor, *, cents: str) -> None:
    check = _prepare(visitor, cents=cents)
    due = re.search(r'name="due" value="(\d+)"', visitor.get(check).text)
    assert due is not None
    confirm = check.replace("/check", "/confirm")
    Cardholder(visitor.post(confirm, {"due": due.group(1)}).location).pay(_GOOD_CARD)
    assert visitor.get(check.replace("/check", "/return")).location.endswith("/receipt")


def _keep_card_and_plan(visitor: Visitor, clock: Clock) -> str:
    """A card that is kept, a payment planned with it and stopped, and one not agreed to yet.

    New statements are paid with it, too. The id of the card.
    """
    address = visitor.post("/payment-methods/add", {"kind": "card", "agreed": "y"}).location
    back = Cardholder(address).pay(_GOOD_CARD).leads_to
    assert back is not None
    saved = visitor.get(urlsplit(back).path).location
    assert "4242" in visitor.get(saved).text
    later = f"/statements/{visitor.statement_id}/pay-later"
    method = re.search(r'name="method" value="([^"]+)"', visitor.get(later).text)
    assert method is not None
    day = (clock.now + timedelta(days=10)).date().isoformat()
    chosen = {"how": "part", "amount": "1", "day": day, "method": method.group(1)}
    planned = visitor.post(later, chosen).location
    shown = visitor.post(planned, {"agreed": "y"}).location
    assert visitor.post(f"{shown}/stop", {}).location == shown
    assert visitor.post(later, chosen).location.endswith("/agree")
    terms = {"method": method.group(1), "cap": "100", "days_after": "15", "agreed": "y"}
    assert visitor.post("/autopay", terms).location == "/autopay"
    return method.group(1)


def _paid_by_a_guest(
    visitor: Visitor, database: Database, practice_id: UUID, statement_id: UUID
) -> str:
    """The token of the payment."""
    with database.transaction(Principal.job(practice_id, role="test")) as session:
        code = code_of(session, statement_id)
    assert code is not None
    address = visitor.post("/pay/riverbend", {"code": code, "amount": "1"}).location
    back = Cardholder(address).pay(_GOOD_CARD).leads_to
    assert back is not None
    receipt = visitor.get(urlsplit(back).path).location
    assert "/receipt/" in receipt
    return receipt.rpartition("/")[2]


def _at_work(
    name: str, app: Flask, database: Database, practice_id: UUID, *, role: Role, clock: Clock
) -> Visitor:
    email = f"{name.replace(' ', '.')}@example.com"
    added = add_staff(
        database,
        practice_id,
        secret_key=SECRET_KEY,
        email=email,
        name="Jo Kim",
        role=role,
        now=clock.now,
        request_id="test",
        password=_PASSWORD,
    )
    visitor = Visitor(name, app.test_client(), PrincipalKind.STAFF, practice_id, role=role)
    visitor.post("/staff/sign-in", {"email": email, "password": _PASSWORD})
    secret = parse_qs(urlsplit(added.totp_uri).query)["secret"][0]
    code = pyotp.TOTP(secret).at(clock.now)
    assert visitor.post("/staff/sign-in/code", {"code": code}).status_code == 303
    return visitor


def _ids(session: Session, argument: str, guarantor_id: UUID) -> set[UUID]:
    """Rows of the tables whose key the argument is: Ana's, or where nobody owns them, all."""
    found: set[UUID] = set()
    for table in Base.metadata.tables.values():
        if [column.name for column in table.primary_key] == ["practice_id", argument]:
            hers = [table.c.guarantor_id == guarantor_id] if "guarantor_id" in table.c else []
            found |= set(session.scalars(select(table.c[argument]).where(*hers)))
    assert found, f"Ana has no {argument}: give her one"
    return found

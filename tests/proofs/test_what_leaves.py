"""A hundred names, dates and codes are planted, and found in nothing that leaves the portal."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import unquote_plus, urlsplit

import pytest
from sqlalchemy import select

from portal.auth.link_tokens import LinkTokens
from portal.auth.roles import Role
from portal.connectors.settlement_records import SettlementRecords
from portal.db import Database, Principal, new_id, practice_of
from portal.demo.simulation.people import LINK_SECRET
from portal.demo.simulation.saver import Saver
from portal.demo.simulation.stories import DECLINED_CARDS, GOOD_ACCOUNT, GOOD_CARDS
from portal.demo.simulation.visitor import Visitor
from portal.desk.service import send_link
from portal.domain.dispute_evidence import EvidenceItem
from portal.domain.money import format_usd
from portal.domain.payment_channel import MethodKind
from portal.domain.statement_code import shown_code
from portal.payments.disputes.answers import give_evidence
from portal.payments.disputes.models import DisputeRow
from portal.payments.disputes.pages import draft
from portal.statements.codes import code_of
from portal.web.context import portal
from tests.auth.running import Clock
from tests.contracts.hosted_page import Cardholder
from tests.contracts.stripe_wire import StripeWire
from tests.proofs.office import Office, open_office

DECLINED_LATER: Final = "4000000000000341"
BORN_ON: Final = {"born_on-month": "4", "born_on-day": "27", "born_on-year": "1985"}
WEB: Final = re.compile(r'href="(/(?:payment|statements|autopay|scheduled)[^"#]*)"')
"""Where a page leads on to."""


@pytest.fixture
def office(database: Database, tmp_path: Path, stripe_wire: StripeWire) -> Iterator[Office]:
    with open_office(database, tmp_path, stripe_wire, Clock(datetime.now(UTC))) as opened:
        yield opened


def pays(_office: Office, visitor: Visitor) -> None:
    """By card, and comes back."""
    payment_id = visitor.starts(visitor.due_cents())
    assert visitor.types_card(at_stripe(visitor.confirms(payment_id)), GOOD_CARDS[0])
    visitor.comes_back(payment_id)


def is_declined(_office: Office, visitor: Visitor) -> None:
    page = at_stripe(visitor.confirms(visitor.starts(visitor.due_cents())))
    assert not visitor.types_card(page, DECLINED_CARDS[0])


def pays_from_bank(_office: Office, visitor: Visitor) -> None:
    page = at_stripe(visitor.confirms(visitor.starts(visitor.due_cents())))
    assert visitor.gives_account(page, GOOD_ACCOUNT)


def gets_money_back(office: Office, visitor: Visitor) -> None:
    pays(office, visitor)
    visitor.is_given_back(share=0.5)


def pays_later(_office: Office, visitor: Visitor) -> None:
    keeps(visitor, GOOD_CARDS[0]).plans_to_pay(in_days=2)


def pays_later_and_is_declined(_office: Office, visitor: Visitor) -> None:
    keeps(visitor, DECLINED_LATER).plans_to_pay(in_days=2)


def pays_later_from_bank(_office: Office, visitor: Visitor) -> None:
    saver = Saver(visitor)
    assert visitor.gives_account(
        at_stripe(saver.begins_saving(MethodKind.BANK_DEBIT)), GOOD_ACCOUNT
    )
    saver.takes_note()
    saver.plans_to_pay(in_days=2)


def has_autopay(_office: Office, visitor: Visitor) -> None:
    keeps(visitor, GOOD_CARDS[1]).turns_autopay_on(cap_cents=100_000, days_after=10)


def thinks_again(_office: Office, visitor: Visitor) -> None:
    saver = keeps(visitor, GOOD_CARDS[2])
    saver.plans_to_pay(in_days=9)
    saver.moves_the_charge(by_days=1)
    saver.stops_the_charge()
    saver.removes_what_is_kept()


def is_paid_for_by_a_guest(office: Office, visitor: Visitor) -> None:
    """Their aunt has the code."""
    with office.database.transaction(office.job) as session:
        code = code_of(session, visitor.person.statement_id)
    assert code is not None
    typed = {"code": shown_code(code), "amount": format_usd(visitor.due_cents())}
    slug = office.population.practice.slug
    sent_on = office.browser().send(f"/pay/{slug}", typed)
    back = at_stripe(Cardholder(sent_on.location).pay(GOOD_CARDS[0]).leads_to)
    receipt = office.browser().get(urlsplit(back).path)
    assert receipt.status in (200, 303), receipt.text


def disputes(office: Office, visitor: Visitor) -> None:
    """And staff send what the portal has drafted."""
    pays(office, visitor)
    visitor.tells_bank_it_was_not_me()
    office.hears_of_everything()
    manager = staff(office)
    with office.database.transaction(office.job) as session:
        dispute_id = session.scalars(
            select(DisputeRow.dispute_id).where(DisputeRow.practice_id == practice_of(session))
        ).one()
    items = tuple(EvidenceItem)
    with office.app.app_context():
        records = portal().service(SettlementRecords)
    assert give_evidence(
        office.database,
        records,
        manager,
        dispute_id,
        items=items,
        text=draft(office.database, manager, dispute_id, items),
        now=office.clock.now,
        request_id="test",
    )


def calls_the_desk(office: Office, visitor: Visitor) -> None:
    """Gets a link by mail, opens it, pays, and looks at every page that it leads to."""
    send_link(
        office.database,
        staff(office),
        visitor.person.statement_id,
        tokens=LinkTokens(LINK_SECRET),
        now=office.clock.now,
        request_id="test",
    )
    office.work()
    browser, link = office.browser(), office.links_mailed()[-1]
    statement = browser.send(link, BORN_ON).location
    assert statement == f"/statements/{visitor.person.statement_id}"
    check = browser.send(f"{statement}/pay", {"how": "all"}).location
    due = {"due": str(visitor.due_cents())}
    page = browser.send(check, due, to=check.replace("/check", "/confirm")).location
    assert Cardholder(page).pay(GOOD_CARDS[1]).status == 303
    receipt = browser.get(check.replace("/check", "/return")).location
    waiting, seen = [statement, receipt], set[str]()
    while waiting:
        path = waiting.pop()
        if path not in seen:
            seen.add(path)
            waiting += WEB.findall(browser.client.get(path).get_data().decode(errors="ignore"))
    assert len(seen) > 8


ACTS: Final[Sequence[Callable[[Office, Visitor], None]]] = (
    pays,
    is_declined,
    pays_from_bank,
    gets_money_back,
    pays_later,
    pays_later_and_is_declined,
    pays_later_from_bank,
    has_autopay,
    thinks_again,
    is_paid_for_by_a_guest,
    disputes,
    calls_the_desk,
)


def test_a_hundred_planted_values_are_in_no_call_no_log_line_no_address_and_no_mail(
    office: Office, stripe_wire: StripeWire, capsys: pytest.CaptureFixture[str]
) -> None:
    for act, visitor in zip(ACTS, office.visitors(), strict=False):
        act(office, visitor)
    office.pass_days(6)
    office.hears_of_everything()
    office.work()
    planted = office.planted()
    assert len(planted) >= 100
    said = {
        "calls": [
            f"{one.path}?{one.query} {one.headers} {one.body}" for one in stripe_wire.exchanges
        ],
        "events": [json.dumps(event) for event in stripe_wire.events()],
        "log": list(capsys.readouterr()),
        "addresses": office.addresses,
        "mails": [
            f"{one.sender_name} {one.subject} {one.text} {one.html}" for one in office.mailer.mails
        ],
    }
    assert left_out(said) == set()
    assert {place: found_in(texts, planted) for place, texts in said.items()} == {
        place: set() for place in said
    }


def left_out(said: Mapping[str, Sequence[str]]) -> set[str]:
    """What the acts should have led to, and did not."""
    expected = {
        "calls": ("/v1/refunds", "/v1/disputes/", "off_session=true", "mode=setup", "evidence"),
        "events": ("payment_intent.payment_failed", "setup_intent.succeeded", "refund.created"),
        "log": ("/webhooks/stripe/<slug>",),
        "addresses": ("/s/", "/pay/", "/payment-methods", "/payments/year/"),
        "mails": (
            "received your payment",
            "on its way",
            "You have a statement",
            "will charge",
            "did not go through",
            "was stopped",
            "Autopay is on",
        ),
    }
    texts = {place: " ".join(one) for place, one in said.items()}
    return {word for place, words in expected.items() for word in words if word not in texts[place]}


def found_in(texts: Sequence[str], planted: set[str]) -> set[str]:
    haystack = unquote_plus(" ".join(texts)).lower()
    return {value for value in planted if value in haystack}


def keeps(visitor: Visitor, card: str) -> Saver:
    saver = Saver(visitor)
    assert visitor.types_card(at_stripe(saver.begins_saving()), card)
    saver.takes_note()
    return saver


def staff(office: Office) -> Principal:
    return Principal.staff(office.job.practice_id, staff_id=new_id(), role=Role.MANAGER.value)


def at_stripe(page: str | None) -> str:
    assert page is not None
    return page

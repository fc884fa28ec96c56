"""One's own credit: whoever pays sees where it would go, and puts it there once."""

import re

import pytest

from portal.db import new_id
from portal.domain.journal import LedgerAccount
from portal.ledger.queries import account_sums
from portal.payments.credits.own import OwnCreditPage, own_credit_page, use_own_credit
from portal.payments.credits.own_routes import own_credit
from portal.payments.credits.use import CreditChangedError
from tests.auth.running import browser
from tests.payments.conftest import gateway
from tests.payments.paying import DUE, Payer
from tests.payments.running import make_app
from tests.payments.settling import Settling
from tests.payments.test_applying import assert_books_are_sound
from tests.payments.test_moving_payments import move

__all__ = ["gateway"]
A = LedgerAccount


@pytest.fixture
def credited(payer: Payer) -> Payer:
    """Ana has a credit of 20.00 and owes 60.00 on her statement, beside 30.00 that is new."""
    payment_id = payer.pay(6_000)
    move(payer, payment_id, {payer.owing.older.target: 4_000})
    return payer


def page(payer: Payer) -> OwnCreditPage:
    return own_credit_page(
        payer.database,
        payer.owing.principal,
        payer.owing.statement_id,
        statement_due=DUE,
        now=payer.now,
        request_id="test",
    )


def test_the_button_puts_what_the_page_said_where_it_said_once(credited: Payer) -> None:
    app = make_app(credited.database, credited.gateway, lambda: credited.now, credited.owing)
    app.register_blueprint(own_credit)
    ana = browser(app)
    ana.get(f"/come-in/{credited.owing.guarantor_id}")
    seen = ana.get("/credit").text
    for words in ("$20.00", "$60.00", "$40.00", "Then your credit is used up."):
        assert words in seen
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', seen))
    for _ in range(2):
        sent = ana.send("/credit", hidden)
        assert (sent.status, sent.location) == (303, "/credit")
    after = ana.get("/credit").text
    for words in ("You have no credit.", "Paid from your credit", "$20.00"):
        assert words in after
    sums = credited.read(account_sums)
    assert sums[A.UNAPPLIED_CREDIT] == 0
    post = credited.posts()[-1]
    assert (post.kind, post.amount_cents) == ("credit_applied", 0)
    assert_books_are_sound(credited)


def test_another_amount_than_was_seen_uses_nothing(credited: Payer) -> None:
    with pytest.raises(CreditChangedError):
        use(credited, 1_900)
    assert credited.read(account_sums)[A.UNAPPLIED_CREDIT] == -2_000


def test_it_pays_only_what_statements_ask_for(payer: Payer) -> None:
    """30.00 are open beside it, and come with the next statement."""
    payment_id = payer.pay(10_000)
    move(payer, payment_id, {payer.owing.older.target: 5_000})
    shown = page(payer)
    assert (shown.credit_cents, shown.due_now_cents, shown.usable_cents) == (1_000, 1_000, 1_000)
    use(payer, 1_000)
    assert page(payer).due_now_cents == 0


def test_what_a_bank_asks_about_is_not_used(settling: Settling) -> None:
    payer, payment_id = settling.payer, settling.pay()
    move(payer, payment_id, {payer.owing.older.target: 5_000})
    before = page(payer)
    assert before.usable_cents == before.credit_cents > 0
    settling.learn(settling.dispute(payment_id)["id"])
    held = page(payer)
    assert (held.usable_cents, held.held_cents) == (0, held.credit_cents)
    with pytest.raises(CreditChangedError):
        use(payer, before.usable_cents)


def use(payer: Payer, cents: int) -> None:
    use_own_credit(
        payer.database,
        payer.owing.principal,
        payer.owing.statement_id,
        statement_due=DUE,
        use_id=new_id(),
        seen_cents=cents,
        now=payer.now,
        request_id="test",
    )

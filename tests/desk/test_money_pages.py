"""Money that the desk moves: a payment sent back, a credit used, who may, what is seen of it."""

import re
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from portal.audit.models import AuditEvent
from portal.auth.link_tokens import LinkTokens
from portal.auth.roles import REACH, Area, Role
from portal.connectors.payment_gateway import PaymentGateway, RefundStatus
from portal.connectors.stripe_gateway import StripeGateway
from portal.db import Database, Principal, new_id, practice_of
from portal.desk.money_routes import money
from portal.desk.routes import desk as desk_pages
from portal.desk.service import send_link
from portal.domain.journal import LedgerAccount
from portal.domain.payment_status import RefundState
from portal.ledger.outbox import LedgerPostState
from portal.ledger.queries import account_sums, receivable_cents
from portal.payments.credits.use import (
    CreditChangedError,
    CreditNotAllowedError,
    credit_page,
    use_credit,
)
from portal.payments.receipts.queries import receipt_page
from portal.payments.routes import payments
from portal.payments.suspense.routes import suspense
from portal.practice.import_lock import announce_import
from portal.practice.models import Guarantor, Practice, Task
from portal.statements.routes import statements
from tests.auth.billed import ANA_BORN_ON
from tests.auth.running import SECRET_KEY, Browser, Clock, Seen, browser, make_app
from tests.auth.test_staff_sign_in import hire, sign_in
from tests.contracts.stripe_wire import StripeWire
from tests.desk.conftest import other_areas
from tests.payments.conftest import gateway
from tests.payments.insured import insured_payer, pay_all, pay_part, waiting_cents
from tests.payments.paying import DUE, Payer
from tests.payments.test_applying import assert_books_are_sound
from tests.payments.test_refunds import Rotated, refund, refunds
from tests.remittances.conftest import desk
from tests.remittances.desk import ImportDesk, SentClaim, SentLine

__all__ = ["desk", "gateway"]
A = LedgerAccount


@pytest.fixture
def june(desk: ImportDesk, database: Database, gateway: StripeGateway) -> Payer:
    """June owes 20.00 of each of two visits, by one statement."""
    desk.receive(SentClaim(number="A1"), SentClaim(number="A2", icn="ICN22"))
    return insured_payer(desk, database, gateway)


@pytest.fixture
def app(june: Payer) -> Flask:
    pages = (statements, payments, desk_pages, money, suspense, *other_areas())
    app = make_app(june.database, lambda: june.now, *pages)
    app.extensions["portal"].services[PaymentGateway] = june.gateway
    return app


def staff(app: Flask, payer: Payer, role: Role) -> Browser:
    email = f"{role}@riverbend.example"
    member = hire(payer.database, payer.owing.practice_id, email=email, role=role)
    visitor = browser(app)
    sign_in(visitor, member, Clock(payer.now), email=email)
    return visitor


@pytest.fixture
def manager(app: Flask, june: Payer) -> Browser:
    return staff(app, june, Role.MANAGER)


def send_back(who: Browser, payment_id: UUID, dollars: str) -> Seen:
    """Both pages."""
    page = f"/desk/payments/{payment_id}/refund"
    checked = who.send(page, {"amount": dollars, "why": "paid_twice"})
    assert checked.status == 200, checked.text
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', checked.text))
    return who.send(page, hidden, to=f"{page}/confirm")


def set_limit(payer: Payer, cents: int) -> None:
    """What of one payment one person may send back."""
    payer.read(
        lambda session: session.execute(
            update(Practice)
            .where(Practice.practice_id == practice_of(session))
            .values(refund_alone_up_to_cents=cents)
        )
    )


LATER = {"amount": "10", "why": "other"}


def person_page(payer: Payer) -> str:
    return f"/desk/people/{payer.owing.guarantor_id}"


def release_credit(desk: ImportDesk, june: Payer) -> UUID:
    """20.00 that were paid are credit, and the wait for a correction is over."""
    payment_id = pay_part(june, 2_000, due_seen_cents=4_000)
    desk.receive(SentClaim(number="A1").reversal())
    june.now += timedelta(days=365)
    return payment_id


def test_a_manager_sends_a_part_back_after_a_look_at_how_much_and_to_what_card(
    june: Payer, manager: Browser, stripe_wire: StripeWire
) -> None:
    payment_id = pay_all(june, 4_000)
    asked = manager.get(f"/desk/payments/{payment_id}/refund").text
    assert "$40.00" in asked
    checked = manager.send(
        f"/desk/payments/{payment_id}/refund", {"amount": "15", "why": "other"}
    ).text
    for words in ("$15.00", "Visa ending 4242"):
        assert words in checked
    assert refunds(june) == []
    sent = send_back(manager, payment_id, "15.00")
    assert (sent.status, sent.location) == (303, person_page(june))
    (made,) = refunds(june)
    assert (made.state, made.amount_cents, made.reason) == ("succeeded", 1_500, "paid_twice")
    assert len(stripe_wire.api("GET", "/v1/refunds")["data"]) == 1
    seen = manager.get(person_page(june)).text
    for words in ("The money is on its way back", "Sent back", "Refund asked for"):
        assert words in seen
    assert_books_are_sound(june)


def test_the_audit_log_learns_who_sent_it_back(june: Payer, manager: Browser) -> None:
    send_back(manager, pay_all(june, 4_000), "15.00")
    actions = june.read(
        lambda session: list(
            session.scalars(
                select(AuditEvent.action).where(
                    AuditEvent.practice_id == practice_of(session),
                    AuditEvent.object_kind == "payment",
                    AuditEvent.actor_kind == "staff",
                )
            )
        )
    )
    assert actions.count("refund") == 1
    assert "view" in actions


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"amount": "40.01", "why": "other"}, "Enter an amount up to $40.00"),
        ({"amount": "", "why": "other"}, "Enter an amount"),
        ({"amount": "5", "why": "her operation"}, "Choose why"),
    ],
)
def test_what_cannot_be_sent_back_is_said_beside_its_field(
    june: Payer, manager: Browser, typed: dict[str, str], words: str
) -> None:
    payment_id = pay_all(june, 4_000)
    seen = manager.send(f"/desk/payments/{payment_id}/refund", typed)
    assert seen.status == 422
    assert words in seen.text
    assert refunds(june) == []


def test_above_the_limit_a_second_person_agrees(june: Payer, app: Flask, manager: Browser) -> None:
    set_limit(june, 2_500)
    payment_id = pay_all(june, 4_000)
    page = f"/desk/payments/{payment_id}/refund"
    assert "of this payment by yourself" in manager.get(page).text
    assert send_back(manager, payment_id, "20.00").location == person_page(june)
    assert "A second person has to agree" in manager.send(page, LATER).text
    asked = send_back(manager, payment_id, "10.00")
    (_, waiting) = refunds(june)
    assert asked.location == f"/money/refunds/{waiting.refund_id}"
    assert "Somebody else has to agree" in manager.get(asked.location).text
    own = manager.send(asked.location, {}, to=f"{asked.location}/approve")
    assert (own.status, "You asked for it yourself" in own.text) == (422, True)
    assert [one.state for one in refunds(june)] == ["succeeded", "waiting"]
    admin = staff(app, june, Role.ADMIN)
    assert "June Marlowe" in admin.get("/money/refunds").text
    agreed = admin.send(asked.location, {}, to=f"{asked.location}/approve")
    assert agreed.location == asked.location
    assert [one.state for one in refunds(june)] == ["succeeded", "succeeded"]
    assert_books_are_sound(june)


def test_a_refund_is_not_agreed_to_with_a_reason(june: Payer, app: Flask, manager: Browser) -> None:
    set_limit(june, 0)
    page = send_back(manager, pay_all(june, 4_000), "10.00").location
    admin = staff(app, june, Role.ADMIN)
    refused = admin.send(page, {"reason": " "}, to=f"{page}/reject")
    assert (refused.status, "Write why not" in refused.text) == (422, True)
    assert admin.send(page, {"reason": "It was owed."}, to=f"{page}/reject").status == 303
    assert "It was owed." in manager.get(page).text
    assert [one.state for one in refunds(june)] == ["rejected"]


def test_a_refund_comes_from_the_visits_that_staff_choose(june: Payer, manager: Browser) -> None:
    payment_id = pay_all(june, 4_000)
    page = f"/desk/payments/{payment_id}/refund"
    first, second = re.findall(r'name="(part-[^"]+)"', manager.get(page).text)
    typed = {"amount": "15.00", "why": "other", first: "10", second: "4"}
    wrong = manager.send(page, typed)
    assert (wrong.status, "add up to $14.00, not to $15.00" in wrong.text) == (422, True)
    checked = manager.send(page, {**typed, second: "5"})
    hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', checked.text))
    assert manager.send(page, hidden, to=f"{page}/confirm").status == 303
    given_back = [cents for _, cents in june.allocations(payment_id)[2:]]
    assert given_back == [-1_000, -500]
    assert_books_are_sound(june)


def test_what_stripe_refuses_is_said_and_left_to_somebody(
    june: Payer, manager: Browser, stripe_wire: StripeWire
) -> None:
    payment_id = pay_all(june, 4_000)
    (charge,) = stripe_wire.api("GET", "/v1/charges")["data"]
    stripe_wire.control.dispute(charge["id"])
    refused = send_back(manager, payment_id, "15.00")
    assert refused.status == 422
    assert "nothing was sent back" in refused.text
    assert june.task_kinds() == ["refund_failed"]
    assert "Refund did not go through" in manager.get(person_page(june)).text


def test_while_a_remittance_is_read_in_nothing_is_sent_back(june: Payer, manager: Browser) -> None:
    payment_id = pay_all(june, 4_000)
    with june.database.transaction(june.job) as importing:
        announce_import(importing.connection(), june.owing.practice_id)
        assert "Try again in a few minutes" in send_back(manager, payment_id, "15.00").text
    assert refunds(june) == []


def test_a_payment_that_is_no_money_has_no_refund_page(june: Payer, manager: Browser) -> None:
    assert manager.get(f"/desk/payments/{june.prepare(4_000)}/refund").status == 404
    assert manager.get(f"/desk/payments/{new_id()}/refund").status == 404


@pytest.mark.parametrize("role", Role)
def test_only_some_roles_are_offered_to_move_money(
    desk: ImportDesk, june: Payer, app: Flask, role: Role
) -> None:
    payment_id = release_credit(desk, june)
    who = staff(app, june, role)
    offered = {
        Area.REFUNDS: f"/desk/payments/{payment_id}/refund",
        Area.CREDIT: f"{person_page(june)}/credit",
    }
    shown = who.get(person_page(june)).text
    for area, page in offered.items():
        assert (who.get(page).status == 200) == (role in REACH[area])
        assert (page in shown) == (role in REACH[area] & REACH[Area.DESK])


def test_a_credit_pays_the_oldest_visit_once(desk: ImportDesk, june: Payer, app: Flask) -> None:
    release_credit(desk, june)
    manager = staff(app, june, Role.MANAGER)
    page = f"{person_page(june)}/credit"
    seen = manager.get(page).text
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', seen))
    assert hidden["cents"] == "2000"
    for _ in range(2):
        used = manager.send(page, hidden)
        assert (used.status, used.location) == (303, person_page(june))
    sums = june.read(account_sums)
    assert (sums[A.UNAPPLIED_CREDIT], sums[A.PATIENT_RECEIVABLE]) == (0, 0)
    assert waiting_cents(june, desk.claim_id("A1")) == 0
    post = june.posts()[-1]
    assert (post.kind, post.amount_cents) == ("credit_applied", 0)
    told = [(one["claim_number"], one["amount_cents"]) for one in post.details["allocations"]]
    assert told == [("", -2_000), ("A2", 2_000)]
    assert "Credit used for a bill" in manager.get(person_page(june)).text
    assert "Nothing can be used now" in manager.get(page).text
    assert_books_are_sound(june)


def test_credit_that_waits_for_a_correction_is_not_used(desk: ImportDesk, june: Payer) -> None:
    pay_part(june, 2_000, due_seen_cents=4_000)
    desk.receive(SentClaim(number="A1").reversal())
    june.now = desk.now + timedelta(days=29)
    with pytest.raises(CreditChangedError):
        use(june, 2_000)
    june.now += timedelta(days=1)
    use(june, 2_000)
    assert_books_are_sound(june)


def test_credit_on_its_way_back_to_the_card_is_not_used(desk: ImportDesk, june: Payer) -> None:
    payment_id = release_credit(desk, june)
    stripe = Rotated(june.gateway)
    june.gateway = stripe  # type: ignore[assignment]  # the rest of the protocol is passed on
    assert refund(june, payment_id, 1_500) is RefundState.PENDING
    assert _usable_cents(june) == 500
    with pytest.raises(CreditChangedError):
        use(june, 2_000)
    stripe.status = RefundStatus.FAILED
    june.wait(minutes=5)
    june.sweep()
    assert _usable_cents(june) == 2_000
    use(june, 2_000)
    assert_books_are_sound(june)


def test_a_use_that_goes_by_the_id_of_a_payment_leaves_its_receipt_as_it_was(
    desk: ImportDesk, june: Payer
) -> None:
    payment_id = release_credit(desk, june)
    use(june, 2_000, use_id=payment_id)
    receipt = receipt_page(
        june.database,
        june.owing.principal,
        payment_id,
        statement_due=DUE,
        now=june.now,
        request_id="test",
    )
    assert receipt is not None
    assert receipt.books is LedgerPostState.QUEUED


def test_another_amount_than_was_seen_is_not_used(
    desk: ImportDesk, june: Payer, app: Flask
) -> None:
    release_credit(desk, june)
    manager = staff(app, june, Role.MANAGER)
    page = f"{person_page(june)}/credit"
    changed = manager.send(page, {"use_id": str(new_id()), "cents": "1900"})
    assert "has changed meanwhile" in changed.text
    assert june.read(account_sums)[A.UNAPPLIED_CREDIT] == -2_000


def test_only_staff_decide_what_credit_is_used_for(desk: ImportDesk, june: Payer) -> None:
    release_credit(desk, june)
    for principal in (june.owing.principal, _staff(june, Role.FRONT_DESK)):
        with pytest.raises(CreditNotAllowedError):
            use(june, 2_000, principal=principal)


def test_a_used_credit_needs_nobody_any_more(desk: ImportDesk, june: Payer) -> None:
    release_credit(desk, june)
    guarantor_id = june.owing.guarantor_id
    use(june, 2_000)
    assert june.read(lambda session: receivable_cents(session, guarantor_id)) == 0
    open_tasks = june.read(
        lambda session: session.scalar(
            select(func.count()).where(
                Task.practice_id == practice_of(session),
                Task.kind == "unapplied_credit",
                Task.done_at.is_(None),
            )
        )
    )
    assert open_tasks == 0


def test_credit_that_a_later_decision_frees_needs_somebody_until_it_is_used(
    desk: ImportDesk, june: Payer, app: Flask
) -> None:
    pay_part(june, 2_000, due_seen_cents=4_000)
    smaller = SentLine(adjustments={"CO45": 3_000, "PR3": 500})
    first = SentClaim(number="A1")
    desk.receive(first.reversal(), replace(first, icn="ICN3", lines=(smaller,)))
    manager = staff(app, june, Role.MANAGER)
    seen = manager.get("/desk/tasks").text
    for words in ("Somebody paid more than they owed", "$15.00 of what was paid", "June Marlowe"):
        assert words in seen
    use(june, 1_500)
    assert "Somebody paid more than they owed" not in manager.get("/desk/tasks").text
    assert_books_are_sound(june)


def test_a_paid_statement_is_sent_again_for_its_receipts(june: Payer, manager: Browser) -> None:
    june.read(
        lambda session: session.execute(
            update(Guarantor)
            .where(Guarantor.practice_id == practice_of(session))
            .values(born_on=ANA_BORN_ON)
        )
    )
    pay_all(june, 4_000)
    assert "is paid. The link opens it with its receipts" in manager.get(person_page(june)).text
    sending = send_link(
        june.database,
        _staff(june, Role.FRONT_DESK),
        june.owing.statement_id,
        tokens=LinkTokens(SECRET_KEY),
        now=june.now + timedelta(days=400),
        request_id="test",
    )
    assert sending.refusals == ()


def use(
    payer: Payer, cents: int, *, principal: Principal | None = None, use_id: UUID | None = None
) -> None:
    use_credit(
        payer.database,
        principal or _staff(payer, Role.COLLECTIONS),
        payer.owing.guarantor_id,
        use_id=use_id or new_id(),
        seen_cents=cents,
        now=payer.now,
        request_id="test",
    )


def _staff(payer: Payer, role: Role) -> Principal:
    return Principal.staff(payer.owing.practice_id, staff_id=new_id(), role=role.value)


def _usable_cents(payer: Payer) -> int:
    page = credit_page(
        payer.database,
        _staff(payer, Role.COLLECTIONS),
        payer.owing.guarantor_id,
        now=payer.now,
        request_id="test",
    )
    return page.usable_cents

"""A claim held, or what was refused on it written off, by people: who may, and what it posts."""

from dataclasses import replace
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from portal.audit.models import AuditEvent
from portal.auth.roles import Role
from portal.desk.routes import desk as front_desk
from portal.domain.journal import LedgerAccount
from portal.payments.books.routes import books
from portal.practice.import_lock import announce_import
from portal.remittances.incoming.routes import intake
from portal.remittances.quarantine.routes import quarantine
from portal.remittances.routes import insurance
from portal.sync.routes import sync
from tests.auth.running import Browser, Clock, Seen, browser, make_app
from tests.auth.test_staff_sign_in import hire, sign_in
from tests.remittances.desk import NOW, ImportDesk, SentClaim, SentLine

REFUSED = SentClaim([SentLine(adjustments={"CO45": 3_000, "CO50": 1_000, "PR1": 2_000})])
PROTECTED = SentClaim([SentLine(adjustments={"CO45": 3_000, "PR2": 2_000}, remarks=["N781"])])


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def app(desk: ImportDesk, clock: Clock) -> Flask:
    return make_app(desk.database, clock, insurance, quarantine, intake, sync, front_desk, books)


def staff(app: Flask, desk: ImportDesk, clock: Clock, role: Role) -> Browser:
    email = f"{role}@riverbend.example"
    member = hire(desk.database, desk.practice.practice_id, email=email, role=role)
    visitor = browser(app)
    sign_in(visitor, member, clock, email=email)
    return visitor


@pytest.fixture
def poster(app: Flask, desk: ImportDesk, clock: Clock) -> Browser:
    return staff(app, desk, clock, Role.POSTER)


@pytest.fixture
def manager(app: Flask, desk: ImportDesk, clock: Clock) -> Browser:
    return staff(app, desk, clock, Role.MANAGER)


def address(desk: ImportDesk) -> str:
    return f"/insurance/claims/{desk.claim_id()}"


def act(who: Browser, desk: ImportDesk, what: str, **fields: str) -> Seen:
    page = address(desk)
    return who.send(page, fields, to=f"{page}/{what}")


def acts(desk: ImportDesk) -> list[str]:
    with desk.database.transaction(desk.staff("auditor")) as session:
        rows = session.scalars(
            select(AuditEvent.action)
            .where(
                AuditEvent.practice_id == desk.practice.practice_id,
                AuditEvent.object_kind == "claim",
                AuditEvent.action != "view",
            )
            .order_by(AuditEvent.event_id)
        )
        return list(rows)


def test_a_poster_holds_a_claim_and_lets_it_go(desk: ImportDesk, poster: Browser) -> None:
    desk.receive(REFUSED)
    assert act(poster, desk, "hold", why="The patient called about it").location == address(desk)
    assert (desk.claim().holds, desk.claim().billable_cents) == (("staff",), 0)
    page = poster.get(address(desk)).text
    assert "The patient called about it" in page
    assert "Put this claim on hold" not in page
    act(poster, desk, "holds/release", kind="staff", reason="Answered")
    assert (desk.claim().holds, desk.claim().billable_cents) == ((), 2_000)
    assert desk.findings() == []
    assert acts(desk) == ["place_hold", "release_hold"]


def test_a_hold_needs_a_reason_and_is_placed_once(desk: ImportDesk, poster: Browser) -> None:
    desk.receive(REFUSED)
    refused = act(poster, desk, "hold", why=" ")
    assert refused.status == 422
    assert "Write why it must wait" in refused.text
    for _ in range(2):
        assert act(poster, desk, "hold", why="because").status == 303
    assert acts(desk) == ["place_hold"]


def test_a_manager_writes_off_what_was_refused_and_puts_it_back(
    desk: ImportDesk, manager: Browser
) -> None:
    desk.receive(REFUSED)
    assert 'name="cents" value="1000"' in manager.get(address(desk)).text
    act(manager, desk, "write-off", cents="1000")
    claim = desk.claim()
    assert (claim.adjusted_cents, claim.payer_receivable_cents, claim.denied) == (4_000, 0, False)
    assert claim.billable_cents == 2_000
    assert desk.sums()[LedgerAccount.DENIAL_WRITE_OFFS] == 1_000
    assert "Take the write-off back" in manager.get(address(desk)).text
    act(manager, desk, "write-off/undo")
    assert desk.claim().denied
    assert desk.findings() == []
    assert acts(desk) == ["write_off_denial", "undo_write_off"]


def test_what_nobody_may_ask_a_protected_patient_for_is_written_off(
    desk: ImportDesk, manager: Browser
) -> None:
    desk.receive(PROTECTED)
    act(manager, desk, "write-off", cents="2000")
    claim = desk.claim()
    assert (claim.payer_receivable_cents, claim.adjusted_cents) == (0, 5_000)
    assert claim.holds == ("qualified_medicare_beneficiary",)
    assert desk.findings() == []


@pytest.mark.parametrize("cents", ["999", "", "x"])
def test_another_amount_than_is_refused_now_is_not_written_off(
    desk: ImportDesk, manager: Browser, cents: str
) -> None:
    desk.receive(REFUSED)
    assert act(manager, desk, "write-off", cents=cents).status == 303
    assert desk.claim().payer_receivable_cents == 1_000


def test_a_poster_writes_nothing_off(desk: ImportDesk, poster: Browser) -> None:
    desk.receive(REFUSED)
    assert "What payers refused" not in poster.get(address(desk)).text
    assert act(poster, desk, "write-off", cents="1000").status == 404
    assert desk.claim().payer_receivable_cents == 1_000


def test_while_a_file_comes_in_nothing_is_done(desk: ImportDesk, manager: Browser) -> None:
    desk.receive(replace(REFUSED))
    with desk.database.transaction(desk.principal()) as session:
        announce_import(session.connection(), desk.practice.practice_id)
        for what, fields in (("hold", {"why": "because"}), ("write-off", {"cents": "1000"})):
            assert act(manager, desk, what, **fields).status == 303
    assert (desk.claim().holds, desk.claim().payer_receivable_cents) == ((), 1_000)


def test_another_practices_claim_looks_like_nobodys(desk: ImportDesk, manager: Browser) -> None:
    desk.receive(REFUSED)
    stranger = f"/insurance/claims/{UUID(int=5)}"
    for what, fields in (("hold", {"why": "because"}), ("write-off", {"cents": "1000"})):
        assert manager.send(address(desk), fields, to=f"{stranger}/{what}").status == 404

"""Payers' payments beside the bank: recorded, proposed, confirmed, undone, and in the books."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Update, select, text, update
from sqlalchemy.exc import ProgrammingError
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from portal.audit.models import AuditEvent
from portal.auth.roles import REACH, Area, Role
from portal.db import Database, Principal, new_id
from portal.desk.routes import desk as front_desk
from portal.domain.journal import LedgerAccount
from portal.domain.remittance import NOTICE_TRACE
from portal.payments.books.routes import books
from portal.practice.directory import practice_by_slug
from portal.remittances.deposits import service as deposits
from portal.remittances.deposits.checks import checks
from portal.remittances.deposits.models import Deposit, DepositPart
from portal.remittances.deposits.payment_pages import Payments
from portal.remittances.deposits.routes import deposit_pages
from portal.remittances.deposits.service import NewDeposit
from portal.remittances.models import Remittance
from portal.remittances.quarantine.withheld_work import reject_payment
from portal.remittances.routes import insurance
from portal.remittances.sent.claims import import_any
from portal.sync.routes import sync
from tests.auth.running import Browser, Clock, Seen, make_app
from tests.auth.test_link_pages import without_reference
from tests.builders import make_practice
from tests.conftest import DatabaseUrls
from tests.remittances import fhir_text
from tests.remittances.desk import ACT, ImportDesk, SentClaim, SentLine
from tests.remittances.test_insurance_page import signed_in
from tests.remittances.test_quarantine_work import CLAIM, UNBALANCED, replaced
from tests.remittances.test_withheld_work import withheld

BANK, CLEARING = LedgerAccount.BANK, LedgerAccount.PAYER_CLEARING
SUSPENSE = LedgerAccount.REMITTANCE_SUSPENSE
DAY = date(2026, 3, 6)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(desk: ImportDesk, clock: Clock) -> Flask:
    return make_app(desk.database, clock, insurance, sync, front_desk, books, deposit_pages)


@pytest.fixture
def poster(app: Flask, desk: ImportDesk, clock: Clock) -> Browser:
    return signed_in(app, desk, clock, Role.POSTER)


def staff(desk: ImportDesk) -> Principal:
    return Principal.staff(desk.practice.practice_id, staff_id=new_id(), role="poster")


def payments(desk: ImportDesk) -> list[UUID]:
    """Oldest first."""
    with desk.database.transaction(desk.principal()) as session:
        query = select(Remittance.remittance_id).where(
            Remittance.practice_id == desk.practice.practice_id
        )
        return list(session.scalars(query.order_by(Remittance.remittance_id)))


def record(desk: ImportDesk, cents: int, *remittance_ids: UUID, reason: str = "") -> UUID:
    return deposits.record_deposit(
        desk.database,
        staff(desk),
        NewDeposit(DAY, cents, "CHECK 77"),
        remittance_ids,
        reason=reason,
        act=ACT,
    )


def sums(desk: ImportDesk) -> dict[LedgerAccount, int]:
    """Of the accounts that deposits move; the books are sound besides."""
    with desk.database.transaction(desk.principal()) as session:
        assert [one.message for one in checks(session)] == []
    assert desk.findings() == []
    return {account: desk.sums().get(account, 0) for account in (BANK, CLEARING, SUSPENSE)}


def two_payments(desk: ImportDesk) -> tuple[UUID, UUID]:
    """Of $50.00 each."""
    desk.bring(desk.write(SentClaim(), trace="EFT5550"))
    desk.bring(desk.write(replace(SentClaim(), number="A2"), trace="EFT5551"))
    one, two = payments(desk)
    return one, two


def test_a_deposit_takes_its_payments_out_of_clearing(desk: ImportDesk) -> None:
    one, two = two_payments(desk)
    assert sums(desk) == {BANK: 0, CLEARING: 10_000, SUSPENSE: 0}
    record(desk, 5_000, one)
    assert sums(desk) == {BANK: 5_000, CLEARING: 5_000, SUSPENSE: 0}
    record(desk, 5_000, two)
    assert sums(desk) == {BANK: 10_000, CLEARING: 0, SUSPENSE: 0}


def test_one_deposit_may_bring_several_checks(desk: ImportDesk) -> None:
    record(desk, 10_000, *two_payments(desk))
    assert sums(desk) == {BANK: 10_000, CLEARING: 0, SUSPENSE: 0}


@pytest.mark.parametrize("cents", [4_900, 5_100])
def test_a_difference_needs_a_reason_and_is_put_aside(desk: ImportDesk, cents: int) -> None:
    one, _ = two_payments(desk)
    with pytest.raises(deposits.DepositDiffersError) as refused:
        record(desk, cents, one)
    assert refused.value.difference_cents == cents - 5_000
    assert sums(desk)[BANK] == desk.count(Deposit) == 0
    record(desk, cents, one, reason="A fee of the bank")
    assert sums(desk) == {BANK: cents, CLEARING: 5_000, SUSPENSE: 5_000 - cents}


def test_a_payment_arrives_once(desk: ImportDesk) -> None:
    one, two = two_payments(desk)
    record(desk, 5_000, one)
    with pytest.raises(deposits.PaymentTakenError):
        record(desk, 10_000, one, two)
    with pytest.raises(deposits.DepositNotFoundError):
        record(desk, 5_000, new_id())
    with pytest.raises(deposits.DepositNotFoundError):
        record(desk, 5_000)
    assert sums(desk)[BANK] == 5_000


def test_undoing_brings_everything_back_and_the_deposit_can_be_matched_again(
    desk: ImportDesk,
) -> None:
    one, two = two_payments(desk)
    deposit_id = record(desk, 5_100, one, reason="A fee")
    deposits.undo_deposit(
        desk.database, staff(desk), deposit_id, reason="It was the other one", act=ACT
    )
    assert sums(desk) == {BANK: 0, CLEARING: 10_000, SUSPENSE: 0}
    with pytest.raises(deposits.DepositTakenError):
        deposits.undo_deposit(desk.database, staff(desk), deposit_id, reason="again", act=ACT)
    for _ in range(2):
        deposits.match_deposit(
            desk.database, staff(desk), deposit_id, [two], reason="A fee", act=ACT
        )
        assert sums(desk) == {BANK: 5_100, CLEARING: 5_000, SUSPENSE: -100}
        deposits.undo_deposit(desk.database, staff(desk), deposit_id, reason="no", act=ACT)
    assert desk.count(DepositPart) == 6
    assert sums(desk) == {BANK: 0, CLEARING: 10_000, SUSPENSE: 0}


def test_a_repeated_payment_is_not_awaited(desk: ImportDesk) -> None:
    desk.bring(desk.write(SentClaim(), trace="EFT5550"))
    desk.bring(desk.write(SentClaim(), trace="EFT5550", control=99))
    one, again = payments(desk)
    with pytest.raises(deposits.PaymentTakenError):
        record(desk, 5_000, again)
    record(desk, 5_000, one)
    assert sums(desk)[CLEARING] == 0


def to_come(desk: ImportDesk) -> dict[str, int]:
    """By state."""
    with desk.database.transaction(desk.principal()) as session:
        rows = Payments(session, language="en", today=DAY).awaited()
    return {row.state: row.to_come_cents for row in rows}


def test_a_deposit_stays_that_of_a_payment_whose_claim_another_file_tells_correctly(
    desk: ImportDesk,
) -> None:
    other = replace(CLAIM, number="B2", member="W2", first_name="ANA")
    mended = replace(CLAIM, lines=[SentLine(adjustments={"CO45": 4_000, "PR3": 2_000})])
    desk.bring(desk.write(UNBALANCED, other, trace="T1", control=7))
    (first,) = payments(desk)
    deposit_id = record(desk, 9_000, first)
    desk.bring(desk.write(mended, other, trace="T1", control=8))
    replaced(desk)
    assert sums(desk) == {BANK: 9_000, CLEARING: 0, SUSPENSE: 0}
    assert to_come(desk) == {}
    _, second = payments(desk)
    with pytest.raises(deposits.PaymentTakenError):
        record(desk, 4_000, second)
    deposits.undo_deposit(desk.database, staff(desk), deposit_id, reason="Another", act=ACT)
    assert sums(desk) == {BANK: 0, CLEARING: 9_000, SUSPENSE: 0}
    record(desk, 9_000, first, second)
    assert sums(desk) == {BANK: 9_000, CLEARING: 0, SUSPENSE: 0}
    assert to_come(desk) == {}


def test_of_a_rejected_payment_nothing_is_to_come(desk: ImportDesk) -> None:
    whole = withheld(desk)
    reject_payment(desk.database, desk.staff("poster"), whole.quarantine_id, reason="x", act=ACT)
    (rejected,) = payments(desk)
    with pytest.raises(deposits.PaymentTakenError):
        record(desk, 10_250, rejected)


def test_a_set_aside_deposit_is_nobodys(desk: ImportDesk) -> None:
    one, _ = two_payments(desk)
    deposit_id = record(desk, 5_000, one)
    with pytest.raises(deposits.DepositTakenError):
        deposits.set_deposit_aside(desk.database, staff(desk), deposit_id, reason="x", act=ACT)
    deposits.undo_deposit(desk.database, staff(desk), deposit_id, reason="no", act=ACT)
    deposits.set_deposit_aside(desk.database, staff(desk), deposit_id, reason="rent", act=ACT)
    with pytest.raises(deposits.DepositTakenError):
        deposits.match_deposit(desk.database, staff(desk), deposit_id, [one], reason="", act=ACT)


def test_a_deposit_that_was_set_aside_by_mistake_is_open_again(
    desk: ImportDesk, poster: Browser
) -> None:
    one, _ = two_payments(desk)
    deposit_id = record(desk, 5_000, one)
    deposits.undo_deposit(desk.database, staff(desk), deposit_id, reason="no", act=ACT)
    page = f"/insurance/deposits/{deposit_id}"
    poster.send(page, {"reason": "Rent"}, to=f"{page}/aside")
    assert "Which payments was it?" not in poster.get(page).text
    refused = poster.send(page, {"reason": " "}, to=f"{page}/undo")
    assert "Write why" in refused.text
    poster.send(page, {"reason": "It is Acme’s"}, to=f"{page}/undo")
    text = poster.get(page).text
    for words in ("waits for its payment again", "Rent", "It is Acme’s"):
        assert words in text
    with pytest.raises(deposits.DepositTakenError):
        deposits.undo_deposit(desk.database, staff(desk), deposit_id, reason="again", act=ACT)
    deposits.match_deposit(desk.database, staff(desk), deposit_id, [one], reason="", act=ACT)
    assert sums(desk)[BANK] == 5_000
    assert "It is Acme’s" in poster.get(page).text
    assert actions(desk)[-4:] == ["undo_set_aside", "view", "match_deposit", "view"]


@pytest.mark.parametrize(
    ("damage", "check"),
    [
        ({"amount_cents": 4_000}, "deposit_payment"),
        ({"undone_at": ACT.now}, "deposit_entry"),
    ],
)
def test_the_checks_find_a_part_that_is_not_in_the_books(
    desk: ImportDesk, database_urls: DatabaseUrls, damage: dict[str, object], check: str
) -> None:
    one, _ = two_payments(desk)
    record(desk, 5_000, one)
    everything = Database(database_urls.superuser)
    with everything.transaction(desk.principal()) as session:
        session.execute(
            update(DepositPart)
            .where(DepositPart.practice_id == desk.practice.practice_id)
            .values(**damage)
        )
        assert check in [finding.check for finding in checks(session)]
    everything.close()


@pytest.mark.parametrize(
    "change",
    [
        update(Deposit).values(amount_cents=1),
        update(Deposit).values(bank_line="another"),
        update(DepositPart).values(amount_cents=1),
        update(DepositPart).values(remittance_id=None),
    ],
)
def test_what_the_bank_said_and_what_was_matched_cannot_be_rewritten(
    desk: ImportDesk, change: Update
) -> None:
    one, _ = two_payments(desk)
    record(desk, 5_000, one)
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        desk.database.transaction(desk.principal()) as session,
    ):
        session.execute(change)


def test_a_notice_without_money_is_no_payment_to_wait_for(
    desk: ImportDesk, poster: Browser
) -> None:
    """An explanation of benefits (BPR04 NON): its money comes by the payer's remittance."""
    path = desk.folder / "eob.json"
    path.write_bytes(fhir_text.written(fhir_text.told(fhir_text.eob())))
    import_any(
        desk.database,
        desk.practice,
        path,
        create_patients=True,
        now=ACT.now,
        today=ACT.today,
        imported_by="test",
    )
    (notice,) = payments(desk)
    for page in ("/insurance/payments", "/insurance/payments.csv", "/insurance/deposits/new"):
        assert NOTICE_TRACE not in poster.get(page).text
    with pytest.raises(deposits.PaymentTakenError):
        record(desk, 5_000, notice)


def test_the_csv_holds_more_payments_than_a_statement_has_parameters(
    desk: ImportDesk, poster: Browser, database_urls: DatabaseUrls
) -> None:
    desk.bring(desk.write(SentClaim()))
    everything = Database(database_urls.superuser)
    with everything.transaction(desk.principal()) as session:
        session.execute(
            text(
                "INSERT INTO portal.remittances (practice_id, remittance_id, file_id, payer_id,"
                " interchange_control, group_control, transaction_control, trace_number,"
                " payment_method, payment_cents, effective_on)"
                " SELECT practice_id, gen_random_uuid(), file_id, payer_id, '', '', '', n::text,"
                " 'ACH', 100, effective_on FROM portal.remittances, generate_series(1, 66000) n"
            )
        )
    everything.close()
    assert len(poster.get("/insurance/payments.csv").text.splitlines()) == 66_002


def test_the_page_compares_payment_claims_and_what_was_moved(
    desk: ImportDesk, poster: Browser
) -> None:
    path = desk.write(
        SentClaim(), payment_cents=4_700, plb="PLB*1234567893*20261231*WO:ICN9*5.00*L6*-1.50"
    )
    desk.bring(path)
    text = poster.get("/insurance/payments").text
    for words in (
        "Sample Health Plan",
        "An overpayment taken back (WO) ICN9",
        "Interest for paying late (L6)",
        "1 payment does not add up",
        "1 payment is late",
        "Late",
    ):
        assert words in text
    for cents in ("$50.00", "−$3.50", "$0.50", "$47.00"):
        assert cents in text, cents


def test_a_poster_records_a_deposit_on_its_page(desk: ImportDesk, poster: Browser) -> None:
    one, two = two_payments(desk)
    page = "/insurance/deposits/new"
    fields = {"deposited_on": "2026-03-06", "amount": "99", "reference": "7", "reason": ""}
    assert "Choose the payments it was" in poster.send(page, fields).text
    chosen: dict[str, Any] = {**fields, "payments": [str(one), str(two)]}
    refused = poster.send(page, chosen)
    assert refused.status == 422
    assert "The deposit is $1.00 less than its payments. Say why" in refused.text
    assert refused.text.count(" checked>") == 2
    done = poster.send(page, {**chosen, "reason": "Bank fee"})
    assert done.status == 303
    text = poster.get(done.location).text
    for words in ("Deposit of", "$99.00", "Bank fee", "Undo the match of"):
        assert words in text
    assert "Arrived" in poster.get("/insurance/payments").text
    undone = poster.send(done.location, {"reason": " "}, to=f"{done.location}/undo")
    assert "Write why" in undone.text
    poster.send(done.location, {"reason": "Wrong"}, to=f"{done.location}/undo")
    text = poster.get(done.location).text
    assert "Which payments was it?" in text
    assert "Wrong" in text
    assert sums(desk)[BANK] == 0


def test_a_deposit_of_tomorrow_is_refused(desk: ImportDesk, poster: Browser) -> None:
    one, _ = two_payments(desk)
    fields = {"deposited_on": "2026-03-10", "amount": "50", "payments": str(one)}
    assert "Enter a day that has come" in poster.send("/insurance/deposits/new", fields).text


@pytest.fixture
def read(poster: Browser) -> Callable[[str], Seen]:
    """Sends a bank's file."""

    def send(content: str) -> Seen:
        token = poster.get("/insurance/payments").csrf_token
        file = FileStorage(io.BytesIO(content.encode()), "bank.csv")
        boundary, body = encode_multipart({"csrf_token": token, "file": file})
        kind = f"multipart/form-data; boundary={boundary}"
        to = "/insurance/deposits/bank-file"
        return Seen.of(poster.client.post(to, data=body, content_type=kind))

    return send


def test_a_banks_file_proposes_and_the_poster_confirms(
    desk: ImportDesk, poster: Browser, read: Callable[[str], Seen]
) -> None:
    one, two = two_payments(desk)
    content = (
        "Date,Description,Amount\n"
        "3/6/2026,HCCLAIMPMT TRN*1*EFT5550*1512345678,50.00\n"
        "3/6/2026,COUNTER DEPOSIT,12.34\n"
        "3/6/2026,=cmd|'/c calc'!A1,$1.00\n"
        "3/6/2026,RENT,-900.00\n"
    )
    assert read(content).location == "/insurance/payments"
    text = poster.get("/insurance/payments").text
    assert "3 deposits are new." in text
    assert "Confirm the one whose number and amount agree" in text
    assert "No payment fits" in text
    assert sums(desk)[BANK] == 0
    read(content)
    assert desk.count(Deposit) == 3
    deposit_id = deposit_of(desk, 5_000)
    pairs = [f"{deposit_id}:{one}", f"{deposit_id}:{two}", f"x:{one}", f"{new_id()}:", ""]
    fields: dict[str, Any] = {"pair": pairs}
    done = poster.send("/insurance/payments", fields, to="/insurance/deposits/confirm")
    assert done.status == 303
    assert "One deposit is matched." in poster.get("/insurance/payments").text
    assert sums(desk)[BANK] == 5_000
    aside = f"/insurance/deposits/{deposit_of(desk, 1_234)}"
    poster.send(aside, {"reason": "Petty cash"}, to=f"{aside}/aside")
    assert "Set aside: Petty cash" in poster.get(aside).text


def test_a_banks_file_of_a_year_is_taken_whole(
    desk: ImportDesk, read: Callable[[str], Seen]
) -> None:
    """More values than one statement may carry."""
    lines = [f"2026-01-05,{number}.00,R{number}" for number in range(1, 7_501)]
    content = "\n".join(["date,amount,reference", *lines])
    assert read(content).status == 303
    assert desk.count(Deposit) == 7_500
    read(content)
    assert desk.count(Deposit) == 7_500


def test_a_proposal_that_is_gone_keeps_no_other_from_being_confirmed(
    desk: ImportDesk, poster: Browser, read: Callable[[str], Seen]
) -> None:
    one, two = two_payments(desk)
    read("date,amount,reference\n2026-03-06,50,EFT5550\n2026-03-06,50.00,EFT5551\n")
    first, second = deposits_of(desk, 5_000)
    pairs = [f"{first}:{one}", f"{new_id()}:{two}", f"{second}:{two}"]
    fields: dict[str, Any] = {"pair": pairs}
    done = poster.send("/insurance/payments", fields, to="/insurance/deposits/confirm")
    assert done.status == 303
    assert "2 deposits are matched." in poster.get("/insurance/payments").text
    assert sums(desk)[BANK] == 10_000


def test_a_banks_file_with_a_wrong_line_is_not_taken_at_all(
    desk: ImportDesk, read: Callable[[str], Seen]
) -> None:
    wrong = read("date,amount,reference\n2026-03-06,5,x\nsoon,5,y\n")
    assert wrong.status == 422
    assert "Line 3: The date has to be like 2026-03-31 or 3/31/2026." in wrong.text
    assert "The file is not CSV in plain text" in read("PK\x03\x04").text
    assert desk.count(Deposit) == 0


def test_the_csv_holds_every_payment_and_no_formula(desk: ImportDesk, poster: Browser) -> None:
    desk.bring(desk.write(SentClaim(), trace="=1+1"))
    answer = poster.get("/insurance/payments.csv")
    assert answer.headers["Content-Type"].startswith("text/csv")
    lines = answer.text.splitlines()
    assert lines[0].startswith("payer,trace_number,method,effective_on,payment,claims_paid")
    assert lines[1].startswith("Sample Health Plan,'=1+1,ACH,2026-01-15,50.00,50.00,0.00,0.00")


@pytest.mark.parametrize("role", Role)
def test_only_posters_and_managers_get_in(
    desk: ImportDesk, app: Flask, clock: Clock, role: Role
) -> None:
    visitor = signed_in(app, desk, clock, role)
    expected = 200 if role in REACH[Area.INSURANCE] else 404
    for page in ("/insurance/payments", "/insurance/payments.csv", "/insurance/deposits/new"):
        assert visitor.get(page).status == expected


def test_another_practices_deposit_looks_like_nobodys(
    desk: ImportDesk, app: Flask, clock: Clock
) -> None:
    one, _ = two_payments(desk)
    page = f"/insurance/deposits/{record(desk, 5_000, one)}"
    make_practice(desk.database, slug="other")
    there = ImportDesk(desk.database, practice_by_slug(desk.database, "other"), desk.folder)
    stranger = signed_in(app, there, clock, Role.MANAGER)
    nobodys = f"/insurance/deposits/{new_id()}"
    assert without_reference(stranger.get(page)) == without_reference(stranger.get(nobodys))
    assert stranger.get("/insurance/payments").text.count("EFT5550") == 0
    undone = stranger.send("/insurance/payments", {"reason": "mine"}, to=f"{page}/undo")
    assert undone.status == 404
    assert sums(desk)[BANK] == 5_000


def deposit_of(desk: ImportDesk, cents: int) -> UUID:
    (found,) = deposits_of(desk, cents)
    return found


def deposits_of(desk: ImportDesk, cents: int) -> list[UUID]:
    """Oldest first."""
    with desk.database.transaction(desk.principal()) as session:
        query = select(Deposit.deposit_id).where(
            Deposit.practice_id == desk.practice.practice_id, Deposit.amount_cents == cents
        )
        return list(session.scalars(query.order_by(Deposit.deposit_id)))


def actions(desk: ImportDesk) -> list[str]:
    """In the audit log, oldest first."""
    with desk.database.transaction(desk.principal()) as session:
        query = select(AuditEvent.action).where(
            AuditEvent.practice_id == desk.practice.practice_id,
            AuditEvent.object_kind == "deposit",
        )
        return list(session.scalars(query.order_by(AuditEvent.event_id)))

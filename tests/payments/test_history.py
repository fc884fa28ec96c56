"""All payments of an account, and a year of them for taxes: for the account holder alone."""

import csv
import io
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import select

from portal.connectors.practice_systems.spreadsheets import harmless
from portal.db import new_id, practice_of
from portal.ledger.as_of import payments_received
from portal.payments.moves import PaymentNotFoundError
from portal.payments.receipts.history import HistoryFilter, Kind, history_page
from portal.payments.receipts.queries import receipt_page
from portal.payments.receipts.years import NoSuchYearError, YearPage, YearRow, year_csv, year_page
from portal.practice.models import Patient
from tests.auth.running import Browser, browser
from tests.payments.household import make_household
from tests.payments.owing import Owing, make_owing
from tests.payments.paying import DUE, Payer
from tests.payments.running import make_app
from tests.payments.settling import Settling
from tests.payments.test_moving_payments import move
from tests.payments.test_receipts import amounts_in, text_of
from tests.payments.test_refunds import refund
from tests.statements.papers.pdf_reading import smallest_print

_HEADER = ("year", "month", "patient", "paid", "back", "net")


@pytest.fixture
def ben(payer: Payer) -> Owing:
    return make_owing(payer.database, payer.owing.practice_id, account_number="A-2", number="10483")


@pytest.fixture
def app(payer: Payer, ben: Owing) -> Flask:
    return make_app(payer.database, payer.gateway, lambda: payer.now, payer.owing, ben)


@pytest.fixture
def her(app: Flask, payer: Payer) -> Browser:
    client = browser(app)
    assert client.get(f"/come-in/{payer.owing.guarantor_id}").text == "in"
    return client


@pytest.fixture
def year(payer: Payer) -> Callable[[], YearPage]:
    def show() -> YearPage:
        return year_page(
            payer.database,
            payer.owing.principal,
            payer.now.year,
            statement_id=payer.owing.statement_id,
            now=payer.now,
            request_id="test",
        )

    return show


def test_the_history_has_what_arrived_and_what_is_on_its_way(payer: Payer, her: Browser) -> None:
    payer.pay(5_000)
    payer.prepare(1_000)  # a form that nobody sent is no payment
    text = her.get("/payments").text
    assert "One payment" in text
    assert "$50.00" in text
    assert "$10.00" not in text
    assert "For Mateo" in text


@pytest.mark.parametrize(
    ("asked", "is_found"),
    [
        ("", True),
        ("?kind=paid", True),
        ("?kind=refunded", True),
        ("?kind=on_its_way", False),
        ("?year={year}", True),
        ("?year=2019", False),
        ("?patient={patient}", True),
        ("?patient=00000000-0000-0000-0000-000000000000", False),
        ("?year={year}&patient={patient}&kind=refunded", True),
        ("?year=%00&patient=x&kind=all", True),  # what makes no sense is not asked
    ],
)
def test_the_history_is_narrowed_by_its_address(
    payer: Payer, her: Browser, asked: str, *, is_found: bool
) -> None:
    refund(payer, payer.pay(5_000), 1_000)
    patient = payer.read(
        lambda session: session.scalar(
            select(Patient.patient_id).where(
                Patient.practice_id == practice_of(session),
                Patient.guarantor_id == payer.owing.guarantor_id,
            )
        )
    )
    seen = her.get("/payments" + asked.format(year=payer.now.year, patient=patient))
    assert seen.status == 200
    assert ("One payment" in seen.text) == is_found
    assert ("$40.00" in seen.text) == is_found


def test_a_receipt_of_another_statement_opens_for_the_account_holder(
    payer: Payer, ben: Owing
) -> None:
    """As for whoever came in by the link to a newer bill."""
    payment_id = payer.pay(5_000)
    page = receipt_page(
        payer.database,
        payer.owing.principal,
        payment_id,
        statement_due=DUE,
        account_at=new_id(),
        now=payer.now,
        request_id="test",
    )
    assert page is not None
    assert page.left_cents is None
    with pytest.raises(PaymentNotFoundError):
        receipt_page(
            payer.database,
            ben.principal,
            payment_id,
            statement_due=DUE,
            account_at=ben.statement_id,
            now=payer.now,
            request_id="test",
        )


def test_what_a_bank_took_back_is_not_kept(
    settling: Settling, year: Callable[[], YearPage]
) -> None:
    payer = settling.payer
    payment_id = settling.pay(6_000)
    dispute_id = settling.dispute(payment_id)["id"]
    settling.learn(dispute_id)
    settling.decide(dispute_id, "lost")
    settling.learn(dispute_id)
    seen = partial(
        history_page,
        payer.database,
        payer.owing.principal,
        statement_id=payer.owing.statement_id,
        now=payer.now,
        request_id="test",
    )
    listed = seen(HistoryFilter(kind=Kind.REFUNDED))
    assert [row.taken_back_cents for row in listed.rows] == [6_000]
    assert listed.kept_cents == 0
    assert (year().total.paid_cents, year().total.back_cents) == (6_000, 6_000)
    assert seen(HistoryFilter(kind=Kind.ON_ITS_WAY)).rows == ()
    page = receipt_page(
        payer.database,
        payer.owing.principal,
        payment_id,
        statement_due=DUE,
        now=payer.now,
        request_id="test",
    )
    assert page is not None
    assert [part.amount_cents for part in page.taken_back] == [6_000]
    assert page.kept_cents == 0


def test_somebody_elses_payments_are_not_here(payer: Payer, app: Flask, ben: Owing) -> None:
    payer.pay(5_000)
    his = browser(app)
    his.get(f"/come-in/{ben.guarantor_id}")
    assert "$50.00" not in his.get("/payments").text
    assert "$50.00" not in his.get(f"/payments/year/{payer.now.year}").text


def test_a_year_is_what_the_ledger_says_came_less_what_went(
    payer: Payer, year: Callable[[], YearPage]
) -> None:
    refund(payer, payer.pay(7_770), 1_111)
    page = year()
    (part,) = page.parts
    assert part.patient_name == "Mateo Reyes"
    assert part.months == (YearRow(payer.now.month, 7_770, 1_111),)
    received = payer.read(
        lambda session: payments_received(
            session, payer.owing.guarantor_id, from_on=date(payer.now.year, 1, 1)
        )
    )
    assert page.total.net_cents == sum(one.amount_cents for one in received) == 6_659


def test_page_paper_and_table_of_a_year_agree_to_the_cent(
    payer: Payer, her: Browser, year: Callable[[], YearPage]
) -> None:
    refund(payer, payer.pay(7_770), 1_111)
    address = f"/payments/year/{payer.now.year}"
    page = her.get(address).text
    paper = her.client.get(f"{address}.pdf")
    table = her.client.get(f"{address}.csv")
    assert amounts_in(text_of(paper.data)) == amounts_in(page)
    assert smallest_print(her.client.get(f"{address}.pdf?size=large").data) >= 18
    (row,) = list(csv.DictReader(io.StringIO(table.text)))
    assert (row["Paid"], row["Went back"], row["You paid in all"]) == ("77.70", "11.11", "66.59")
    for response in (paper, table):
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["Content-Disposition"].startswith(
            f"attachment; filename=payments-{payer.now.year}."
        )
    assert year().total.net_cents == 6_659


def test_no_cell_of_the_table_runs_as_a_formula(payer: Payer, year: Callable[[], YearPage]) -> None:
    payer.pay(5_000)
    with payer.database.transaction(payer.job) as session:
        mateo = session.scalars(
            select(Patient).where(
                Patient.practice_id == practice_of(session),
                Patient.guarantor_id == payer.owing.guarantor_id,
            )
        ).one()
        mateo.first_name = "=HYPERLINK(1)"
    text = year_csv(year(), _HEADER).decode()
    assert harmless("=HYPERLINK(1) Reyes") in text
    assert "\n=" not in text
    assert ",=" not in text


@pytest.mark.parametrize("wrong", ["1999", "9999", "99999999999"])
def test_a_year_that_cannot_be_is_not_found(her: Browser, wrong: str) -> None:
    for suffix in ("", ".pdf", ".csv"):
        assert her.get(f"/payments/year/{wrong}{suffix}").status == 404


def test_an_empty_year_says_so(her: Browser) -> None:
    assert "Nothing was paid in this year" in her.get("/payments/year/2020").text


def test_a_year_to_come_is_no_year(payer: Payer) -> None:
    with pytest.raises(NoSuchYearError):
        year_page(
            payer.database,
            payer.owing.principal,
            payer.now.year + 1,
            statement_id=payer.owing.statement_id,
            now=payer.now,
            request_id="test",
        )


def test_a_year_follows_a_payment_that_was_moved_to_another_patient(
    payer: Payer, year: Callable[[], YearPage]
) -> None:
    """In the month in which it was paid, whenever it was moved."""
    payment_id = payer.pay(6_000)
    household = make_household(payer.database, payer.owing)
    paid_in = year().parts[0].months[0].month
    before = year().total
    payer.now += timedelta(days=40)
    lines = {payer.owing.older.target: 3_500, household.leos_older.target: 2_500}
    move(payer, payment_id, lines)
    page = _year_of(payer, payer.now - timedelta(days=40))
    names = {part.patient_name.split()[0]: part.months for part in page.parts}
    assert names == {
        "Leo": (YearRow(paid_in, 2_500, 0),),
        "Mateo": (YearRow(paid_in, 3_500, 0),),
    }
    assert page.total == before


def test_a_payment_that_was_moved_whole_leaves_no_empty_patient(payer: Payer) -> None:
    payment_id = payer.pay(2_500)
    household = make_household(payer.database, payer.owing)
    move(payer, payment_id, {payer.owing.older.target: 0, household.leos_older.target: 2_500})
    page = _year_of(payer, payer.now)
    assert [part.patient_name.split()[0] for part in page.parts] == ["Leo"]


def _year_of(payer: Payer, paid_at: datetime) -> YearPage:
    return year_page(
        payer.database,
        payer.owing.principal,
        paid_at.year,
        statement_id=payer.owing.statement_id,
        now=payer.now,
        request_id="test",
    )

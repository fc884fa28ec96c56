"""Receipts: what an HSA or FSA asks for, what went back, and the same to the cent on paper."""

import io
import re
from dataclasses import dataclass
from uuid import UUID

import pytest
from flask import Flask
from pypdf import PdfReader
from pypdf.generic import DictionaryObject, StreamObject

from portal.domain.statement_code import shown_code
from portal.statements.codes import give_code
from tests.auth.running import Browser, browser
from tests.contracts.hosted_page import Cardholder
from tests.payments.owing import Owing, make_owing
from tests.payments.paying import GOOD_CARD, Payer
from tests.payments.running import make_app
from tests.payments.test_refunds import refund
from tests.statements.papers.pdf_reading import smallest_print

_AMOUNT = re.compile(r"\N{MINUS SIGN}?\$[\d,]+\.\d\d")
_TAG = re.compile(r"<[^>]+>")


@dataclass(frozen=True, slots=True)
class Reader:
    """Ana at her browser, with her receipts."""

    browser: Browser
    payer: Payer

    def page(self, payment_id: UUID) -> str:
        seen = self.browser.get(f"/payments/{payment_id}/receipt")
        assert seen.status == 200
        return seen.text

    def paper(self, payment_id: UUID) -> str:
        """The text of the file."""
        response = self.browser.client.get(f"/payments/{payment_id}/receipt.pdf")
        assert response.status_code == 200
        return text_of(response.data)


def text_of(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def inside(root: DictionaryObject, name: str) -> DictionaryObject:
    part = root[name].get_object()
    assert isinstance(part, DictionaryObject)
    return part


def amounts_in(text: str) -> set[str]:
    return set(_AMOUNT.findall(_TAG.sub("", text)))


@pytest.fixture
def ben(payer: Payer) -> Owing:
    return make_owing(payer.database, payer.owing.practice_id, account_number="A-2", number="10483")


@pytest.fixture
def app(payer: Payer, ben: Owing) -> Flask:
    return make_app(payer.database, payer.gateway, lambda: payer.now, payer.owing, ben)


@pytest.fixture
def reader(app: Flask, payer: Payer) -> Reader:
    her = browser(app)
    assert her.get(f"/come-in/{payer.owing.guarantor_id}").text == "in"
    return Reader(her, payer)


def test_a_receipt_has_what_an_administrator_asks_for(reader: Reader) -> None:
    payment_id = reader.payer.pay(7_770)
    page, paper = reader.page(payment_id), reader.paper(payment_id)
    for words in (
        "Riverbend Family Health",
        "210 Mill Street, Easton, OR 97399",
        "00-0000000",
        "Mateo Reyes",
        "January 14, 2026",
        "Office visit",
        "$120.00",
        "$60.00",
        "Visa ending 4242",
        "RB-",
        "EOB",
    ):
        assert words in page, words
        assert words in paper, words


def test_the_paper_has_the_figures_of_the_page_to_the_cent(reader: Reader) -> None:
    payment_id = reader.payer.pay(7_770)
    refund(reader.payer, payment_id, 1_111)
    page, paper = reader.page(payment_id), reader.paper(payment_id)
    still_to_pay = page[page.index('aria-labelledby="rest"') :]
    shown = amounts_in(page.replace(still_to_pay, ""))
    assert amounts_in(paper) == shown
    assert {"$77.70", "\N{MINUS SIGN}$11.11", "$66.59"} <= shown


def test_a_paper_is_tagged_names_its_language_and_is_kept_by_nobody(reader: Reader) -> None:
    payment_id = reader.payer.pay()
    response = reader.browser.client.get(
        f"/payments/{payment_id}/receipt.pdf", headers={"Accept-Language": "es"}
    )
    assert response.headers["Cache-Control"] == "no-store"
    named = response.headers["Content-Disposition"]
    assert re.fullmatch(r"attachment; filename=receipt-\d{4}\.pdf", named)
    assert smallest_print(response.data) < 18
    large = reader.browser.client.get(f"/payments/{payment_id}/receipt.pdf?size=large")
    assert smallest_print(large.data) >= 18
    root = PdfReader(io.BytesIO(response.data)).root_object
    assert str(root["/Lang"]) == "es-US"
    assert str(inside(root, "/MarkInfo")["/Marked"]) == "True"
    assert str(inside(root, "/ViewerPreferences")["/DisplayDocTitle"]) == "True"
    about = root["/Metadata"].get_object()
    assert isinstance(about, StreamObject)
    assert b"pdfuaid:part" in about.get_data()
    assert b"pdfaid:conformance>A<" in about.get_data()


def test_a_payment_that_is_not_money_has_no_paper(reader: Reader) -> None:
    payment_id = reader.payer.prepare()
    assert reader.browser.get(f"/payments/{payment_id}/receipt.pdf").status == 404


def test_nobody_elses_receipt_comes_as_paper(reader: Reader, app: Flask, ben: Owing) -> None:
    payment_id = reader.payer.pay()
    his = browser(app)
    his.get(f"/come-in/{ben.guarantor_id}")
    assert his.get(f"/payments/{payment_id}/receipt.pdf").status == 404


def test_what_went_back_is_on_it_and_only_the_rest_counts(reader: Reader) -> None:
    payment_id = reader.payer.pay(5_000)
    refund(reader.payer, payment_id, 2_000)
    for text in (reader.page(payment_id), reader.paper(payment_id)):
        assert "You paid after that" in text
        assert "only $30.00 counts" in _TAG.sub("", text).replace("\n", " ")


def test_all_sent_back_is_no_receipt_for_an_administrator(reader: Reader) -> None:
    payment_id = reader.payer.pay(5_000)
    refund(reader.payer, payment_id, 5_000)
    for text in (reader.page(payment_id), reader.paper(payment_id)):
        assert "do not use this receipt" in text.replace("\n", " ")


def test_what_a_guest_paid_with_is_not_the_patients_to_know(reader: Reader) -> None:
    payer = reader.payer
    with payer.database.transaction(payer.job) as session:
        code = give_code(session, payer.owing.statement_id, guarantor_id=payer.owing.guarantor_id)
    fields = {"code": shown_code(code), "amount": "50"}
    back = Cardholder(reader.browser.send("/pay/riverbend", fields).location).pay(GOOD_CARD)
    assert back.leads_to is not None
    reader.browser.get(back.leads_to.removeprefix("http://localhost:8000"))
    listed = reader.browser.get("/payments").text
    found = re.search(r"/payments/([0-9a-f-]{36})/receipt", listed)
    assert found is not None
    for text in (reader.page(UUID(found[1])), reader.paper(UUID(found[1]))):
        assert "Somebody paid for you with your code" in text
        assert not re.search(r"(?<![\w-])4242(?![\w-])", text)

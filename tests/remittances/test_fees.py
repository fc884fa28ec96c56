"""Agreed and allowed: schedules on file, differences on the page and in the CSV."""

import io
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from portal.auth.roles import REACH, Area, Role
from portal.desk.routes import desk as front_desk
from portal.payments.books.routes import books
from portal.remittances.fees.models import Fee, FeeSchedule
from portal.remittances.fees.routes import fees
from portal.remittances.routes import insurance
from portal.sync.routes import sync
from tests.auth.running import Browser, Clock, Seen, make_app
from tests.remittances.desk import ImportDesk, SentClaim, SentLine
from tests.remittances.test_insurance_page import signed_in

HEADER = "payer,procedure_code,modifier,effective_from,effective_to,amount\n"
PRICES = HEADER + "87726,99213,,2026-01-01,,75.00\n87726,99214,,2026-01-01,,100.00\n"

Load = Callable[..., Seen]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(desk: ImportDesk, clock: Clock) -> Flask:
    return make_app(desk.database, clock, insurance, sync, front_desk, books, fees)


@pytest.fixture
def poster(app: Flask, desk: ImportDesk, clock: Clock) -> Browser:
    return signed_in(app, desk, clock, Role.POSTER)


@pytest.fixture
def load(poster: Browser) -> Load:
    """Sends a schedule."""

    def send(content: str, *, payer: str = "") -> Seen:
        token = poster.get("/insurance/fees").csrf_token
        file = FileStorage(io.BytesIO(content.encode()), "prices.csv")
        boundary, body = encode_multipart({"csrf_token": token, "payer": payer, "file": file})
        kind = f"multipart/form-data; boundary={boundary}"
        return Seen.of(poster.client.post("/insurance/fees", data=body, content_type=kind))

    return send


def differences(poster: Browser) -> list[str]:
    """Claim, expected, allowed, difference."""
    lines = poster.get("/insurance/fees.csv").text.splitlines()[1:]
    return [",".join(line.split(",")[1:2] + line.split(",")[6:]) for line in lines]


def test_what_a_payer_allowed_too_little_is_listed_with_its_claim(
    desk: ImportDesk, poster: Browser, load: Load
) -> None:
    assert "No fee schedule is on file yet" in poster.get("/insurance/fees").text
    desk.receive(SentClaim())  # 100 less 30: 70 allowed
    right = SentLine(adjustments={"CO45": 2_500, "PR3": 2_000})
    desk.receive(SentClaim([right], number="A2"))
    desk.receive(SentClaim([SentLine(code="99499")], number="A3"))  # no price
    assert load(PRICES).location == "/insurance/fees"
    text = poster.get("/insurance/fees").text
    for words in ("2 prices are on file.", "prices.csv", "Sample Health Plan", "99213", "−$5.00"):
        assert words in text
    assert f"/insurance/claims/{desk.claim_id()}" in text
    assert differences(poster) == ["A1,75.00,70.00,-5.00"]
    assert "$5.00" in text


def test_only_first_payers_decisions_that_stand_on_grounds_of_price_count(
    desk: ImportDesk, poster: Browser, load: Load
) -> None:
    second = replace(SentClaim(), number="A2", status="2")
    denied = SentClaim([SentLine(adjustments={"CO197": 10_000})], number="A3")
    taken_back = replace(SentClaim(), number="A4")
    for claim in (second, denied, taken_back, taken_back.reversal()):
        desk.receive(claim)
    corrected = SentClaim([SentLine(adjustments={"CO45": 4_000})], number="A4", icn="ICN2")
    desk.receive(corrected)
    load(PRICES)
    assert differences(poster) == ["A4,75.00,60.00,-15.00"]


def test_a_new_schedule_takes_the_place_of_the_old_one(
    desk: ImportDesk, poster: Browser, load: Load
) -> None:
    desk.receive(SentClaim())
    load(PRICES)
    load(HEADER + ",99213,,2026-01-01,,70.00\n", payer="87726")
    assert differences(poster) == []
    assert (desk.count(FeeSchedule), desk.count(Fee)) == (2, 3)


def test_a_wrong_line_keeps_the_file_out(desk: ImportDesk, load: Load) -> None:
    desk.receive(SentClaim())
    wrong = load(PRICES + "87726,99215,,soon,,1\n")
    assert wrong.status == 422
    assert "Line 4: The dates have to be like 2026-03-31 or 3/31/2026." in wrong.text
    unknown = load(HEADER + "99999,99213,,2026-01-01,,1\n")
    assert "No remittance has named payer 99999 yet. Known payers: 87726." in unknown.text
    assert "The file is not CSV in plain text" in load("PK\x03\x04").text
    assert desk.count(FeeSchedule) == 0


def test_decisions_of_another_time_are_asked_for(
    desk: ImportDesk, poster: Browser, load: Load
) -> None:
    desk.receive(SentClaim())  # decided on January 15, and it is March 9
    load(PRICES)
    assert "Decisions of the last 90 days" in poster.get("/insurance/fees?days=7").text
    assert "No service of these days" in poster.get("/insurance/fees?days=30").text
    assert len(poster.get("/insurance/fees.csv?days=365").text.splitlines()) == 2


@pytest.mark.parametrize("role", Role)
def test_only_posters_and_managers_get_in(
    desk: ImportDesk, app: Flask, clock: Clock, role: Role
) -> None:
    visitor = signed_in(app, desk, clock, role)
    expected = 200 if role in REACH[Area.INSURANCE] else 404
    for page in ("/insurance/fees", "/insurance/fees.csv"):
        assert visitor.get(page).status == expected

"""Statement links over HTTP: scanners, the door, the session behind it."""

import re
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text

from portal.auth.link_tokens import LinkTokens
from portal.auth.links import revoke_link
from portal.db import Database, new_id
from tests.auth.billed import NOW, Billed, issue_again, make_billed, move_debt
from tests.auth.running import Browser, Clock, Seen, browser
from tests.auth.test_statement_links import link_to, staff_of

ANA = {"born_on-month": "4", "born_on-day": "27", "born_on-year": "1985"}
MATEO = {"born_on-month": "09", "born_on-day": "02", "born_on-year": "2017"}
WRONG = {"born_on-month": "1", "born_on-day": "1", "born_on-year": "1999"}
SCANNERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) SafeLinks",
    "Mozilla/5.0 proofpoint-urldefense",
    "facebookexternalhit/1.1 Facebot Twitterbot/1.0",  # how iMessage asks for a preview
    "Barracuda Sentinel (EE)",
    "Mozilla/5.0 (X11; Linux x64) HeadlessChrome/149.0",
)


@pytest.fixture
def token(database: Database, tokens: LinkTokens, ana: Billed) -> str:
    return link_to(database, tokens, ana)[1]


@pytest.fixture
def visitor(app: Flask) -> Browser:
    return browser(app)


def everything(database: Database, billed: Billed) -> dict[str, list[str]]:
    """Every row of every table, as text."""
    found: dict[str, list[str]] = {}
    with database.transaction(staff_of(billed)) as session:
        names = session.scalars(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'portal' ORDER BY 1")
        ).all()
        for name in names:
            rows = session.scalars(text(f"SELECT t::text FROM portal.{name} t ORDER BY 1"))
            found[name] = list(rows)
    return found


def test_fifty_previews_by_scanners_change_no_row_and_set_no_cookie(
    database: Database, app: Flask, ana: Billed, token: str
) -> None:
    before = everything(database, ana)
    client = app.test_client()
    for number in range(50):
        fetch = client.head if number % 2 else client.get
        agent = SCANNERS[number % len(SCANNERS)]
        response = fetch(f"/s/{token}", headers={"User-Agent": agent})
        assert response.status_code == 200
        assert "Set-Cookie" not in response.headers
    assert everything(database, ana) == before
    opened = browser(app).send(f"/s/{token}", ANA)
    assert opened.status == 303


def test_the_door_shows_the_practice_and_nothing_of_a_person(visitor: Browser, token: str) -> None:
    page = visitor.get(f"/s/{token}")
    assert "Riverbend Family Health" in page.text
    shown = without_reference(page).replace(token, "")  # what is random spells names by chance
    for secret in ("Ana", "Reyes", "Mateo", "214.50", "10482", "A-20411", "1985,", "example.com"):
        assert secret not in shown
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"


def test_after_the_date_of_birth_the_address_holds_no_token(
    visitor: Browser, token: str, ana: Billed
) -> None:
    opened = visitor.send(f"/s/{token}", ANA)
    assert opened.status == 303
    assert opened.location == f"/statements/{ana.statement_id}"
    assert token not in opened.text + opened.location
    assert visitor.get(opened.location).text == f"guarantor {ana.guarantor_id} in en"


@pytest.mark.parametrize("typed", [ANA, MATEO])
def test_a_patients_date_of_birth_opens_it_too(
    visitor: Browser, token: str, typed: dict[str, str]
) -> None:
    assert visitor.send(f"/s/{token}", typed).status == 303


def test_another_patients_date_opens_this_one_statement(
    database: Database, visitor: Browser, token: str, ana: Billed
) -> None:
    ben = make_billed(database, ana.practice_id, number="10483", account_number="A-2")
    older = issue_again(database, ana, number="10484")
    visitor.send(f"/s/{token}", MATEO)
    assert visitor.get(f"/statements/{ana.statement_id}").status == 200
    missing = visitor.get(f"/statements/{new_id()}")
    for statement_id in (ben.statement_id, older):
        denied = visitor.get(f"/statements/{statement_id}")
        assert denied.status == missing.status == 404
        assert without_reference(denied) == without_reference(missing)


def test_the_guarantors_own_date_opens_every_statement_of_the_account(
    database: Database, visitor: Browser, token: str, ana: Billed
) -> None:
    older = issue_again(database, ana, number="10484")
    visitor.send(f"/s/{token}", ANA)
    for statement_id in (ana.statement_id, older):
        seen = visitor.get(f"/statements/{statement_id}")
        assert seen.text == f"guarantor {ana.guarantor_id} in en"


def without_reference(page: Seen) -> str:
    """The page but for its request's id and its forms' tokens, which hold the second."""
    text = page.text.replace(page.headers["X-Request-Id"], "")
    return re.sub(r'name="csrf_token" value="[^"]+"', "", text)


def test_nobody_gets_in_without_the_date(visitor: Browser, ana: Billed) -> None:
    assert visitor.get(f"/statements/{ana.statement_id}").status == 404


def test_a_wrong_date_says_so_and_the_fifth_closes_the_link(visitor: Browser, token: str) -> None:
    for _ in range(4):
        wrong = visitor.send(f"/s/{token}", WRONG)
        assert wrong.status == 422
        assert "does not match" in wrong.text
        assert wrong.cookies == ()
    fifth = visitor.send(f"/s/{token}", WRONG)
    assert fifth.status == 410
    assert "This link is closed" in fifth.text
    closed = visitor.get(f"/s/{token}")
    assert closed.status == 410


def test_what_is_no_date_is_not_a_try(
    database: Database, visitor: Browser, token: str, ana: Billed
) -> None:
    for typed in ({}, {**ANA, "born_on-month": "13"}, {**ANA, "born_on-year": "85"}):
        assert visitor.send(f"/s/{token}", typed).status == 422
    assert everything(database, ana)["statement_link_events"] == []


def test_somebody_who_closes_a_link_does_not_throw_out_who_reads(
    app: Flask, token: str, ana: Billed
) -> None:
    reader, stranger = browser(app), browser(app)
    reader.send(f"/s/{token}", ANA)
    for _ in range(5):
        stranger.send(f"/s/{token}", WRONG)
    assert reader.get(f"/statements/{ana.statement_id}").status == 200


def test_a_revoked_link_ends_the_session_it_opened(
    database: Database, visitor: Browser, tokens: LinkTokens, ana: Billed
) -> None:
    link_id, token = link_to(database, tokens, ana)
    visitor.send(f"/s/{token}", ANA)
    revoke_link(database, staff_of(ana), link_id, now=NOW, request_id="r")
    assert visitor.get(f"/statements/{ana.statement_id}").status == 404
    assert visitor.get(f"/s/{token}").status == 410


def test_a_paid_link_still_opens_its_statement(
    database: Database, visitor: Browser, token: str, ana: Billed
) -> None:
    move_debt(database, ana, cents=-21_450, why="paid")
    assert visitor.get(f"/s/{token}").status == 200
    opened = visitor.send(f"/s/{token}", ANA)
    assert visitor.get(opened.location).status == 200


def test_a_bookmark_after_the_session_says_signed_out_whatever_it_was_of(
    visitor: Browser, token: str, ana: Billed, clock: Clock
) -> None:
    visitor.send(f"/s/{token}", ANA)
    clock.advance(minutes=16)
    shown = set()
    for which in (ana.statement_id, new_id()):
        page = visitor.get(f"/statements/{which}")
        assert page.status == 404
        assert "You are signed out" in page.text
        assert "open the link in our message again" in page.text
        shown.add(without_reference(page).replace(str(which), ""))
    assert len(shown) == 1


def test_a_session_ends_after_fifteen_quiet_minutes(
    visitor: Browser, token: str, ana: Billed, clock: Clock
) -> None:
    visitor.send(f"/s/{token}", ANA)
    clock.advance(minutes=14, seconds=59)
    assert visitor.get(f"/statements/{ana.statement_id}").status == 200
    clock.advance(minutes=15)
    assert visitor.get(f"/statements/{ana.statement_id}").status == 404


def test_every_unknown_token_gets_the_same_page(
    visitor: Browser, tokens: LinkTokens, ana: Billed, token: str
) -> None:
    unknown = (
        "nonsense",
        token[:-1],
        tokens.make(ana.practice_id, UUID(int=1)),
        tokens.make(UUID(int=2), UUID(int=1)),
        LinkTokens("another key, also long enough for it").make(ana.practice_id, UUID(int=1)),
    )
    pages = [visitor.get(f"/s/{text}") for text in unknown]
    assert {page.status for page in pages} == {404}
    bodies = {
        without_reference(page).replace(text, "") for page, text in zip(pages, unknown, strict=True)
    }
    assert len(bodies) == 1


def test_a_post_without_the_forms_token_or_from_another_site_is_refused(
    app: Flask, token: str, ana: Billed, database: Database
) -> None:
    client = app.test_client()
    assert client.post(f"/s/{token}", data=ANA).status_code == 400
    csrf_token = browser(app).get(f"/s/{token}").csrf_token
    foreign = client.post(
        f"/s/{token}",
        data={**ANA, "csrf_token": csrf_token},
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    assert foreign.status_code == 403
    assert everything(database, ana)["statement_link_events"] == []


def test_signing_out_ends_the_session(visitor: Browser, token: str, ana: Billed) -> None:
    visitor.send(f"/s/{token}", ANA)
    csrf_token = visitor.get(f"/s/{token}").csrf_token
    out = visitor.client.post("/sign-out", data={"csrf_token": csrf_token})
    assert out.status_code == 303
    assert "You are signed out" in visitor.get(out.headers["Location"]).text
    assert visitor.get(f"/statements/{ana.statement_id}").status == 404


def test_an_old_session_id_opens_nothing_after_the_date_was_given(
    app: Flask, database: Database, tokens: LinkTokens, ana: Billed, token: str
) -> None:
    planted = app.test_client()
    planted.set_cookie("portal", "an id that somebody else knows")
    page = Browser(planted).send(f"/s/{token}", ANA)
    assert page.status == 303
    assert "an id that somebody else knows" not in str(page.cookies)
    other = app.test_client()
    other.set_cookie("portal", "an id that somebody else knows")
    assert other.get(f"/statements/{ana.statement_id}").status_code == 404


def test_the_page_speaks_the_guarantors_language_unless_they_chose_another(
    database: Database, app: Flask, tokens: LinkTokens, practice_id: UUID
) -> None:
    rosa = make_billed(database, practice_id, number="9", account_number="A-9", language="es")
    _, token = link_to(database, tokens, rosa)
    page = f"/statements/{rosa.statement_id}"
    visitor = browser(app)
    visitor.send(f"/s/{token}", ANA)
    assert visitor.get(page).text.endswith("in es")
    chooser = browser(app)
    chooser.client.set_cookie("language", "en")
    chooser.send(f"/s/{token}", ANA)
    assert chooser.get(page).text.endswith("in en")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Wait half a minute, then try again. Your link still works."),
        ("es", "Espere medio minuto y vuelva a intentarlo. Su enlace sigue funcionando."),
    ],
)
def test_a_pause_says_what_to_do(
    *, database: Database, app: Flask, tokens: LinkTokens, ana: Billed, language: str, words: str
) -> None:
    """From one address; somebody elsewhere opens the same link meanwhile."""
    visitor, elsewhere = browser(app), app.test_client()
    visitor.client.set_cookie("language", language)
    for number in range(3):
        other = make_billed(
            database, ana.practice_id, number=f"3{number}", account_number=f"C-{number}"
        )
        for _ in range(4):
            paused = visitor.send(f"/s/{link_to(database, tokens, other)[1]}", WRONG)
    token = link_to(database, tokens, ana)[1]
    paused = visitor.send(f"/s/{token}", ANA)
    assert paused.status == 429
    assert words in paused.text
    assert "(503) 555-0142" in paused.text
    assert paused.cookies == ()
    elsewhere.environ_base["REMOTE_ADDR"] = "203.0.113.9"
    assert Browser(elsewhere).send(f"/s/{token}", ANA).status == 303

"""The posters' pages: what came in, what waits, and what they do about it."""

from dataclasses import replace

import pytest
from flask import Flask

from portal.auth.roles import REACH, Area, Role
from portal.db import new_id
from portal.desk.phone_routes import phone
from portal.desk.routes import desk as front_desk
from portal.payments.books.routes import books
from portal.payments.counter.routes import counter
from portal.payments.credits.routes import credits_pages
from portal.payments.refunds.routes import refunds
from portal.practice.directory import practice_by_slug
from portal.remittances.deposits.routes import deposit_pages
from portal.remittances.fees.routes import fees
from portal.remittances.incoming.routes import intake
from portal.remittances.quarantine.routes import quarantine
from portal.remittances.routes import insurance
from portal.sync.routes import sync
from tests.auth.running import Browser, Clock, browser, make_app
from tests.auth.test_link_pages import without_reference
from tests.auth.test_staff_sign_in import hire, sign_in
from tests.builders import make_guarantor, make_patient, make_practice
from tests.remittances.desk import ImportDesk, SentClaim, SentLine
from tests.remittances.test_import_dispositions import UNBALANCED, known_patient

POSTERS_PAGES = (
    insurance,
    quarantine,
    intake,
    deposit_pages,
    fees,
    sync,
    front_desk,
    phone,
    books,
    counter,
    credits_pages,
    refunds,
)
"""Their pages link to each other."""


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(desk: ImportDesk, clock: Clock) -> Flask:
    return make_app(desk.database, clock, *POSTERS_PAGES)


@pytest.fixture
def poster(app: Flask, desk: ImportDesk, clock: Clock) -> Browser:
    return signed_in(app, desk, clock, Role.POSTER)


def signed_in(app: Flask, desk: ImportDesk, clock: Clock, role: Role) -> Browser:
    """A browser in which somebody of this role is at work."""
    email = f"{role}@riverbend.example"
    staff = hire(desk.database, desk.practice.practice_id, email=email, role=role)
    visitor = browser(app)
    assert sign_in(visitor, staff, clock, email=email).status == 303
    return visitor


def page_of(desk: ImportDesk, number: str = "A1") -> str:
    return f"/insurance/claims/{desk.claim_id(number)}"


def test_nothing_imported_yet_is_said(poster: Browser) -> None:
    text = poster.get("/insurance").text
    assert "No file yet" in text
    assert "Nothing is on hold." in text


def test_the_page_shows_files_what_is_set_aside_and_what_waits(
    desk: ImportDesk, poster: Browser
) -> None:
    held = replace(SentClaim(), number="A2", status="19", member="W2")
    desk.bring(desk.write(SentClaim(), held, UNBALANCED))
    desk.bring(desk.write(replace(SentClaim(), number="A3", member="W3")), create_patients=False)
    text = poster.get("/insurance").text
    assert "1.835" in text
    assert "Sample Health Plan" in text
    assert "The amounts of a service line do not add up." in text
    assert "Claim B2, line 1 (99213)" in text
    assert "CLP, segment" in text
    assert "The payer sent the claim on to another payer" in text
    assert "June Marlowe" in text
    assert "JUNE" not in text
    assert "1 not posted" in text
    assert "1 without a patient" in text
    assert "1 on hold" in text


def test_a_poster_releases_a_hold_with_a_reason(desk: ImportDesk, poster: Browser) -> None:
    desk.receive(replace(SentClaim(), status="19"))
    page = page_of(desk)
    assert "Release this hold" in poster.get(page).text
    refused = poster.send(page, {"kind": "crossover", "reason": " "}, to=f"{page}/holds/release")
    assert refused.status == 422
    assert "Write why it may be billed" in refused.text
    fields = {"kind": "crossover", "reason": "The next payer closed."}
    done = poster.send(page, fields, to=f"{page}/holds/release")
    assert (done.status, done.location) == (303, page)
    text = poster.get(page).text
    assert "The hold has ended." in text
    assert "Nothing is on hold." in text
    assert desk.claim().billable_cents == 2_000


def test_a_poster_says_which_of_two_decisions_stands(desk: ImportDesk, poster: Browser) -> None:
    line = SentLine(adjustments={"CO45": 3_000, "PR3": 1_000})
    desk.receive(SentClaim())
    desk.receive(replace(SentClaim(), icn="ICN2", lines=[line]))
    page = page_of(desk)
    text = poster.get(page).text
    assert 'If the first decision stands, <data value="60.00">$60.00</data> is owed back' in text
    assert 'If the last decision stands, <data value="50.00">$50.00</data> is owed back' in text
    fields = {"kind": "decided_again", "reason": "They said so.", "stands": "last"}
    poster.send(page, fields, to=f"{page}/holds/release")
    assert "Nothing is on hold." in poster.get(page).text
    assert (desk.claim().paid_cents, desk.claim().billable_cents) == (6_000, 1_000)
    assert desk.findings() == []


def test_a_poster_cannot_release_what_a_manager_must(
    desk: ImportDesk, poster: Browser, app: Flask, clock: Clock
) -> None:
    desk.receive(SentClaim(lines=[SentLine(adjustments={"PR45": 10_000})]))
    page = page_of(desk)
    assert "Only a manager can release it by hand." in poster.get(page).text
    fields = {"kind": "balance_bill", "reason": "I want to."}
    poster.send(page, fields, to=f"{page}/holds/release")
    assert "cannot be released by you" in poster.get(page).text
    assert desk.claim().billable_cents == 0
    manager = signed_in(app, desk, clock, Role.MANAGER)
    manager.send(page, fields, to=f"{page}/holds/release")
    assert desk.claim().billable_cents == 10_000


def test_a_claim_of_nobody_is_given_to_its_patient(desk: ImportDesk, poster: Browser) -> None:
    desk.bring(desk.write(replace(SentClaim(), last_name="MARLOW")), create_patients=False)
    june = known_patient(desk)
    page = page_of(desk)
    assert "June Marlowe" in poster.get(page).text  # by her member number
    done = poster.send(page, {"patient_id": str(june.patient_id)}, to=f"{page}/patient")
    assert (done.status, done.location) == (303, page)
    assert "The claim has its patient." in poster.get(page).text
    assert desk.claim().billable_cents == 2_000


def test_a_patient_is_looked_for_in_an_account(desk: ImportDesk, poster: Browser) -> None:
    unreadable = replace(SentClaim(), last_name="M", member="?")
    desk.bring(desk.write(unreadable), create_patients=False)
    known_patient(desk)
    page = page_of(desk)
    assert "No patient of this name" in poster.get(page).text
    seen = poster.send(page, {"account_number": " a-1 "}, to=f"{page}/find")
    assert seen.status == 200
    assert "June Marlowe" in seen.text


def test_a_patient_is_offered_by_a_last_name_with_accents(
    desk: ImportDesk, poster: Browser
) -> None:
    practice_id = desk.practice.practice_id
    for last_name in ("Núñez", "de la Cruz", "O'Neil", "Marlowe"):
        guarantor_id = make_guarantor(desk.database, practice_id, account_number=last_name)
        make_patient(
            desk.database,
            practice_id,
            guarantor_id=guarantor_id,
            first_name="Ana",
            last_name=last_name,
        )
    for number, sent in enumerate(("NUNEZ", "DE LA CRUZ", "ONEIL")):
        claim = replace(SentClaim(), number=f"N{number}", last_name=sent, member=f"N{number}")
        desk.bring(desk.write(claim), create_patients=False)
    for number, offered in enumerate(("Ana Núñez", "Ana de la Cruz", "Ana O&#39;Neil")):
        text = poster.get(page_of(desk, f"N{number}")).text
        assert offered in text
        assert "Ana Marlowe" not in text


def test_a_poster_joins_two_claims_that_are_one(desk: ImportDesk, poster: Browser) -> None:
    desk.receive(SentClaim())
    paid = SentLine(9_000, {"OA23": 7_000}, code="99214")
    junie = replace(SentClaim(), first_name="JUNIE", member="S9", status="2", icn="S1")
    second_file = desk.write(replace(junie, lines=[paid]), payer="SECOND")
    desk.bring(second_file, create_patients=False)
    first_id, second_id = desk.claim_ids()
    first, second = f"/insurance/claims/{first_id}", f"/insurance/claims/{second_id}"
    for page in (first, second):
        assert "Is it the same claim?" in poster.get(page).text
    assert poster.send(second, {"partner_id": "x"}, to=f"{second}/join").status == 400
    itself = {"partner_id": f"{second_id}", "why_one": "One visit."}
    assert poster.send(second, itself, to=f"{second}/join").location == second
    assert "cannot be joined" in poster.get(second).text
    without = poster.send(first, {"partner_id": f"{second_id}"}, to=f"{first}/join")
    assert without.status == 422
    assert "Write why they are one claim" in without.text
    done = poster.send(
        first, {"partner_id": f"{second_id}", "why_one": "One visit."}, to=f"{first}/join"
    )
    assert (done.status, done.location) == (303, first)  # the known patient's stays
    text = poster.get(first).text
    assert "The two claims are one now." in text
    assert "Is it the same claim?" not in text
    assert "This claim was joined to another one" in poster.get(second).text
    assert desk.findings() == []
    assert desk.claim().paid_cents == 7_000


@pytest.mark.parametrize("fields", [{}, {"patient_id": "x"}, {"patient_id": str(new_id())}])
def test_a_patient_that_is_none_is_refused(
    desk: ImportDesk, poster: Browser, fields: dict[str, str]
) -> None:
    desk.bring(desk.write(SentClaim()), create_patients=False)
    page = page_of(desk)
    assert poster.send(page, fields, to=f"{page}/patient").status in (400, 404)
    assert desk.claim().holds == ("patient_unknown",)


def test_a_hold_that_is_none_is_refused(desk: ImportDesk, poster: Browser) -> None:
    desk.receive(SentClaim())
    page = page_of(desk)
    known = poster.send("/insurance", {"kind": "x", "reason": "y"}, to=f"{page}/holds/release")
    assert known.status == 422


def test_another_practices_claim_looks_like_nobodys(desk: ImportDesk, poster: Browser) -> None:
    make_practice(desk.database, slug="other")
    other = ImportDesk(desk.database, practice_by_slug(desk.database, "other"), desk.folder)
    other.receive(replace(SentClaim(), status="19"))
    theirs, nobodys = page_of(other), f"/insurance/claims/{new_id()}"
    seen, missing = poster.get(theirs), poster.get(nobodys)
    assert (seen.status, missing.status) == (404, 404)
    assert without_reference(seen) == without_reference(missing)
    fields = {"kind": "crossover", "reason": "mine"}
    sent = poster.send("/insurance", fields, to=f"{theirs}/holds/release")
    assert sent.status == 404
    assert other.claim().billable_cents == 0


@pytest.mark.parametrize("role", Role)
def test_only_posters_and_managers_see_the_pages(
    desk: ImportDesk, app: Flask, clock: Clock, role: Role
) -> None:
    desk.receive(SentClaim())
    visitor = signed_in(app, desk, clock, role)
    expected = 200 if role in REACH[Area.INSURANCE] else 404
    assert visitor.get("/insurance").status == expected
    assert visitor.get(page_of(desk)).status == expected


def test_a_form_without_its_token_changes_nothing(desk: ImportDesk, poster: Browser) -> None:
    desk.receive(replace(SentClaim(), status="19"))
    address = f"{page_of(desk)}/holds/release"
    fields = {"kind": "crossover", "reason": "forged"}
    assert poster.client.post(address, data=fields).status_code == 400
    assert desk.claim().billable_cents == 0


def test_who_reads_spanish_reads_why_a_claim_waits_in_spanish(
    desk: ImportDesk, poster: Browser
) -> None:
    desk.bring(desk.write(replace(SentClaim(), status="19"), UNBALANCED))
    poster.client.set_cookie("language", "es")
    index, claim = poster.get("/insurance").text, poster.get(page_of(desk)).text
    for text in (index, claim):
        assert "El seguro pasó el reclamo a otro seguro" in text
        assert "La decisión del seguro siguiente." in text
        assert "The payer sent the claim on" not in text
    assert "Las cantidades de una línea de servicio no cuadran." in index
    assert '<small lang="en">Claim B2, line 1 (99213)' in index


def test_a_claim_leads_to_its_person_for_whoever_works_at_the_desk(
    desk: ImportDesk, poster: Browser, app: Flask, clock: Clock
) -> None:
    desk.receive(SentClaim())
    assert "/desk/people/" not in poster.get(page_of(desk)).text
    assert "/desk/people/" in signed_in(app, desk, clock, Role.MANAGER).get(page_of(desk)).text

"""From a link to an account: an address that is theirs, and a password worth having."""

import argon2
import pytest
from sqlalchemy import select
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from portal.auth.accounts.models import AccountAccess
from portal.auth.accounts.passwords import (
    CommonPasswordError,
    ShortPasswordError,
    is_common,
    require_good,
)
from portal.auth.keys import PasswordRefusedError, hash_password
from tests.auth.accounts.at_the_door import EMAIL, PASSWORD, SIGN_IN, Door
from tests.auth.billed import MATEO_BORN_ON, make_billed
from tests.auth.running import browser

LIST = FREQUENCY_LISTS["passwords"]


def test_a_link_leads_to_an_account_that_opens_every_page(door: Door) -> None:
    ana = door.with_account()
    for page in ("security", "devices", "people", "contact", "choose", "app"):
        seen = ana.get(f"/account/{page}")
        assert seen.status == 200, (page, seen.text)
    again, answer = door.sign_in()
    assert answer.status == 303
    assert EMAIL in again.get("/account/security").text


def test_the_address_on_record_stands_in_the_form(door: Door) -> None:
    assert f'value="{EMAIL}"' in door.by_link().get("/account/new").text


def test_a_patient_of_the_statement_who_does_not_pay_makes_no_account(door: Door) -> None:
    mateo = door.by_link(born_on=MATEO_BORN_ON)
    assert mateo.get("/account/new").status == 403


def test_nobody_makes_an_account_without_a_link(door: Door) -> None:
    assert browser(door.app).get("/account/new").status == 404


def test_no_account_is_made_before_the_code_came_back(door: Door) -> None:
    ana = door.by_link()
    ana.send("/account/new", {"email": EMAIL})
    assert ana.send("/account/new/code", {"code": "00000000"}).status == 422
    assert ana.get("/account/new/ways").location == "/account/new"


def test_five_wrong_codes_end_it_also_for_the_right_one(door: Door) -> None:
    ana = door.by_link()
    ana.send("/account/new", {"email": EMAIL})
    for _ in range(5):
        ana.send("/account/new/code", {"code": "00000000"})
    assert door.answer_code(ana, "/account/new/code").status == 422


def test_a_code_is_over_after_half_an_hour(door: Door) -> None:
    ana = door.by_link()
    ana.send("/account/new", {"email": EMAIL})
    for _ in range(3):
        door.clock.advance(minutes=11)
        ana.get("/account/new/code")
    assert door.answer_code(ana, "/account/new/code").status == 422


def test_an_address_gets_five_codes_an_hour_at_most(door: Door) -> None:
    ana = door.by_link()
    answers = [ana.send("/account/new", {"email": EMAIL}).status for _ in range(6)]
    assert answers == [303] * 5 + [422]


def test_a_guarantor_has_one_account(door: Door) -> None:
    door.with_account()
    again = door.by_link()
    assert "You have an account" in again.get("/account/new").text
    assert again.send("/account/new", {"email": "other@example.com"}).status == 422


def test_the_address_on_record_is_told_of_an_account_with_another_one(door: Door) -> None:
    door.with_account(email="ana.at.work@example.com")
    assert [mail.to_address for mail in door.mails("account_changed")] == [EMAIL]


def test_an_address_signs_one_person_in(door: Door) -> None:
    door.with_account()
    rosa = make_billed(
        door.database, door.practice_id, number="10483", account_number="A-2", email=None
    )
    opened = door.by_link(rosa)
    opened.send("/account/new", {"email": EMAIL})
    door.answer_code(opened, "/account/new/code")
    assert opened.send("/account/new/ways", {"password": PASSWORD}).location == "/account/new/ways"
    assert opened.get("/account/security").location == "/account/new"


@pytest.mark.parametrize(
    ("password", "has_second_factor", "refusal"),
    [
        ("fourteen chars", False, ShortPasswordError),
        ("fifteen charact", False, None),
        ("sevench", True, ShortPasswordError),
        ("lamp and", True, None),
        ("password1234567", False, CommonPasswordError),
        ("passwordpassword", False, CommonPasswordError),
        ("123451234512345", False, CommonPasswordError),
        ("aaaaaaaaaaaaaaaa", False, CommonPasswordError),
        ("Riverbend-Health-2026", False, CommonPasswordError),
        ("anareyes anareyes", False, CommonPasswordError),
        ("riverbend lamps at noon", False, None),
        (PASSWORD, False, None),
        ("x" * 257, False, PasswordRefusedError),
    ],
)
def test_which_passwords_are_taken(
    password: str,
    has_second_factor: bool,  # noqa: FBT001 — a row of the table
    refusal: type[Exception] | None,
) -> None:
    words = ("Riverbend Family Health", "anareyes")
    if refusal is None:
        require_good(password, has_second_factor=has_second_factor, words=words)
        return
    with pytest.raises(refusal):
        require_good(password, has_second_factor=has_second_factor, words=words)


def test_every_common_password_is_refused_even_beside_a_second_factor() -> None:
    assert len(LIST) >= 10_000
    for password in LIST:
        with pytest.raises(PasswordRefusedError):
            require_good(password, has_second_factor=True, words=())
    assert all(is_common(password.upper()) for password in LIST[:1000])


def test_a_hash_takes_as_much_work_as_owasp_asks_for(door: Door) -> None:
    parameters = argon2.extract_parameters(hash_password(PASSWORD))
    assert parameters.type is argon2.Type.ID
    assert parameters.memory_cost >= 19 * 1024
    assert (parameters.time_cost, parameters.parallelism) == (2, 1)
    door.with_account()
    kept = door.account().password_hash
    assert kept is not None
    assert argon2.extract_parameters(kept) == parameters


def test_a_refused_password_says_what_to_do_and_makes_nothing(door: Door) -> None:
    ana = door.by_link()
    ana.send("/account/new", {"email": EMAIL})
    door.answer_code(ana, "/account/new/code")
    short = ana.send("/account/new/ways", {"password": "short"})
    assert short.status == 422
    assert "Use at least 15 characters" in short.text
    common = ana.send("/account/new/ways", {"password": "passwordpassword"})
    assert "easy to guess" in common.text
    assert ana.get("/account/security").location == "/account/new"


def test_an_address_that_signs_in_already_takes_the_bills_to_its_account(door: Door) -> None:
    second = make_billed(door.database, door.practice_id, number="2", account_number="A-2")
    door.with_account(second)
    by_link = door.by_link()
    by_link.send("/account/new", {"email": EMAIL})
    assert by_link.send("/account/new", {}, to="/account/new/add").location == "/account/new"
    assert door.answer_code(by_link, "/account/new/code").location == "/account/new/ways"
    assert "/account/new/add" in by_link.get("/account/new/ways").text
    late = by_link.send("/account/new/ways", {"password": PASSWORD})
    assert late.location == "/account/new/ways"
    added = by_link.send("/account/new/ways", {}, to="/account/new/add")
    assert added.location == SIGN_IN
    assert by_link.get("/account/security").location == "/account/new"
    assert [mail.to_address for mail in door.mails("account_changed")] == [EMAIL]
    signed_in, _ = door.sign_in()
    with door.database.transaction(door.job) as session:
        own = session.scalars(
            select(AccountAccess).where(AccountAccess.guarantor_id == door.ana.guarantor_id)
        ).one()
    assert (own.kind, own.account_id) == ("holder", door.account().account_id)
    assert signed_in.send("/account/choose", {"access": str(own.access_id)}).status == 303
    assert signed_in.get("/account/people").status == 200
    assert by_link.get("/account/new/ways").location == "/account/new"

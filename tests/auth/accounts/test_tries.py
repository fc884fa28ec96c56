"""Every secret of an account that somebody may guess has an end of tries: docs/security.md."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from portal.auth.accounts.credentials import Change
from portal.auth.accounts.email_codes import CHECKS_AN_HOUR_MAX
from portal.auth.accounts.models import Account
from portal.auth.accounts.reset import WrongCodeError, reset_password
from portal.auth.accounts.sign_in import check_code, check_password
from portal.auth.accounts.tokens import ResetTokens
from portal.auth.birth_dates import prove_birth_date
from portal.auth.wrong_tries import ANSWERS_AT_ONCE, FREE_ANSWERS, FREE_PASSWORDS, FREE_TRIES
from portal.db import Principal, new_id
from tests.auth.accounts.at_the_door import EMAIL, PASSWORD, Door
from tests.auth.billed import ANA_BORN_ON, MATEO_BORN_ON
from tests.auth.running import SECRET_KEY

HOME, ELSEWHERE = "192.0.2.7", "198.51.100.7"
NOT_IT = "not that one at all"
A_DAY = timedelta(days=1)


def lets_on(
    door: Door, password: str, address: str = HOME, *, email: str = EMAIL, at: datetime
) -> bool:
    act = Change(at, SECRET_KEY, "test")
    right = check_password(
        door.database,
        door.practice_id,
        email=email,
        password=password,
        source_address=address,
        act=act,
    )
    return right is not None


def test_wrong_passwords_pause_the_name_where_they_come_from(door: Door) -> None:
    door.with_account()
    now = door.clock()
    for _ in range(FREE_TRIES + 1):
        lets_on(door, NOT_IT, at=now)
    assert not lets_on(door, PASSWORD, at=now + timedelta(seconds=1))
    assert lets_on(door, PASSWORD, ELSEWHERE, at=now + timedelta(seconds=1))
    assert lets_on(door, PASSWORD, at=now + timedelta(seconds=2))


def test_one_password_tried_with_many_names_pauses_the_address(door: Door) -> None:
    door.with_account()
    now = door.clock()
    for number in range(FREE_PASSWORDS + 1):
        lets_on(door, NOT_IT, email=f"{number}@example.com", at=now)
    assert not lets_on(door, PASSWORD, at=now + timedelta(seconds=1))
    assert lets_on(door, PASSWORD, ELSEWHERE, at=now + timedelta(seconds=1))


def codes_within_a_day(door: Door) -> int:
    """How many of the second step are looked at, of whoever tries all day."""
    ref, now, looked_at = door.ref(), door.clock(), 0
    ends_at = now + A_DAY
    while now < ends_at:
        check_code(door.database, ref, "000000", act=Change(now, SECRET_KEY, "test"))
        looked_at += 1
        now = max(now + timedelta(seconds=1), door.account().codes_paused_until or now)
    return looked_at


def test_codes_of_an_app_pause_the_account_longer_and_longer(door: Door) -> None:
    door.turn_app_on(door.with_account())
    assert codes_within_a_day(door) < 120


def test_recovery_codes_count_as_codes_of_the_app(door: Door) -> None:
    _, codes = door.turn_app_on(door.with_account())
    ref, act = door.ref(), Change(door.clock(), SECRET_KEY, "test")
    for _ in range(FREE_TRIES + 1):
        assert not check_code(door.database, ref, "a" * len(codes[0]), act=act)
    assert not check_code(door.database, ref, codes[0], act=act)
    soon = Change(door.clock() + timedelta(seconds=2), SECRET_KEY, "test")
    assert check_code(door.database, ref, codes[0], act=soon)


def test_codes_are_counted_at_a_reset_as_well(door: Door) -> None:
    app, _ = door.turn_app_on(door.with_account())
    token, act = door.reset_token(), Change(door.clock(), SECRET_KEY, "test")
    for _ in range(FREE_TRIES + 1):
        with pytest.raises(WrongCodeError):
            reset_password(door.database, token, password=f"{PASSWORD} x", code="0", act=act)
    assert wrong_codes(door) == FREE_TRIES + 1
    right = app.at(door.clock())
    with pytest.raises(WrongCodeError):
        reset_password(door.database, token, password=f"{PASSWORD} x", code=right, act=act)


def wrong_codes(door: Door) -> int:
    with door.database.transaction(door.job) as session:
        return session.scalars(select(Account.wrong_codes)).one()


def test_a_reset_token_that_is_not_ours_opens_nothing(door: Door) -> None:
    door.with_account()
    token = door.reset_token()
    tokens = ResetTokens(SECRET_KEY)
    assert tokens.read(token, now=door.clock()) is not None
    for place in range(len(token)):
        other = "A" if token[place] != "A" else "Q"
        forged = token[:place] + other + token[place + 1 :]
        assert tokens.read(forged, now=door.clock()) is None


def proves(door: Door, address: str, *, is_right: bool = False) -> bool:
    """Ana, by a link, is asked for her date once more."""
    who = Principal.link(
        door.practice_id, guarantor_id=door.ana.guarantor_id, link_id=new_id(), is_guarantor=True
    )
    return prove_birth_date(
        door.database,
        who,
        ANA_BORN_ON if is_right else MATEO_BORN_ON,
        secret_key=SECRET_KEY,
        source_address=address,
        now=door.clock(),
    )


def test_dates_asked_for_once_more_are_counted_by_whose_they_are(door: Door) -> None:
    for number in range(FREE_ANSWERS + 1):
        assert not proves(door, f"203.0.113.{number}")
    assert not proves(door, HOME, is_right=True)
    door.clock.advance(seconds=2)
    assert proves(door, HOME, is_right=True)


def test_dates_asked_for_once_more_are_counted_by_address(door: Door) -> None:
    for _ in range(FREE_ANSWERS + 1):
        proves(door, HOME)
    door.clock.advance(seconds=1)
    assert not proves(door, HOME, is_right=True)


def test_a_date_that_was_not_looked_at_counts_for_nobody(door: Door) -> None:
    for _ in range(ANSWERS_AT_ONCE):
        proves(door, HOME)
    for _ in range(ANSWERS_AT_ONCE):
        assert not proves(door, HOME, is_right=True)
    door.clock.advance(minutes=10)
    assert proves(door, ELSEWHERE, is_right=True)


def test_one_guarantor_has_ten_codes_mailed_an_hour_to_whatever_addresses(door: Door) -> None:
    ana = door.by_link()
    fields = [{"email": f"{number}@example.com"} for number in range(CHECKS_AN_HOUR_MAX + 1)]
    answers = [ana.send("/account/new", one).status for one in fields]
    assert answers == [303] * CHECKS_AN_HOUR_MAX + [422]

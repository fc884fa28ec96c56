"""What was typed comes back once, to whoever typed it, and to nobody else of the family."""

from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import func, select

from portal.auth.accounts.models import AccountAccess, KeptForm
from portal.auth.current import reader_key
from portal.auth.link_tokens import LinkTokens
from portal.auth.links import make_link
from portal.domain.account_access import AccessKind
from portal.web.sessions import IDLE_LIMIT, forget_ended_sessions
from tests.auth.accounts.at_the_door import EMAIL, PASSWORD, SIGN_IN, Door
from tests.auth.accounts.test_who_else import LUIS, accepted, invited
from tests.auth.billed import ANA_BORN_ON, MATEO_BORN_ON, make_billed
from tests.auth.running import SECRET_KEY, Browser, browser

QUESTION = "/help/question"
OF_THE_HOLDER = "/delivery/consent"
LATE = IDLE_LIMIT.seconds // 60 + 1
WORDS = "I would like to ask about my test"


def family_link(door: Door) -> str:
    """The address of one link, which Ana and Mateo both open with their own dates."""
    tokens = LinkTokens(SECRET_KEY)
    with door.database.transaction(door.job) as session:
        link_id = make_link(
            session,
            tokens=tokens,
            guarantor_id=door.ana.guarantor_id,
            statement_id=door.ana.statement_id,
            patient_ids=[door.ana.patient_id],
            now=door.clock(),
        )
    return f"/s/{tokens.make(door.practice_id, link_id)}"


def opens(who: Browser, link: str, born_on: date) -> str:
    """Where it leads."""
    parts = {"month": born_on.month, "day": born_on.day, "year": born_on.year}
    return who.send(link, {f"born_on-{name}": str(value) for name, value in parts.items()}).location


def sends_late(door: Door, who: Browser, page: str = QUESTION) -> None:
    """Their session ends before they send what they typed."""
    typed = {"csrf_token": who.get(page).csrf_token, "words": WORDS}
    door.clock.advance(minutes=LATE)
    assert "What you typed is kept" in who.client.post(page, data=typed).text


def test_one_link_opened_by_two_of_a_family_keeps_their_words_apart(door: Door) -> None:
    here, link = browser(door.app), family_link(door)
    opens(here, link, MATEO_BORN_ON)
    sends_late(door, here)
    assert opens(here, link, ANA_BORN_ON) == f"/statements/{door.ana.statement_id}"
    assert WORDS not in here.get("/account/kept").text
    assert opens(here, link, MATEO_BORN_ON) == "/account/kept"
    assert WORDS in here.get("/account/kept").text


@pytest.mark.parametrize("kind", [AccessKind.SEE_AND_PAY, AccessKind.PAY_ONLY])
def test_what_the_holder_typed_is_not_handed_to_who_may_pay_for_them(
    door: Door, kind: AccessKind
) -> None:
    ana = door.with_account()
    accepted(door, ana, kind)
    sends_late(door, ana)
    signed_in = ana.send(SIGN_IN, {"email": LUIS, "password": PASSWORD})
    assert signed_in.location != "/account/kept"
    assert WORDS not in ana.get("/account/kept").text


def test_a_page_names_each_reader_of_one_link_and_of_one_account_differently(door: Door) -> None:
    ana, link = door.with_account(), family_link(door)
    luis = accepted(door, ana)
    by_link = []
    for born_on in (ANA_BORN_ON, MATEO_BORN_ON):
        here = browser(door.app)
        opens(here, link, born_on)
        by_link.append(holder_on_page(here))
    assert holder_on_page(ana) == by_link[0]
    assert len({holder_on_page(luis), *by_link}) == 3


def test_a_guarantor_is_one_person_by_link_and_by_account(door: Door) -> None:
    door.with_account()
    here = door.by_link()
    sends_late(door, here)
    key = keyed_before_the_end(door)
    back = here.send(SIGN_IN, {"email": EMAIL, "password": PASSWORD})
    assert back.location == "/account/kept"
    assert WORDS in here.get("/account/kept").text
    assert here.client.get("/session/reader").get_json()["reader"] == key


def keyed_before_the_end(door: Door) -> str:
    """What a page that was opened by a link, and is hidden now, has of its reader."""
    return holder_on_page(door.by_link())


@pytest.mark.parametrize("kind", [AccessKind.SEE_AND_PAY, AccessKind.PAY_ONLY])
def test_what_was_typed_by_a_link_is_not_handed_to_who_may_pay_for_them(
    door: Door, kind: AccessKind
) -> None:
    accepted(door, door.with_account(), kind)
    here = door.by_link()
    sends_late(door, here)
    here.send(SIGN_IN, {"email": LUIS, "password": PASSWORD})
    assert WORDS not in here.get("/account/kept").text
    told = here.client.get("/session/reader").get_json()
    assert told["reader"] != keyed_before_the_end(door)


def test_what_a_patient_typed_by_a_link_is_not_handed_to_the_account_of_who_pays(
    door: Door,
) -> None:
    door.with_account()
    here = door.by_link(born_on=MATEO_BORN_ON)
    sends_late(door, here)
    here.send(SIGN_IN, {"email": EMAIL, "password": PASSWORD})
    assert WORDS not in here.get("/account/kept").text


def test_whoever_chooses_for_whom_they_act_lands_on_a_page_they_may_see(door: Door) -> None:
    path = invited(door, door.with_account())
    luis = with_own_bills(door)
    luis.send(path, {})
    own, hers = (
        access_of_luis(door, AccessKind.HOLDER),
        access_of_luis(door, AccessKind.SEE_AND_PAY),
    )
    luis.send("/account/choose", {"access": str(own)})
    grow_stale(door, luis)
    assert luis.get(OF_THE_HOLDER).location == "/account/confirm"
    assert luis.send("/account/choose", {"access": str(hers)}).location == "/home"
    assert luis.get("/home").status == 200
    assert luis.get(OF_THE_HOLDER).status == 403
    luis.send("/account/choose", {"access": str(own)})
    assert luis.get(OF_THE_HOLDER).location == "/account/confirm"
    assert luis.send("/account/confirm", {"password": PASSWORD}).location == OF_THE_HOLDER
    assert luis.get(OF_THE_HOLDER).status == 200


def test_whoever_accepts_an_invitation_lands_on_a_page_they_may_see(door: Door) -> None:
    path = invited(door, door.with_account())
    luis = with_own_bills(door)
    grow_stale(door, luis)
    assert luis.get(OF_THE_HOLDER).location == "/account/confirm"
    assert luis.send(path, {}).location == "/home"
    assert luis.get("/home").status == 200


def with_own_bills(door: Door) -> Browser:
    """Luis, who pays bills of his own, too."""
    own = make_billed(door.database, door.practice_id, number="2", account_number="A-2", email=LUIS)
    return door.with_account(own, email=LUIS)


def holder_on_page(who: Browser) -> str:
    return who.get(QUESTION).text.split('data-holder="')[1].split('"')[0]


def test_a_key_says_nothing_of_whose_it_is_and_stays_the_same(door: Door) -> None:
    ana = door.with_account()
    first = holder_on_page(ana)
    ana.send("/account/security", {}, to="/sign-out")
    ana.send(SIGN_IN, {"email": EMAIL, "password": PASSWORD})
    assert holder_on_page(ana) == first
    assert str(door.account().account_id) not in first
    with door.app.test_request_context():
        assert reader_key() == ""


def test_a_hidden_page_learns_who_reads_now_and_with_which_token(door: Door) -> None:
    ana = door.with_account()
    key = holder_on_page(ana)
    told = ana.client.get("/session/reader").get_json()
    assert told["reader"] == key
    form = {"csrf_token": told["csrf_token"], "phone": "555-010-0177"}
    assert ana.client.post("/account/contact/phone", data=form).status_code == 303
    door.clock.advance(minutes=LATE)
    assert ana.get("/session/reader").status == 401
    assert browser(door.app).get("/session/reader").status == 401


def test_whoever_signs_out_leaves_nothing_behind(door: Door) -> None:
    ana = door.with_account()
    sends_late(door, ana)
    ana.send(SIGN_IN, {"email": EMAIL, "password": PASSWORD})
    ana.send("/account/security", {}, to="/sign-out")
    assert ana.client.get_cookie("kept") is None
    with door.database.local_transaction() as session:
        assert session.scalar(select(func.count()).select_from(KeptForm)) == 0


def test_a_form_that_was_sent_does_not_come_back(door: Door) -> None:
    ana = door.with_account()
    phone = "/account/contact/phone"
    token = ana.get("/account/contact").csrf_token
    door.clock.advance(minutes=LATE)
    ana.client.post(phone, data={"csrf_token": token, "phone": "555-010-0177"})
    ana.send(SIGN_IN, {"email": EMAIL, "password": PASSWORD})
    refused = ana.send("/account/kept", {"phone": "no number"}, to=phone)
    assert refused.status == 422
    assert "555-010-0177" in ana.get("/account/kept").text
    assert ana.send("/account/kept", {"phone": "555-010-0177"}, to=phone).status == 303
    assert ana.get("/account/kept").status == 303
    grow_stale(door, ana)
    assert ana.get("/account/app").location == "/account/confirm"
    assert ana.send("/account/confirm", {"password": PASSWORD}).location == "/account/app"


def grow_stale(door: Door, who: Browser) -> None:
    """So long after the last proof that it is asked for again."""
    for _ in range(2):
        door.clock.advance(minutes=8)
        who.get("/account/security")


def test_a_form_that_is_asked_about_twice_is_kept_once(door: Door) -> None:
    ana = door.with_account()
    phone = {"phone": "555-010-0177"}
    for _ in range(2):
        grow_stale(door, ana)
        asked = ana.send("/account/contact", phone, to="/account/contact/phone")
        assert asked.location == "/account/confirm"
    assert ana.send("/account/confirm", {"password": PASSWORD}).location == "/account/kept"
    assert "555-010-0177" in ana.get("/account/kept").text
    with door.database.local_transaction() as session:
        assert session.scalar(select(func.count()).select_from(KeptForm)) == 1


def test_what_was_typed_is_kept_though_the_job_ran_after_the_end(door: Door) -> None:
    ana = door.with_account()
    typed = {"csrf_token": ana.get(QUESTION).csrf_token, "words": WORDS}
    door.clock.advance(minutes=LATE)
    forget_ended_sessions(door.database, now=door.clock())
    assert "What you typed is kept" in ana.client.post(QUESTION, data=typed).text


def test_whoever_chooses_for_whom_they_act_goes_on_with_what_they_typed_there(door: Door) -> None:
    path = invited(door, door.with_account())
    luis = with_own_bills(door)
    luis.send(path, {})
    sends_late(door, luis)
    signed_in = luis.send(SIGN_IN, {"email": LUIS, "password": PASSWORD})
    assert signed_in.location != "/account/kept"
    chosen = {"access": str(access_of_luis(door, AccessKind.SEE_AND_PAY))}
    assert luis.send("/account/choose", chosen).location == "/account/kept"


def access_of_luis(door: Door, kind: AccessKind) -> UUID:
    with door.database.transaction(door.job) as session:
        return session.scalars(
            select(AccountAccess.access_id).where(
                AccountAccess.email == LUIS, AccountAccess.kind == kind.value
            )
        ).one()

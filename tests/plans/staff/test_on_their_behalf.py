"""A plan that staff make with somebody: nothing counts before their yes, and how it was given."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from portal.auth.roles import Role
from portal.db import practice_of
from portal.plans.checks import checks
from portal.plans.telling import PLAN_NOT_TOLD
from portal.practice.models import Guarantor
from tests.builders import make_patient
from tests.payments.keeping import Keeper
from tests.payments.owing import owe
from tests.payments.test_receipts import text_of
from tests.plans.at_the_browser import hidden, words
from tests.plans.staff.at_work import AtWork, at_work


@pytest.fixture
def jo(keeper: Keeper) -> AtWork:
    return at_work(keeper, Role.COLLECTIONS)[0]


def test_a_spoken_yes_begins_the_plan_and_is_kept_word_for_word(jo: AtWork) -> None:
    plan_id = jo.offer()
    assert jo.ana.plan(plan_id).state == "pending_consent"
    assert jo.ana.plan(plan_id).is_by_staff
    page = jo.get(jo.page(plan_id, "/consent"))
    assert "I will now read you the terms" in page.text
    assert jo.ana.standing_plans() == []
    assert jo.say_yes(jo.page(plan_id, "/consent")).location.endswith(f"/plans/{plan_id}")
    assert jo.ana.plan(plan_id).state == "active"
    (consent,) = jo.ana.consents(plan_id)
    assert (consent.kind, consent.given_by) == ("spoken", "Ana Ruiz")
    assert consent.recorded_by.startswith("staff ")
    assert "date of birth" in consent.note
    assert consent.sentences[-1].startswith("Do you agree to this plan")
    assert consent.schedule_hash == jo.ana.versions(plan_id)[0].schedule_hash
    assert jo.ana.mails() == ["plan_agreed"]
    seen = words(jo.get(jo.page(plan_id)))
    assert "Said yes: Ana Ruiz" in seen
    assert "Written down by Jo Kim." in seen
    assert "On track" in words(jo.get(jo.plans))
    assert jo.ana.keeper.payer.read(lambda session: list(checks(session))) == []


def test_who_has_no_e_mail_gets_their_copy_by_a_task_and_staff_are_told_so(jo: AtWork) -> None:
    payer = jo.ana.keeper.payer
    with payer.database.transaction(payer.job) as session:
        session.execute(
            update(Guarantor)
            .where(Guarantor.practice_id == practice_of(session))
            .values(email_agreed_at=None)
        )
    plan_id = jo.offer()
    jo.say_yes(jo.page(plan_id, "/consent"))
    assert "No e-mail reaches them" in words(jo.get(jo.page(plan_id)))
    assert payer.task_kinds() == [PLAN_NOT_TOLD]
    assert jo.ana.mails() == []


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"read": ["0", "1"]}, "Read every sentence, and tick each one"),
        ({"who": ""}, "Write the name of who said yes"),
        ({"known_by": ""}, "Write how you knew"),
    ],
)
def test_half_a_yes_begins_nothing(jo: AtWork, changed: dict[str, str], sentence: str) -> None:
    plan_id = jo.offer()
    refused = jo.say_yes(jo.page(plan_id, "/consent"), **changed)
    assert refused.status == 422
    assert sentence in refused.text
    assert jo.ana.standing_plans() == []


def test_more_than_four_payments_are_in_their_hands_before_anything_is_read(jo: AtWork) -> None:
    plan_id = jo.offer(count="5")
    path = jo.page(plan_id, "/consent")
    before = jo.get(path)
    assert "First, the disclosure" in before.text
    assert "I will now read you" not in before.text
    paper = text_of(jo.visitor.client.get(jo.page(plan_id, "/disclosure.pdf")).data)
    assert "Finance charge" in paper
    early = jo.send(path, kind="paper", seen="x", who="Ana", signed_on="2020-01-01", filed="A")
    assert early.status == 303
    assert jo.ana.standing_plans() == []
    jo.visitor.send(path, {}, to=jo.page(plan_id, "/disclosed"))
    assert jo.say_yes(path).status == 303
    assert jo.ana.consents(plan_id)[0].disclosure is not None


def test_a_signed_paper_says_when_and_where_it_lies(jo: AtWork, keeper: Keeper) -> None:
    plan_id = jo.offer()
    path = jo.page(plan_id, "/consent")
    paper = text_of(jo.visitor.client.get(jo.page(plan_id, "/agreement.pdf")).data)
    assert "agreement to sign" in paper
    assert "Signature" in paper
    page = jo.get(path)
    signed = {"kind": "paper", "seen": hidden(page, "seen"), "who": "Ana Ruiz"}
    later = (keeper.today + timedelta(days=1)).isoformat()
    refused = jo.send(path, **signed, signed_on=later, filed="Binder 3")
    assert "That day is still to come" in refused.text
    assert "Write where the paper is filed" in jo.send(path, **signed, signed_on=later).text
    done = jo.send(path, **signed, signed_on=keeper.today.isoformat(), filed="Binder 3")
    assert done.status == 303
    (consent,) = jo.ana.consents(plan_id)
    assert consent.kind == "paper"
    assert "filed: Binder 3" in consent.note


def test_asked_by_mail_they_agree_on_their_own_pages(jo: AtWork) -> None:
    plan_id = jo.offer()
    path = jo.page(plan_id, "/consent")
    asked = jo.visitor.send(path, {}, to=jo.page(plan_id, "/ask"))
    assert asked.location.endswith(f"/plans/{plan_id}")
    assert jo.ana.mails() == ["plan_offered"]
    assert jo.ana.standing_plans() == []
    assert "A payment plan waits for your yes" in words(jo.ana.get("/plans"))
    assert jo.ana.agree(plan_id).location.endswith("/begun")
    (consent,) = jo.ana.consents(plan_id)
    assert (consent.kind, consent.given_by) == ("online", "patient")


def test_what_is_charged_by_itself_is_not_agreed_to_by_word_of_mouth(
    jo: AtWork, keeper: Keeper
) -> None:
    card = keeper.save()
    plan_id = jo.offer()
    jo.send(jo.page(plan_id, "/how"), how=str(card))
    page = jo.get(jo.page(plan_id, "/consent"))
    assert "agreed to in writing" in page.text
    refused = jo.send(
        jo.page(plan_id, "/consent"), kind="spoken", seen=hidden(page, "seen"), who="Ana",
        known_by="voice", read=[str(place) for place in range(30)],
    )  # fmt: skip
    assert refused.status == 422
    assert jo.ana.standing_plans() == []


def test_the_front_desk_makes_no_plans(keeper: Keeper) -> None:
    jo, kim = at_work(keeper, Role.COLLECTIONS, Role.FRONT_DESK)
    plan_id = jo.offer()
    assert kim.get(jo.plans).status == 404
    assert kim.get(jo.page(plan_id, "/consent")).status == 404


def test_staff_see_what_is_new_since_then_and_not_what_was_left_out(
    jo: AtWork, keeper: Keeper
) -> None:
    plan_id = jo.begun(*jo.ana.lines[:2])
    assert "New since then" not in words(jo.get(jo.page(plan_id)))  # 30.00 were open before
    keeper.pass_days(1)
    owing = keeper.payer.owing
    patient_id = make_patient(
        keeper.payer.database, owing.practice_id, guarantor_id=owing.guarantor_id
    )
    owe(
        keeper.payer.database,
        owing.practice_id,
        owing.guarantor_id,
        patient_id,
        claim_number="NEW-1",
        service_on=keeper.today,
        cents=4_444,
        now=keeper.now,
    )
    seen = words(jo.get(jo.page(plan_id)))
    assert "New since then" in seen
    assert "$44.44 are open and on no plan" in seen

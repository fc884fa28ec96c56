"""What has to be agreed to anew: being charged in another way, a bill that joins the plan."""

import pytest

from portal.domain.money import format_usd
from tests.payments.keeping import Keeper
from tests.plans.at_the_browser import PlanBrowser, hidden, plan_browser, words


@pytest.fixture
def ana(keeper: Keeper) -> PlanBrowser:
    return plan_browser(keeper)


def test_a_card_is_added_on_the_way_and_charged_from_then_on(ana: PlanBrowser) -> None:
    plan_id = ana.choose(how="3")
    added = ana.send("/payment-methods/add", kind="card", agreed="y", then=f"plan {plan_id}")
    assert added.status == 303
    method_id = ana.keeper.save()
    setup = ana.get(f"/payment-methods/setups/{ana.setup_id()}")
    assert f"/plans/{plan_id}/how" in setup.text
    assert "By itself, from Visa ending 4242" in words(ana.get(f"/plans/{plan_id}/how"))
    ana.send(f"/plans/{plan_id}/how", how=str(method_id))
    seen = words(ana.get(f"/plans/{plan_id}/agree"))
    assert "may charge each of them to Visa ending 4242 on its day" in seen
    ana.agree(plan_id)
    assert ana.plan(plan_id).method_id == method_id
    assert "It is charged to Visa ending 4242" in words(ana.get(f"/plans/{plan_id}"))


def test_being_charged_is_agreed_to_and_by_hand_is_only_said(ana: PlanBrowser) -> None:
    plan_id = ana.begin(how="3")
    method_id = ana.keeper.save()
    path = f"/plans/{plan_id}/method"
    check = ana.send(path, step="check", how=str(method_id))
    assert "may charge each of them to Visa ending 4242" in words(check)
    unticked = ana.send(path, step="go", how=str(method_id), seen=hidden(check, "seen"))
    assert unticked.status == 422
    assert ana.plan(plan_id).method_id is None
    yes = {"step": "go", "how": str(method_id), "seen": hidden(check, "seen")}
    assert ana.send(path, agreed="y", **yes).location.endswith("/changed")
    assert ana.plan(plan_id).method_id == method_id
    assert len(ana.consents(plan_id)) == 2
    check = ana.send(path, step="check", how="by_hand")
    assert "From now on nothing is charged by itself." in words(check)
    assert ana.send(path, step="go", how="by_hand").location.endswith("/changed")
    assert ana.plan(plan_id).method_id is None
    kept = ana.consents(plan_id)
    assert [(one.kind, one.way, one.method_id) for one in kept] == [
        ("online", "by_hand", None),
        ("online", "charged", method_id),
        ("asked", "by_hand", None),  # an act of theirs, by which they agreed to nothing new
    ]
    assert [row.change for row in ana.versions(plan_id)] == ["offered", "method", "method"]


def test_a_new_bill_joins_only_by_a_new_agreement_disclosed_first(ana: PlanBrowser) -> None:
    older, newer = (str(one.target.claim_id) for one in (ana.owing.older, ana.owing.newer))
    unbilled = str(ana.owing.unbilled.target.claim_id)
    plan_id = ana.begin(how="4", visit=[older, newer])
    path = f"/plans/{plan_id}/add"
    assert format_usd(3_000) in words(ana.get(path))
    wish = {"visit": [unbilled], "how": "longer"}
    box = ana.send(path, step="check", **wish)
    assert "Federal disclosures" in words(box)
    unread = ana.send(path, step="go", agreed="y", schedule="x", seen="x", **wish)
    assert "Federal disclosures" in words(unread)
    check = ana.send(path, step="disclosed", **wish)
    assert "They take the place of those you agreed to before." in words(check)
    assert ana.standing(plan_id).left_cents == 10_000
    yes = {"step": "go", "schedule": hidden(check, "schedule"), "seen": hidden(check, "seen")}
    assert ana.send(path, agreed="y", **yes, **wish).location.endswith("/changed")
    standing = ana.standing(plan_id)
    assert standing.left_cents == 13_000
    assert [due.cents for due in standing.dues] == [2_600] * 5
    first, second = ana.consents(plan_id)
    assert first.disclosure is None
    assert second.disclosure is not None
    assert second.disclosure["total_of_payments_cents"] == 13_000
    assert second.schedule_hash == ana.versions(plan_id)[1].schedule_hash
    assert ana.versions(plan_id)[1].consent_id == second.consent_id
    assert ana.get(path).status == 200
    assert "nothing else is open" in words(ana.get(path))

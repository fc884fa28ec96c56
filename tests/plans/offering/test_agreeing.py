"""From what is open to an agreement: every offer in full, nothing counts before the yes."""

import pytest

from portal.db import Principal, new_id
from portal.domain.plans.policy import Autopay, PlanPolicy, Tier
from portal.plans.rules.service import set_rules
from tests.payments.keeping import Keeper
from tests.payments.test_receipts import text_of
from tests.plans.at_the_browser import PlanBrowser, hidden, plan_browser, words
from tests.statements.papers.pdf_reading import smallest_print


@pytest.fixture
def ana(keeper: Keeper) -> PlanBrowser:
    return plan_browser(keeper)


def test_every_offer_is_shown_with_all_its_days_and_amounts(ana: PlanBrowser) -> None:
    seen = words(ana.get("/plans/new"))
    assert "How do you want to spread $130.00 ?" in seen
    for offer in ("2 payments", "3 payments", "4 payments", "5 payments"):
        assert offer in seen
    assert "6 payments" not in seen
    assert seen.count("$26.00") == 6 + 1
    assert "I can’t afford this" in seen


def test_a_plan_by_hand_from_choosing_to_its_page(ana: PlanBrowser) -> None:
    plan_id = ana.choose(how="4")
    how = ana.get(f"/plans/{plan_id}/how")
    assert "By hand, each time" in how.text
    assert ana.send(f"/plans/{plan_id}/how", how="by_hand").location.endswith("/agree")
    seen = words(ana.get(f"/plans/{plan_id}/agree"))
    assert "4 payments, every month. $130.00 in all, and not a cent more." in seen
    assert seen.count("$32.50") == 4
    assert ana.standing_plans() == []
    assert ana.agree(plan_id).location.endswith(f"/plans/{plan_id}/begun")
    assert ana.plan(plan_id).state == "active"
    (standing,) = ana.standing_plans()
    assert standing.left_cents == 13_000
    (consent,) = ana.consents(plan_id)
    assert consent.schedule_hash == ana.versions(plan_id)[0].schedule_hash
    assert consent.disclosure is None
    assert any("Nothing is charged by itself." in text for text in consent.sentences)
    assert ana.mails() == ["plan_agreed"]
    assert "Your payment plan is set up" in words(ana.get(f"/plans/{plan_id}/begun"))
    page = words(ana.get(f"/plans/{plan_id}"))
    assert "Next payment" in page
    assert "To come" in page
    assert f"Plan {standing.number}" in words(ana.get("/plans"))


def test_an_unticked_box_begins_nothing(ana: PlanBrowser) -> None:
    plan_id = ana.choose(how="2")
    ana.send(f"/plans/{plan_id}/how", how="by_hand")
    seen = ana.get(f"/plans/{plan_id}/agree")
    refused = ana.send(f"/plans/{plan_id}/agree", seen=hidden(seen, "seen"))
    assert refused.status == 422
    assert "Tick the box if you agree." in refused.text
    assert ana.standing_plans() == []


def test_more_than_four_payments_are_disclosed_before_they_are_agreed_to(
    ana: PlanBrowser,
) -> None:
    plan_id = ana.choose(how="5")
    ana.send(f"/plans/{plan_id}/how", how="by_hand")
    assert ana.get(f"/plans/{plan_id}/agree").location.endswith("/disclosure")
    box = words(ana.get(f"/plans/{plan_id}/disclosure"))
    for figure in ("0.00 %", "$0.00", "$130.00", "$26.00", "Riverbend Family Health"):
        assert figure in box
    paper = text_of(ana.browser.client.get(f"/plans/{plan_id}/disclosure.pdf").data)
    assert "Finance charge" in paper
    assert "Total of payments" in paper
    ana.send(f"/plans/{plan_id}/disclosure", agreed="y", seen="x")
    assert ana.agree(plan_id).status == 303
    (consent,) = ana.consents(plan_id)
    assert consent.disclosure is not None
    assert consent.disclosure["amount_financed_cents"] == 13_000
    assert [one.split(" ")[0] for one in ana.events(plan_id)] == [
        "pending_consent",
        "pending_consent",
        "active",
    ]


def test_a_box_ticked_beside_other_words_is_asked_for_again(ana: PlanBrowser) -> None:
    plan_id = ana.choose(how="2")
    ana.send(f"/plans/{plan_id}/how", how="by_hand")
    again = ana.send(f"/plans/{plan_id}/agree", agreed="y", seen="of other words")
    assert again.location.endswith(f"/plans/{plan_id}/agree")
    assert ana.standing_plans() == []


def test_what_is_no_longer_owed_so_is_chosen_again(ana: PlanBrowser) -> None:
    plan_id = ana.choose(how="2")
    ana.send(f"/plans/{plan_id}/how", how="by_hand")
    page = ana.get(f"/plans/{plan_id}/agree")
    ana.keeper.payer.pay(1_000)
    assert "This plan has to be chosen again" in words(ana.get(f"/plans/{plan_id}/agree"))
    lapsed = ana.send(f"/plans/{plan_id}/agree", agreed="y", seen=hidden(page, "seen"))
    assert lapsed.location.endswith("/plans/new")
    assert ana.standing_plans() == []


@pytest.mark.parametrize(
    "stricter",
    [
        PlanPolicy(
            min_balance_cents=150_00,
            tiers=(Tier(from_cents=150_00, up_to_cents=20_000_00, most_installments=6),),
        ),
        PlanPolicy(autopay=Autopay.REQUIRED),
    ],
    ids=["larger balances only", "by itself only"],
)
def test_an_offer_is_judged_again_by_the_rules_of_the_day_it_is_agreed_to(
    ana: PlanBrowser, stricter: PlanPolicy
) -> None:
    plan_id = ana.choose(how="2")
    ana.send(f"/plans/{plan_id}/how", how="by_hand")
    page = ana.get(f"/plans/{plan_id}/agree")
    payer = ana.keeper.payer
    manager = Principal.staff(ana.owing.practice_id, staff_id=new_id(), role="manager")
    set_rules(
        payer.database,
        manager,
        stricter,
        in_force_on=ana.keeper.today,
        reason="as decided",
        made_by="a manager",
        newest_seen=0,
        now=payer.now,
        request_id="test",
    )
    lapsed = ana.send(f"/plans/{plan_id}/agree", agreed="y", seen=hidden(page, "seen"))
    assert lapsed.location.endswith("/plans/new")
    assert ana.standing_plans() == []


def test_another_rhythm_other_visits_and_refusals_in_words(ana: PlanBrowser) -> None:
    older, newer = (str(one.target.claim_id) for one in (ana.owing.older, ana.owing.newer))
    weekly = ana.send("/plans/new", visit=[older, newer], frequency="weekly", show="y")
    seen = words(weekly)
    assert "How do you want to spread $100.00 ?" in seen
    assert "Every week." in seen
    little = ana.send("/plans/new", how="amount", amount="10", visit=[older, newer])
    assert little.status == 422
    assert "Each payment is $25.00 or more." in little.text
    many = ana.send("/plans/new", how="12", visit=[older, newer])
    assert "At most 4 payments, of about $25.00 each." in many.text
    small = words(ana.send("/plans/new", visit=[newer], show="y"))
    assert "A plan is for $75.00 or more." in small
    none = ana.send("/plans/new", how="2")
    assert "Choose at least one visit" in none.text


def test_the_paper_has_every_day_amount_and_sentence_in_the_language_agreed_to(
    ana: PlanBrowser,
) -> None:
    ana.browser.send("/plans/new", {"language": "es", "page": "/plans/new"}, to="/language")
    plan_id = ana.begin(how="4")
    ana.browser.send("/plans", {"language": "en", "page": "/plans"}, to="/language")
    paper = text_of(ana.browser.client.get(f"/plans/{plan_id}/agreement-1.pdf").data)
    (consent,) = ana.consents(plan_id)
    assert consent.language == "es"
    large = ana.browser.client.get(f"/plans/{plan_id}/agreement-1.pdf?size=large").data
    assert smallest_print(large) >= 18
    flat = " ".join(paper.split())
    for sentence in consent.sentences:
        assert " ".join(sentence.split())[:60] in flat
    assert flat.count("$32.50") >= 4 * 3
    assert "Lo que vale es el texto en inglés" in flat
    assert "If your insurance pays more later, your plan gets smaller" in flat
    assert "su acuerdo" in flat


def test_what_was_given_up_before_it_began_is_no_plan(ana: PlanBrowser) -> None:
    first, second = ana.choose(how="2"), ana.choose(how="3")
    assert ana.plan(first).state == "void"
    assert ana.get(f"/plans/{first}").location == "/plans"
    assert f"/plans/{second}" in ana.get("/plans").text
    ana.browser.send(f"/plans/{second}/how", {}, to=f"/plans/{second}/give-up")
    assert ana.plan(second).state == "void"
    assert "You have no payment plan." in words(ana.get("/plans"))

"""A manager makes a plan with somebody, looks at every way to change it, and asks another."""

from datetime import date, timedelta

from playwright.sync_api import Page, expect

from tests.browser.walk import Walk


def among_staff_plans(walk: Walk) -> None:
    """From the account to a spoken yes, over every change, to its end."""
    page, look = walk.window(), walk.looker.look
    walk.sign_in(page, "manager")
    page.goto(f"{walk.live.address}/desk")
    walk.search(page, walk.household.account_number)
    page.locator("main table a").first.click()
    page.locator("main a[href$='/plans']").click()
    expect(page.locator("#plans")).to_be_visible()
    look(page, "plans of a person, for staff")
    page.locator("main a.button[href$='/plans/new']").click()
    page.wait_for_url("**/plans/new")
    look(page, "offers, for staff")
    begin(walk, page)
    plan = page.url
    look_at_every_change(walk, page, plan)
    ask(walk, page, plan)
    end(page, plan)


def begin(walk: Walk, page: Page) -> None:
    look = walk.looker.look
    page.locator("input[name=how]").first.check()
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url("**/how")
    look(page, "how a plan is paid, for staff")
    page.locator("input[name=how][value=by_hand]").check()
    page.locator("main form button[type=submit]").click()
    page.wait_for_url("**/consent")
    look(page, "a plan to read out")
    spoken = page.locator("form").filter(has=page.locator("#read"))
    spoken.locator("button").click()
    expect(page.locator(".errors")).to_be_visible()
    look(page, "a plan, half read out")
    spoken = page.locator("form").filter(has=page.locator("#read"))
    for box in spoken.locator("input[name=read]").all():
        box.check()
    spoken.locator("input[name=who]").fill("The person")
    spoken.locator("input[name=known_by]").fill("date of birth")
    spoken.locator("button").click()
    expect(page.locator("#payments")).to_be_visible()
    look(page, "a plan, for staff")


def look_at_every_change(walk: Walk, page: Page, plan: str) -> None:
    path = plan.removeprefix(walk.live.address)
    for name in ("terms", "pause", "settle", "cancel"):
        walk.at(page, f"{path}/{name}", f"{name} of a plan, for staff")
    page.goto(f"{plan}/pause")
    page.locator("input[name=hold][value=hardship]").check()
    page.locator("#until").fill((date.today() + timedelta(days=30)).isoformat())  # noqa: DTZ011
    page.locator("#why").fill("Out of work")
    page.locator("main form button").click()
    expect(page.locator("dl.facts")).to_be_visible()
    walk.looker.look(page, "a pause, to check")
    page.locator("main form button").click()
    expect(page.locator("#payments")).to_be_visible()
    walk.at(page, f"{path}/go-on", "a pause to end, for staff")
    page.locator("#why").fill("Back at work")
    page.locator("main form button").click()
    expect(page.locator("#payments")).to_be_visible()


def ask(walk: Walk, page: Page, plan: str) -> None:
    page.goto(f"{plan}/settle")
    page.locator("#amount").fill("1.00")
    page.locator("input[name=has_need]").check()
    page.locator("#why").fill("Papers of July")
    page.locator("main form button").click()
    expect(page.locator("input[name=step]")).to_be_attached()
    walk.looker.look(page, "a settlement, to check")
    page.locator("main form button").click()
    expect(page.locator("#payments")).to_be_visible()
    walk.at(page, "/plan-requests", "what waits for a manager")
    page.locator("main table a[href*='/plan-requests/']").first.click()
    page.wait_for_url("**/plan-requests/*")
    walk.looker.look(page, "a request of one's own")


def end(page: Page, plan: str) -> None:
    page.goto(f"{plan}/cancel")
    page.locator("#why").fill("They asked for it")
    page.locator("main form button").click()
    expect(page.locator("#payments")).to_be_visible()

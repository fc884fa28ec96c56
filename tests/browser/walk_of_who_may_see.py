"""Who may see what visits were for: the patient's page, the desk's, and that of a claim."""

from playwright.sync_api import expect

from tests.browser.people import Patient
from tests.browser.walk import Walk


def who_may_see(walk: Walk, patient: Patient) -> None:
    """As whoever pays; ends where it began."""
    began = patient.page.url
    walk.at(patient.page, "/who-may-see", "whose visits one sees")
    patient.page.goto(began)


def staff_say_who_may_see(walk: Walk) -> None:
    """A manager reaches both of staff's pages: a person's and a claim's."""
    page, look = walk.window(), walk.looker.look
    walk.sign_in(page, "manager")
    walk.search(page, "A-20411")
    page.locator("main table a").first.click()
    page.locator("main a[href$='/who-may-see']").click()
    page.wait_for_url("**/who-may-see")
    look(page, "who may see the visits")
    page.locator("details:has(form[action$='/reached-at'])").first.evaluate(
        "one => { one.open = true }"  # whoever looks has opened it already
    )
    with page.expect_navigation():
        page.locator("form[action$='/reached-at'] button").first.click()
    expect(page.locator(".errors")).to_be_visible()
    look(page, "who may see the visits, an address without a note")
    page.goto(f"{walk.live.address}/insurance/holds")
    page.locator("main table a[href*='/claims/']").first.click()
    page.locator("main a[href$='/privacy']").click()
    page.wait_for_url("**/privacy")
    look(page, "who may see one visit")
    with page.expect_navigation():
        page.locator("main form button[type=submit]").last.click()
    expect(page.locator(".errors")).to_be_visible()
    look(page, "who may see one visit, without a reason")

"""What was paid, page by page: by somebody else with a code, on receipts, in a list, in a year."""

from playwright.sync_api import Page, expect

from tests.browser.people import Patient
from tests.browser.walk import Walk

_GOOD_CARD = "4242 4242 4242 4242"
_SUBMIT = "main form button[type=submit]"


def somebody_else_pays(walk: Walk, patient: Patient) -> None:
    """With the code that the patient's statement shows; the patient stays where they are."""
    place = patient.page.locator("dd:has(a[href^='/pay/'])")
    code = place.locator("code").inner_text()
    address = place.locator("a").get_attribute("href")
    guest, look = walk.window(), walk.looker.look
    walk.at(guest, str(address), "guest")
    guest.locator(_SUBMIT).click()
    expect(guest.locator(".errors")).to_be_visible()
    look(guest, "guest, nothing typed")
    _types(guest, "0000000000", "2")
    expect(guest.locator(".errors")).to_be_visible()
    look(guest, "guest, a wrong code")
    _types(guest, code, "2")
    guest.wait_for_url("**/c/pay/**")
    guest.locator("main a").first.click()
    guest.wait_for_url("**/pay/*/receipt/**")
    look(guest, "guest, nothing was paid")
    guest.locator("main a.button").click()
    guest.wait_for_url("**/pay/*")
    _types(guest, code, "2")
    guest.wait_for_url("**/c/pay/**")
    Patient(guest, patient.inbox).types_card(_GOOD_CARD)
    guest.wait_for_url("**/pay/*/receipt/**")
    expect(guest.locator("h1 data")).to_have_text("$2.00")
    look(guest, "guest's receipt")


def among_receipts(walk: Walk, patient: Patient) -> None:
    """From a receipt to all payments of the account, and to a year of them."""
    page, look = patient.page, walk.looker.look
    _is_a_paper(page, f"{page.url}.pdf")
    page.locator("main .links a[href='/payments']").click()
    page.wait_for_url("**/payments")
    look(page, "payments")
    page.locator("main a[href*='kind=refunded']").click()
    page.wait_for_url("**/payments?*")
    look(page, "payments, none that fits")
    page.locator("main a[href^='/payments/year/']").first.click()
    page.wait_for_url("**/payments/year/*")
    look(page, "a year")
    _is_a_paper(page, f"{page.url}.pdf")
    assert page.request.get(f"{page.url}.csv").headers["content-type"].startswith("text/csv")


def _types(page: Page, code: str, dollars: str) -> None:
    page.locator("#code").fill(code)
    page.locator("#amount").fill(dollars)
    page.locator(_SUBMIT).click()


def _is_a_paper(page: Page, address: str) -> None:
    answer = page.request.get(address)
    assert answer.body().startswith(b"%PDF-"), answer.status

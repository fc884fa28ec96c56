"""Papers and letters: how they come to a patient, a run of letters from start to the last word."""

from playwright.sync_api import expect

from tests.browser.live_portal import until
from tests.browser.people import Patient
from tests.browser.walk import Walk

_SUBMIT = "main form button[type=submit]"


def among_papers(walk: Walk, patient: Patient) -> None:
    """A demonstration that is not finished, large print, paper; ends where it began."""
    page, look = patient.page, walk.looker.look
    began = page.url
    walk.at(page, "/delivery", "paper or electronic")
    page.locator("form[action='/delivery/reading'] button").click()
    expect(page.locator("#format-error")).to_be_visible()
    look(page, "paper or electronic, nothing chosen")
    page.locator("main a[href='/delivery/consent']").click()
    page.wait_for_url("**/delivery/consent")
    look(page, "consent")
    sample = page.context.new_page()
    sample.goto(f"{walk.live.address}/delivery/sample")
    look(sample, "sample")
    sample.close()
    assert page.request.get(f"{walk.live.address}/delivery/sample.pdf").body()[:5] == b"%PDF-"
    page.locator(_SUBMIT).last.click()
    expect(page.locator("#page_word-error")).to_be_visible()
    look(page, "consent, words not found")
    walk.at(page, "/delivery", "paper or electronic")
    page.locator("form[action='/delivery/paper'] button").click()
    expect(page.locator("form[action='/delivery/paper']")).to_have_count(0)
    look(page, "paper chosen")
    page.goto(began)


def among_letters(walk: Walk) -> None:
    """As a manager: what is due, a run, the mailing house's word."""
    page, look = walk.window(), walk.looker.look
    walk.sign_in(page, "manager")
    walk.at(page, "/letters", "letters due")
    page.locator("form[action='/letters'] button").click()
    page.wait_for_url("**/letters/*")
    look(page, "a run of letters")
    run = page.url

    def is_over() -> bool:
        page.goto(run)
        return page.locator("main .progress").count() == 0

    until(is_over, what="the letters")
    look(page, "a run of letters that is over")
    walk.at(page, "/letters", "letters, a run")

"""Help, as somebody finds it who needs it; and the inbox, as staff answer it."""

import io
import re

from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.people import Patient
from tests.browser.walk import Walk

_SEND = "main form[action$='/check'] button[type=submit]"


def among_help(walk: Walk, patient: Patient) -> None:
    """A question that is sent, a card that is not, an application that is taken back."""
    page, began = patient.page, patient.page.url
    walk.at(page, "/help", "help")
    page.locator("main a[href*='/help/question']").click()
    page.wait_for_url("**/help/question*")
    walk.looker.look(page, "a question")
    with page.expect_navigation():
        page.locator("main form button[type=submit]").click()
    expect(page.locator(".errors")).to_be_visible()
    walk.looker.look(page, "a question, nothing typed")
    page.locator("textarea").fill("What is a copay?")
    _next(page, "**/check")
    walk.looker.look(page, "a question, to check")
    _send(page)
    walk.looker.look(page, "a case")
    page.locator("textarea").fill("And a deductible?")
    with page.expect_navigation():
        page.locator("main form[action$='/reply'] button").click()
    _a_card(walk, page)
    walk.at(page, "/help/cases", "all cases")
    walk.at(page, "/help/cannot_afford", "cannot afford it")
    _apply(walk, page)
    page.goto(began)


def _a_card(walk: Walk, page: Page) -> None:
    """Kept as a draft: nothing of the household is paused by it."""
    walk.at(page, "/help/wrong_insurance", "another insurance")
    page.locator("input[name=visits]").first.check()
    page.locator("#payer_name").fill("Green Valley")
    page.locator("#member_identifier").fill("GV 1")
    _next(page, "**/files")
    walk.looker.look(page, "a card, no picture yet")
    page.locator("input[type=file]").set_input_files(
        {"name": "card.png", "mimeType": "image/png", "buffer": _picture()}
    )
    with page.expect_navigation():
        page.locator("main form[enctype] button").click()
    walk.looker.look(page, "a card, with its picture")
    draft = page.url.removesuffix("/files")
    walk.looker.look(_at(page, f"{draft}/change"), "a card, changed")
    walk.looker.look(_at(page, f"{draft}/check"), "a card, to check")
    _at(page, f"{draft}/files")
    with page.expect_navigation():
        page.locator("main form[action$='/remove'] button").click()


def _apply(walk: Walk, page: Page) -> None:
    walk.at(page, "/help/assistance", "help with paying")
    _household(page)
    with page.expect_navigation():
        page.locator("main form button[type=submit]").click()
    walk.looker.look(page, "help with paying, what may come of it")
    walk.at(page, "/help/assistance/apply", "an application")
    _household(page)
    _next(page, "**/files")
    draft = page.url.removesuffix("/files")
    walk.looker.look(_at(page, f"{draft}/application"), "an application, changed")
    walk.looker.look(_at(page, f"{draft}/application/check"), "an application, to check")
    page.locator("#agreed").check()
    _send(page)
    page.locator("main a[href$='/application']").click()
    page.wait_for_url("**/application")
    walk.looker.look(page, "an application that was sent")
    with page.expect_navigation():
        page.locator("form[action$='/withdraw'] button").click()


def staff_answer(walk: Walk) -> None:
    """A manager finds the question and the application, and reads the rules."""
    page, look = walk.window(), walk.looker.look
    walk.sign_in(page, "manager")
    walk.at(page, "/cases", "inbox")
    page.locator("main table a").first.click()
    page.wait_for_url(re.compile("/cases/[0-9a-f-]{36}$"))
    look(page, "a case, for staff")
    page.locator("#note").fill("Called.")
    with page.expect_navigation():
        page.locator("form[action$='/note'] button").click()
    page.locator("textarea[name=words]").first.fill("A part you pay at each visit.")
    with page.expect_navigation():
        page.locator("button[name=act][value=answer]").click()
    look(page, "a case, answered")
    walk.at(page, "/cases?show=closed&kind=assistance", "inbox, closed applications")
    page.locator("main table a").first.click()
    page.wait_for_url(re.compile("/cases/[0-9a-f-]{36}$"))
    page.locator("main a[href$='/assistance']").click()
    page.wait_for_url("**/assistance")
    look(page, "an application, for staff")
    walk.at(page, "/cases/assistance-rules", "rules for help with paying")
    with page.expect_navigation():
        page.locator("main form button[type=submit]").last.click()
    page.goto(f"{walk.live.address}/desk")
    walk.search(page, walk.household.account_number)
    page.locator("main table a").first.click()
    page.locator("main a[href^='/cases/people/']").click()
    page.wait_for_url("**/new")
    look(page, "a case for a caller")


def _household(page: Page) -> None:
    page.locator("#people").fill("2")
    page.locator("#income").fill("1,500")
    page.locator("input[name=period]").first.check()


def _next(page: Page, address: str) -> None:
    page.locator("main form button[type=submit]").last.click()
    page.wait_for_url(address)


def _send(page: Page) -> None:
    page.locator(_SEND).click()
    page.wait_for_url("**/help/cases/*")


def _at(page: Page, address: str) -> Page:
    page.goto(address)
    return page


def _picture() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (60, 40)).save(made, "PNG")
    return made.getvalue()

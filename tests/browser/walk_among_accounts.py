"""Every page of whoever makes an account, signs in, lets somebody in and changes how."""

import re

import pyotp
from playwright.sync_api import Page

from tests.browser.live_portal import DEMO, until
from tests.browser.people import Patient
from tests.browser.walk import Walk

PASSWORD = "seven quiet lamps at noon"
_INVITED = "luis@example.com"


def among_accounts(walk: Walk, link: str) -> None:
    """In a window of its own, from the link on."""
    page = walk.window()
    page.goto(link)
    born_on = walk.household.guarantor.born_on
    parts = (str(born_on.month), str(born_on.day), str(born_on.year))
    Patient(page, walk.live.inbox).proves_who_she_is(*parts)
    page.wait_for_url("**/statements/*")
    make_account(walk, page)
    what_is_theirs(walk, page)
    turn_app_on(walk, page)
    let_somebody_in(walk, page)
    at_the_doors(walk)
    page.context.close()


def make_account(walk: Walk, page: Page) -> None:
    walk.at(page, "/account/new", "make an account")
    submit(page)
    page.wait_for_url("**/account/new/code")
    walk.looker.look(page, "code from the mail")
    submit(page)
    walk.looker.look(page, "code from the mail, nothing typed")
    page.locator("#code").fill(mailed(walk, walk.household.email or "", r"\b\d{8}\b"))
    submit(page)
    page.wait_for_url("**/account/new/ways")
    walk.looker.look(page, "how to sign in")
    page.locator("#password").fill("short")
    submit(page)
    walk.looker.look(page, "how to sign in, a short password")
    page.locator("#password").fill(PASSWORD)
    with page.expect_navigation():
        submit(page)


def what_is_theirs(walk: Walk, page: Page) -> None:
    for path in ("security", "devices", "people", "choose", "contact", "confirm"):
        walk.at(page, f"/account/{path}", f"account, {path}")
    page.goto(f"{walk.live.address}/account/contact")
    page.locator("#email").fill("new.address@example.com")
    page.locator("form[action$='/contact/email'] button").click()
    page.wait_for_url("**/account/contact/code")
    walk.looker.look(page, "contact, code")


def turn_app_on(walk: Walk, page: Page) -> None:
    walk.at(page, "/account/app", "authenticator app")
    app = pyotp.TOTP("".join(page.locator("main code").inner_text().split()))
    page.locator("#code").fill(app.now())
    submit(page)
    page.locator("ol code").first.wait_for()
    walk.looker.look(page, "recovery codes")


def let_somebody_in(walk: Walk, page: Page) -> None:
    page.goto(f"{walk.live.address}/account/people")
    page.locator("#email").fill(_INVITED)
    page.locator("input[value=pay_only]").check()
    page.locator("main form button").last.click()
    page.get_by_text(_INVITED).first.wait_for()
    walk.looker.look(page, "people, somebody invited")
    other = walk.window()
    other.goto(mailed(walk, _INVITED, r'http[^"\s<]+/invited/[^"\s<]+'))
    walk.looker.look(other, "invitation")
    other.context.close()


def at_the_doors(walk: Walk) -> None:
    page, email = walk.window(), walk.household.email or ""
    walk.at(page, "/sign-in", "sign in")
    submit(page)
    walk.looker.look(page, "sign in, nothing typed")
    walk.at(page, "/sign-in/riverbend/forgot", "forgot the password")
    page.locator("#email").fill(email)
    submit(page)
    walk.looker.look(page, "forgot the password, asked")
    page.goto(mailed(walk, email, r'http[^"\s<]+/reset/[^"\s<]+'))
    walk.looker.look(page, "a new password")
    page.goto(f"{walk.live.address}/sign-in/riverbend")
    page.locator("#email").fill(email)
    page.locator("#password").fill(PASSWORD)
    submit(page)
    page.wait_for_url("**/code")
    walk.looker.look(page, "sign in, code")
    page.context.close()


def submit(page: Page) -> None:
    page.locator("main form:visible button[type=submit]").last.click()


def mailed(walk: Walk, address: str, pattern: str) -> str:
    """What fits in the newest mail to somebody: in the demo's mailbox, or at the SMTP server."""
    if walk.live.programs is not DEMO:
        return until(lambda: received(walk, address, pattern), what="the mail")
    page = walk.browser.new_context().new_page()

    def found() -> str:
        page.goto(f"{walk.live.address}/demo/mailbox")
        letters = page.get_by_role("link").filter(has_text=address)
        if letters.count() == 0:
            return ""
        letters.first.click()
        match = re.search(pattern, page.locator("main").inner_html())
        return match.group() if match else ""

    text = until(found, what="the mail")
    page.context.close()
    return text


def received(walk: Walk, address: str, pattern: str) -> str:
    """The same where the SMTP server has it already; else nothing."""
    for mail in reversed(walk.live.inbox.mails):
        body = mail.get_body(("plain",))
        if body is None or mail["To"] != address:
            continue
        if match := re.search(pattern, body.get_content()):
            return match.group()
    return ""

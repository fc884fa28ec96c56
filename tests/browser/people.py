"""What people do on the pages, in their words: the desk, and the patient."""

import re
from dataclasses import dataclass

from playwright.sync_api import Page, expect

from tests.browser.live_portal import Inbox, until
from tests.browser.practice import DESK_EMAIL, FilledPractice


@dataclass(frozen=True, slots=True)
class FrontDesk:
    """Somebody at the front desk with a browser."""

    page: Page
    address: str
    practice: FilledPractice

    def signs_in(self) -> None:
        self.page.goto(f"{self.address}/staff/sign-in")
        self.page.get_by_label("E-mail").fill(DESK_EMAIL)
        self.page.get_by_label("Password").fill(self.practice.desk.password)
        self.page.locator("main button[type=submit]").click()
        self.page.get_by_label(re.compile("[Cc]ode")).fill(self.practice.code())
        self.page.locator("main button[type=submit]").click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text("Find a person")

    def finds(self, term: str) -> None:
        self.page.locator("main input[name=term]").fill(term)
        self.page.locator("main").get_by_role("button", name="Search").click()
        self.page.get_by_role("link", name="Ana Reyes").click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text("Ana Reyes")

    def sends_the_statement_link(self) -> None:
        self.page.get_by_role("button", name=re.compile("E-mail|Send")).first.click()
        expect(self.page.locator("main").get_by_role("status")).to_be_visible()


@dataclass(frozen=True, slots=True)
class Patient:
    """Ana with her phone."""

    page: Page
    inbox: Inbox

    def opens_the_mailed_link(self) -> str:
        mail = until(lambda: self.inbox.mails[-1:], what="the mail")[0]
        body = mail.get_body(("plain",))
        assert body is not None
        found = re.search(r"https?://\S+/s/\S+", body.get_content())
        assert found is not None
        self.page.goto(found.group())
        return found.group()

    def proves_who_she_is(self, month: str = "4", day: str = "27", year: str = "1985") -> None:
        boxes = self.page.locator("main .dates input")
        for index, value in enumerate((month, day, year)):
            boxes.nth(index).fill(value)
        self.page.locator("main button[type=submit]").click()

    def chooses_to_pay(self, amount: str = "") -> None:
        self.page.locator(".actions a[href$='/pay']").click()
        if amount:
            self.page.locator("input[value=part]").check()
            self.page.locator("#amount").fill(amount)
        else:
            self.page.locator("input[value=all]").check()
        self.page.locator("main button[type=submit]").click()

    def confirms(self) -> None:
        self.page.locator("main form button[type=submit]").last.click()
        self.page.wait_for_url("**/c/pay/**")

    def types_card(self, number: str, *, wait: bool = True) -> None:
        """``wait=False``: the page that follows will not come."""
        self.page.locator("#number").fill(number)
        self.page.locator("#expiry").fill("12 / 34")
        self.page.locator("#cvc").fill("123")
        self.page.locator("#name").fill("Ana Reyes")
        pay = self.page.locator("main form button[type=submit]")
        pay.click(no_wait_after=not wait)

"""Somebody who goes from page to page and looks at each."""

from dataclasses import dataclass, field

from playwright.sync_api import Browser, Cookie, Page, expect

from portal.demo.people import DemoHousehold
from tests.browser.demo_practice import DemoPractice, type_code, type_password
from tests.browser.live_portal import LivePortal, until
from tests.browser.looking import Looker


@dataclass(slots=True)
class Walk:
    """Somebody at the desk, and the person they send a link to."""

    browser: Browser
    live: LivePortal
    practice: DemoPractice
    household: DemoHousehold
    looker: Looker = field(init=False)
    _signed_in: dict[str, list[Cookie]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.looker = Looker(self.household.language)

    def window(self) -> Page:
        language = self.household.language
        context = self.browser.new_context(locale=f"{language}-US", reduced_motion="reduce")
        self.looker.watch(context)
        return context.new_page()

    def at(self, page: Page, path: str, name: str) -> None:
        page.goto(self.live.address + path)
        self.looker.look(page, name)

    def sign_in(self, page: Page, role: str, *, look: bool = False) -> None:
        """Once a role: later windows go on with the same session, as tabs of a browser do."""
        if role in self._signed_in:
            self._go_on(page, role)
            return
        member = self.practice.staff[role]
        if look:
            self.at(page, "/staff/sign-in", "staff sign-in")
            page.locator("main button[type=submit]").click()
            self.looker.look(page, "staff sign-in, nothing typed")
        type_password(page, self.live.address, member)
        if look:
            self.looker.look(page, "code")
            page.locator("#code").fill("000000")
            page.locator("main button[type=submit]").click()
            expect(page.locator(".errors")).to_be_visible()
            self.looker.look(page, "code, a wrong one")
        type_code(page, member)
        self._signed_in[role] = page.context.cookies()

    def _go_on(self, page: Page, role: str) -> None:
        page.context.add_cookies(
            [
                {"name": one["name"], "value": one["value"], "url": self.live.address}
                for one in self._signed_in[role]
            ]
        )
        page.goto(f"{self.live.address}/desk")

    def search(self, page: Page, term: str) -> None:
        page.locator("main input[name=term]").fill(term)
        page.locator("main form[role=search] button").click()
        expect(page.locator("#found")).to_be_visible()

    def newest_mail(self, page: Page) -> str:
        """The link in it; the mailbox is looked at on the way."""
        address = self.household.email or ""
        until(lambda: self._mailbox_has(page, address), what="the mail")
        self.looker.look(page, "mailbox")
        page.get_by_role("link").filter(has_text=address).first.click()
        self.looker.look(page, "mail")
        return str(page.locator("main a[href*='/s/']").get_attribute("href"))

    def _mailbox_has(self, page: Page, address: str) -> bool:
        page.goto(f"{self.live.address}/demo/mailbox")
        return page.get_by_role("link").filter(has_text=address).count() > 0

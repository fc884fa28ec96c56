"""What posters do on the insurance pages, whatever their language, and the files they send."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from playwright.sync_api import FilePayload, Page, expect

from portal.demo.people import BLUE_HORIZON, RIVERBEND, DemoHousehold
from portal.demo.remittance_writer import Cut, DemoClaim, DemoLine, write_remittance
from tests.browser.live_portal import until

PRICES = (
    "payer,procedure_code,effective_from,amount\n"
    f"{BLUE_HORIZON.identifier},99213,2020-01-01,120.00\n"
    f"{BLUE_HORIZON.identifier},73110,2020-01-01,84.00\n"
)
_SOMEBODY_ELSE = "1234567893"  # a payee (NPI)


@dataclass(frozen=True, slots=True)
class Poster:
    """Somebody who may post, signed in."""

    page: Page
    address: str

    def goes_to(self, path: str) -> None:
        self.page.goto(f"{self.address}/insurance{path}")

    def chooses_a_file(self, content: str, *, name: str) -> None:
        """On any page that takes one."""
        file = FilePayload(name=name, mimeType="text/plain", buffer=content.encode())
        self.page.locator("#file").set_input_files(file)
        self.page.locator("form[enctype] button").click()

    def uploads(self, content: str, *, name: str) -> None:
        """As far as what is in it."""
        self.goes_to("/upload")
        self.chooses_a_file(content, name=name)
        self.page.wait_for_url("**/insurance/uploads/*")

    def imports_it(self) -> None:
        """Until the worker is done."""
        with self.page.expect_navigation():  # else the first reload may meet it half way
            self.page.locator("form[action$='/import'] button").click()
        done = self.page.locator("main section a[href$='/insurance']")
        until(lambda: self.page.reload() and done.count(), what="the import")

    def leaves_it(self) -> None:
        self.page.locator("form[action$='/drop'] button").click()
        expect(self.page.locator("main").get_by_role("status")).to_be_visible()

    def resolves(self, name: str, *, act: str) -> None:
        """Something that is not posted, by the name that its list gives it."""
        self.goes_to("/quarantine")
        self.page.get_by_role("link", name=name).first.click()
        form = self.page.locator("form").filter(has=self.page.locator(f"input[value={act}]"))
        form.locator("input[name=reason]").fill("the plan said so on the phone")
        form.locator("button").click()
        expect(self.page.locator("main").get_by_role("status")).to_be_visible()

    def loads_prices(self) -> None:
        self.goes_to("/fees")
        self.chooses_a_file(PRICES, name="prices.csv")
        expect(self.page.locator("main").get_by_role("status")).to_be_visible()

    def downloads(self, name: str) -> None:
        """For a spreadsheet, what the page is about."""
        with self.page.expect_download():
            self.page.locator(f"main a[href*='/{name}']").click()

    def reads_what_is_awaited(self) -> tuple[str, str]:
        """Number and dollars of the oldest payment that is not at the bank yet."""
        self.goes_to("/deposits/new")
        number, _, dollars = self.page.locator("main tbody tr td").all_inner_texts()[:3]
        return number, re.sub("[^0-9.]", "", dollars)

    def records_a_deposit(self, dollars: str, *, number: str) -> None:
        """Of the oldest payment."""
        self.goes_to("/deposits/new")
        self.page.locator("#deposited_on").fill(yesterday())
        self.page.locator("#amount").fill(dollars)
        self.page.locator("#reference").fill(number)
        self.page.locator("main tbody input[type=checkbox]").first.check()
        self.page.locator("main form button[type=submit]").click()

    def undoes_the_match(self) -> None:
        self.page.locator("form[action$='/undo'] #reason").fill("another bank account")
        self.page.locator("form[action$='/undo'] button").click()
        expect(self.page.locator("form[action$='/aside']")).to_be_visible()

    def sets_it_aside(self) -> None:
        self.page.locator("#aside").fill("it came twice")
        self.page.locator("form[action$='/aside'] button").click()
        expect(self.page.locator("main").get_by_role("status")).to_be_visible()

    def reads_the_banks_file(self, *deposits: tuple[str, str]) -> None:
        """Of yesterday: texts of the bank and dollars."""
        lines = (f"{yesterday()},{dollars},{number}\n" for number, dollars in deposits)
        self.goes_to("/payments")
        self.chooses_a_file("date,amount,reference\n" + "".join(lines), name="bank.csv")
        expect(self.page.locator("main").get_by_role("status").first).to_be_visible()

    def confirms_what_agrees(self) -> None:
        self.page.locator("form[action$='/confirm'] button").click()
        expect(self.page.locator("main").get_by_role("status")).to_be_visible()


def yesterday() -> str:
    """A day that has come everywhere."""
    return (datetime.now(UTC).date() - timedelta(days=1)).isoformat()


def remittance(household: DemoHousehold) -> str:
    """One more visit of who owes there: 40 dollars are left of 185."""
    owes, today = household.guarantor, datetime.now(UTC).date()
    account = int(household.account_number.removeprefix("A-"))
    cuts = (Cut("CO", "45", 6_900), Cut("PR", "3", 4_000))
    claim = DemoClaim(
        number=f"R{account}",
        status="1",
        last_name=owes.last_name.upper(),
        first_name=owes.first_name.upper(),
        member_identifier=owes.member_identifier,
        provider_last_name="OKAFOR",
        provider_first_name="LENA",
        service_on=today - timedelta(days=10),
        lines=(DemoLine("99213", 18_500, cuts),),
    )
    paid_on = today - timedelta(days=2)
    return write_remittance(BLUE_HORIZON, (claim,), paid_on=paid_on, control=account)


def remittance_of_somebody_else(household: DemoHousehold) -> str:
    """A payment to another payee, sent here by mistake."""
    sent = remittance(household).replace(RIVERBEND.payee_identifier, _SOMEBODY_ELSE)
    return sent.replace("*EFT", "*OTHER")

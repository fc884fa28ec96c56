"""Every page of the posters: claims and lists, files, payments and deposits, prices, the feed."""

from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Page

from portal.connectors.practice_systems.feed import write_feed
from portal.demo.people import HOUSEHOLDS, RIVERBEND
from tests.browser.posters import Poster, remittance, remittance_of_somebody_else, yesterday
from tests.browser.walk import Walk
from tests.sync.far_side import FarSide
from tests.sync.feeding import Row

ANA = HOUSEHOLDS[0]
LISTS = ("quarantine", "waiting", "silent", "holds", "imports")


def among_posters(walk: Walk) -> None:
    """Everything, as somebody sees it who only posts."""
    page = walk.window()
    walk.sign_in(page, "poster")
    walk.at(page, "/insurance", "insurance")
    for name in LISTS:
        walk.at(page, f"/insurance/{name}", name)
    poster = Poster(page, walk.live.address)
    with_claims(walk, poster)
    with_plans(walk, poster)
    with_what_is_not_posted(walk, poster)
    with_files(walk, poster)
    with_deposits(walk, poster)
    with_the_banks_file(walk, poster)
    with_prices(walk, poster)
    with_the_practices_system(walk, page)
    with_the_practices_feed(walk, page)
    walk.at(page, "/desk/tasks", "tasks")


def with_claims(walk: Walk, poster: Poster) -> None:
    """One of a patient nobody knows, one on hold."""
    page, look = poster.page, walk.looker.look
    poster.goes_to("/waiting")
    page.locator("main table a").first.click()
    look(page, "claim nobody knows")
    page.locator("#account").fill(ANA.account_number)
    page.locator("form[action$='/find'] button").click()
    look(page, "claim, patients found")
    poster.goes_to("")
    page.get_by_role("link", name="R10047").first.click()
    look(page, "claim on hold")
    page.locator("form[action$='/release'] button").first.click()
    look(page, "claim, released without a reason")


def with_plans(walk: Walk, poster: Poster) -> None:
    """Of the patient whose claim is open."""
    page, look = poster.page, walk.looker.look
    page.locator("main a[href$='/coverages']").click()
    look(page, "plans of a patient")
    page.locator("form[action$='/end'] input[type=date]").first.fill("")
    page.locator("form[action$='/end'] button").first.click()
    look(page, "plans, one without its last day")
    page.locator("form[action$='/coverages'] button").click()
    look(page, "plans, nothing typed")


def with_what_is_not_posted(walk: Walk, poster: Poster) -> None:
    """A claim that does not add up, and its file."""
    page, look = poster.page, walk.looker.look
    poster.goes_to("/quarantine")
    page.get_by_role("link", name="R10053").click()
    look(page, "claim that is not posted")
    page.locator("form[action$='/resolve'] button").first.click()
    look(page, "claim that is not posted, no reason given")
    page.locator("main a[href*='/insurance/imports/']").click()
    look(page, "file with a claim that is not posted")


def with_files(walk: Walk, poster: Poster) -> None:
    """One that is none, one of a visit, one of somebody else's money."""
    page, look = poster.page, walk.looker.look
    walk.at(page, "/insurance/upload", "upload")
    poster.chooses_a_file("nothing a payer would send", name="letter.txt")
    look(page, "upload, refused")
    poster.uploads(remittance(walk.household), name="visit.835")
    look(page, "uploaded file")
    poster.imports_it()
    look(page, "uploaded file, imported")
    poster.uploads(remittance_of_somebody_else(walk.household), name="stray.835")
    look(page, "uploaded file of somebody else")
    poster.imports_it()
    walk.at(page, "/insurance/upload", "upload, with files")
    poster.goes_to("/quarantine")
    page.locator("main table a").first.click()
    look(page, "payment that is not posted")


def with_deposits(walk: Walk, poster: Poster) -> None:
    """Typed in: nothing, another amount, the right one; then undone."""
    page, look = poster.page, walk.looker.look
    walk.at(page, "/insurance/payments", "payments")
    walk.at(page, "/insurance/deposits/new", "deposit")
    page.locator("main form button[type=submit]").click()
    look(page, "deposit, nothing typed")
    number, dollars = poster.reads_what_is_awaited()
    poster.records_a_deposit("0.01", number=number)
    look(page, "deposit of another amount")
    poster.records_a_deposit(dollars, number=number)
    look(page, "deposit, recorded")
    page.locator("form[action$='/undo'] button").click()
    look(page, "deposit, undone without a reason")
    poster.undoes_the_match()
    look(page, "deposit, undone")
    poster.sets_it_aside()
    look(page, "payments, a deposit set aside")


def with_the_banks_file(walk: Walk, poster: Poster) -> None:
    """One that cannot be read; one with a payment we know and one nobody announced."""
    page, look = poster.page, walk.looker.look
    known, unknown = poster.reads_what_is_awaited(), f"CASH {walk.household.account_number}"
    poster.goes_to("/payments")
    poster.chooses_a_file("when,how much\n", name="bank.csv")
    look(page, "bank's file, refused")
    poster.reads_the_banks_file(known, (unknown, "12.34"))
    look(page, "payments, the bank's file read")
    page.get_by_role("row").filter(has_text=unknown).locator("a").click()
    look(page, "deposit nobody announced")
    page.locator("form[action$='/aside'] button").click()
    look(page, "deposit, set aside without a reason")
    poster.goes_to("/payments")
    poster.confirms_what_agrees()
    look(page, "payments, one arrived")


def with_prices(walk: Walk, poster: Poster) -> None:
    """None yet, one that cannot be read, then some."""
    page, look = poster.page, walk.looker.look
    walk.at(page, "/insurance/fees", "prices")
    poster.chooses_a_file("code,price\n", name="prices.csv")
    look(page, "prices, refused")
    poster.loads_prices()
    look(page, "prices, differences")


def with_the_practices_system(walk: Walk, page: Page) -> None:
    """It refuses a post."""
    walk.live.command("sync", "run")
    far_side = FarSide(Path(walk.live.environment["PORTAL_HOME"]))
    batch = far_side.read(far_side.files()[-1])
    far_side.answer(batch.number, rejected=[(batch.post_ids[0], "no such account")])
    walk.live.command("sync", "run")
    walk.at(page, "/insurance/sync", "sync")


def with_the_practices_feed(walk: Walk, page: Page) -> None:
    """A copay for a visit to come, and a receipt of an account nobody knows."""
    account, day = walk.household.account_number, yesterday()
    copay = Row(id=account, account_number=account, claim_number="NEXT", happened_on=day)
    stray = Row(id=f"{account}-X", account_number="X-1", claim_number="", happened_on=day)
    walk.at(page, "/insurance/sync/feed", "feed")
    file = Path(walk.live.environment["PORTAL_HOME"]) / f"{account}.csv"
    file.write_bytes(
        write_feed(
            (copay.cells(), stray.cells()),
            practice_slug=RIVERBEND.slug,
            created_at=datetime.now(UTC),
        )
    )
    walk.live.command("feed", "import", str(file))
    walk.at(page, "/insurance/sync/feed", "feed, a row refused")

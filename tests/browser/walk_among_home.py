"""The account over time: home, its lists, a visit, a year, the file; from the header and back."""

import zipfile
from io import BytesIO

from playwright.sync_api import expect

from tests.browser.people import Patient
from tests.browser.walk import Walk


def among_home(walk: Walk, patient: Patient) -> None:
    """Signed in by a link of one's own; ends where it began."""
    page, look = patient.page, walk.looker.look
    began = page.url
    page.locator("header a[href='/home']").click()
    page.wait_for_url("**/home")
    look(page, "home")
    page.locator("main a[href='/activity']").click()
    page.wait_for_url("**/activity")
    look(page, "activity")
    page.locator("main a[href*='kind=visit']").click()
    page.wait_for_url("**/activity?*")
    look(page, "activity, visits")
    page.locator("main a[href^='/visits/']").first.click()
    page.wait_for_url("**/visits/*")
    look(page, "a visit")
    page.goto(f"{walk.live.address}/activity")
    page.locator("#words").fill("nobody by this name")
    with page.expect_navigation():
        page.locator("main form button[type=submit]").click()
    expect(page.locator("#words")).to_have_value("nobody by this name")
    assert "words" not in page.url
    look(page, "activity, nothing found")
    page.locator("main a[href='/account']").click()
    page.wait_for_url("**/account")
    look(page, "the account's file")
    kept = page.request.get(f"{walk.live.address}/account.zip").body()
    assert set(zipfile.ZipFile(BytesIO(kept)).namelist()) >= {"lines.csv", "payments.csv"}
    page.goto(f"{walk.live.address}/activity")
    page.locator("main a[href^='/summary/']").first.click()
    page.wait_for_url("**/summary/*")
    look(page, "a year on one page")
    page.locator("header a[href='/statements']").click()
    page.wait_for_url("**/statements")
    look(page, "statements")
    page.goto(began)

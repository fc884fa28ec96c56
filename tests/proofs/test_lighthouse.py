"""Lighthouse, a judge that we did not write, looks at the main pages: a phone and a desk.

`make test` gets it by npm into .venv/npm and lets it look at the home page; `make proof` at all.
Its mark for speed is said at the end of a proof and never asserted: it depends on the machine.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser

from portal.demo.people import HOUSEHOLDS
from portal.embedded_postgres import EmbeddedPostgres
from tests.browser.demo_practice import demo_practice, make_link
from tests.browser.live_portal import DEMO, LivePortal, live_portal
from tests.conftest import fresh_database
from tests.contracts.stripe_wire import StripeWire
from tests.proofs.conftest import Size

_REPOSITORY: Final = Path(__file__).resolve().parents[2]
LIGHTHOUSE: Final = shutil.which(
    "lighthouse", path=str(_REPOSITORY / ".venv/npm/node_modules/.bin")
)
PAGES: Final = ("/home", "statement", "/statements", "/payments", "/help", "/settings")
WAYS: Final = tuple((where, form) for where in PAGES for form in ("mobile", "desktop"))
PIECES, PIECES_IN_SMALL = len(WAYS), 1
JUDGED: Final = ("accessibility", "best-practices")
LEAST: Final = 95

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(LIGHTHOUSE is None, reason="Lighthouse is not installed"),
]


@pytest.fixture(scope="module")
def live(
    postgres: EmbeddedPostgres,
    tmp_path_factory: pytest.TempPathFactory,
    shared_stripe_wire: StripeWire,
) -> Iterator[LivePortal]:
    home = tmp_path_factory.mktemp("home")
    with (
        fresh_database(postgres, of=__name__) as urls,
        live_portal(
            urls, home=home, stripe_api_base=shared_stripe_wire.api_base, programs=DEMO
        ) as portal,
    ):
        yield portal


@pytest.fixture(scope="module")
def inside(chromium: Browser, live: LivePortal) -> tuple[str, str]:
    """The cookies of somebody who opened their link, and the address of their statement."""
    ana = HOUSEHOLDS[0]
    context = chromium.new_context(locale="en-US")
    page = context.new_page()
    with demo_practice(live) as practice:
        page.goto(make_link(practice, ana, address=live.address))
        born_on = ana.guarantor.born_on
        for part in ("month", "day", "year"):
            page.locator(f"#born_on-{part}").fill(str(getattr(born_on, part)))
        page.locator("main form button[type=submit]").first.click()
        page.wait_for_url("**/statements/*")
    cookies = "; ".join(f"{one['name']}={one['value']}" for one in context.cookies())
    statement = page.url
    context.close()
    return cookies, statement


def marks(url: str, *options: str, cookies: str, folder: Path) -> dict[str, int]:
    """By category, of 100."""
    assert LIGHTHOUSE is not None
    headers = folder / "headers.json"
    headers.write_text(json.dumps({"Cookie": cookies}))
    command = [LIGHTHOUSE, url, *options, "--quiet", "--output=json"]
    command += [f"--output-path={folder / 'told.json'}", f"--extra-headers={headers}"]
    command += [f"--only-categories=performance,{','.join(JUDGED)}"]
    command += ["--chrome-flags=--headless=new --no-sandbox --disable-gpu"]
    browser = os.environ.get("PORTAL_CHROMIUM") or shutil.which("chromium") or ""
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "CHROME_PATH": browser, "HOME": str(folder)},
    )
    assert done.returncode == 0, done.stderr
    told = json.loads((folder / "told.json").read_text())
    assert told["finalDisplayedUrl"] == url, "the page looked at is another one"
    return {name: round(one["score"] * 100) for name, one in told["categories"].items()}


def test_lighthouse_finds_the_main_pages_good(
    live: LivePortal, inside: tuple[str, str], tmp_path: Path, piece: int, size: Size
) -> None:
    where, form = WAYS[piece]
    cookies, statement = inside
    url = statement if where == "statement" else live.address + where
    options = ["--preset=desktop"] if form == "desktop" else []
    given = marks(url, *options, cookies=cookies, folder=tmp_path)
    size.add("pages Lighthouse looked at", 1)
    size.add(f"Lighthouse's mark for speed, {where} {form}", given["performance"])
    assert {name: given[name] for name in JUDGED if given[name] < LEAST} == {}

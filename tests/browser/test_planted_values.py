"""Values nobody else has are planted in a story, and looked for wherever they have no business."""

import re
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import create_engine, insert, text

import portal.app  # noqa: F401 — so that every model is known
from portal.auth.roles import Role
from portal.auth.staff import NewStaff, add_staff
from portal.db import Base, Database, Principal, TableKind, new_id
from portal.demo.remittance_writer import Cut, DemoClaim, DemoLine, DemoPayer, write_remittance
from portal.embedded_postgres import EmbeddedPostgres
from portal.practice.models import Guarantor
from tests.browser.live_portal import SECRET, LivePortal, Programs, live_portal, until
from tests.browser.looking import Looker
from tests.browser.people import Patient
from tests.builders import make_patient, make_practice
from tests.conftest import DatabaseUrls, fresh_database
from tests.contracts.stripe_wire import StripeWire

STAFF_EMAIL = "wendeline@krupnik.example"
ACCOUNT = "Q-77731"
MAIL = "quillonda.z@larkspur.example"
GOOD_CARD, DECLINED_CARD = "4242 4242 4242 4242", "4000 0000 0000 0002"

OF_A_PERSON = (
    "Quillonda",  # who owes
    "Zephyrwick",
    "Ottoline",  # who was treated
    MAIL,
    "503-555-0188",
    "77 Larkspur Terrace",
    "8/13/1967",
    "1967-08-13",
    "August 13",
    "2011-05-29",
    ACCOUNT,
    "BHZ777000313",  # member
    "CNRY88231",  # claim
    "Kvetinas",  # who treated
    "Nimbus",  # insurer
    "deductible",  # why
    "187.65",  # what is owed
)
OF_STAFF = ("Wendeline", "Krupnik", STAFF_EMAIL)
LAST_FOUR = "4242"
OF_CARDS = (LAST_FOUR, "0000 0002", "00000002")


@dataclass(frozen=True, slots=True)
class Story:
    """A portal after a visit of everybody, and what they used to get in."""

    live: LivePortal
    urls: DatabaseUrls
    stripe_wire: StripeWire
    pages: Looker
    titles: list[tuple[str, str]]  # address and title
    token: str
    secrets: tuple[str, ...]

    @property
    def everything(self) -> tuple[str, ...]:
        return (*OF_A_PERSON, *OF_STAFF, *OF_CARDS, *self.secrets, self.token)

    def log(self, name: str) -> str:
        folder = self.live.programs.logs
        assert folder is not None
        return (folder / f"{name}.log").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def story(
    chromium: Browser,
    postgres: EmbeddedPostgres,
    tmp_path_factory: pytest.TempPathFactory,
    shared_stripe_wire: StripeWire,
) -> Iterator[Story]:
    """Told once; the tests look in different places."""
    shared_stripe_wire.start_afresh()
    home = tmp_path_factory.mktemp("home")
    programs = Programs(logs=home)
    with (
        fresh_database(postgres, of=__name__) as urls,
        live_portal(
            urls, home=home, stripe_api_base=shared_stripe_wire.api_base, programs=programs
        ) as live,
    ):
        yield told(chromium, live, urls, shared_stripe_wire)
    assert shared_stripe_wire.problems() == []
    for context in chromium.contexts:
        context.close()


def told(chromium: Browser, live: LivePortal, urls: DatabaseUrls, stripe_wire: StripeWire) -> Story:
    stripe_wire.control.send_webhooks_to(f"{live.address}/webhooks/stripe/riverbend")
    staff = plant(live, urls)
    pages, titles = Looker("en"), list[tuple[str, str]]()
    desk, patient = (new_page(chromium, pages, titles) for _ in range(2))
    at_the_desk(desk, live, staff)
    link = by_the_patient(Patient(patient, live.inbox), live)
    look_around(desk, live)
    stripe_wire.control.wait_for_webhooks()
    live.command("sync", "run")
    cookies = [one for window in (desk, patient) for one in window.context.cookies()]
    sessions = tuple(one["value"] for one in cookies if one["name"] == "portal")
    assert len(sessions) == 2
    secrets = (staff.password, totp_secret(staff), *sessions)
    return Story(live, urls, stripe_wire, pages, titles, link.rsplit("/", 1)[1], secrets)


def test_logs_hold_nothing_of_anybody(story: Story) -> None:
    for name, marker in (("web", "/s/<token>"), ("worker", "job=send_statement_link")):
        log = story.log(name)
        assert marker in log
        assert found_in(log, story.everything) == [], log


def test_addresses_and_titles_hold_nothing_of_anybody(story: Story) -> None:
    addresses = [unquote(one.url) for one in story.pages.requests]
    assert found_in(addresses, set(story.everything) - {story.token}) == []
    assert {urlsplit(one).path for one in addresses if story.token in one} == {f"/s/{story.token}"}
    referrers = [one.all_headers().get("referer", "") for one in story.pages.requests]
    assert any(referrers)
    assert found_in(referrers, story.everything) == []
    ours = [title for url, title in story.titles if url.startswith(story.live.address)]
    assert found_in(ours, set(story.everything) - {ACCOUNT}) == []  # which staff's titles name


def test_mail_holds_a_link_and_nothing_of_anybody(story: Story) -> None:
    about_the_link, about_the_payment = story.live.inbox.mails
    for mail, allowed in ((about_the_link, {story.token}), (about_the_payment, set[str]())):
        assert mail["To"] == MAIL
        headers = [f"{name}: {value}" for name, value in mail.items() if name != "To"]
        parts = [part.get_content() for part in mail.walk() if not part.is_multipart()]
        assert found_in((*headers, *parts), set(story.everything) - allowed) == []


def test_stripe_is_told_nothing_of_anybody(story: Story) -> None:
    sent = [one for one in story.stripe_wire.exchanges if one.path.startswith("/v1/")]
    assert {one.method for one in sent} == {"GET", "POST"}
    for one in sent:
        words = unquote(f"{one.path} {one.query} {one.headers} {one.body}")
        assert found_in(words, story.everything) == []


def test_what_any_practice_could_read_names_nobody(story: Story) -> None:
    """Jobs, sessions, directories and whatever else lies outside row-level security; audit too."""
    local = [
        table.fullname
        for table in Base.metadata.tables.values()
        if table.info["kind"] is TableKind.LOCAL
    ]
    engine = create_engine(story.urls.superuser)
    with engine.connect() as connection:
        of_jobs = connection.scalars(
            text("SELECT 'public.' || tablename FROM pg_tables WHERE schemaname = 'public'")
        ).all()
        assert "public.procrastinate_jobs" in of_jobs
        rows = {
            table: connection.scalars(text(f"SELECT t::text FROM {table} AS t")).all()
            for table in (*local, *of_jobs, "portal.audit_events", "portal.messages")
        }
    engine.dispose()
    for table in ("public.procrastinate_jobs", "portal.audit_events", "portal.web_sessions"):
        assert rows[table], table
    found = {table: found_in(texts, story.everything) for table, texts in rows.items()}
    assert not any(found.values()), found


def found_in(where: str | Iterable[str], planted: Iterable[str]) -> list[str]:
    """Planted values that are there, whatever their case; a card's digits where they stand alone.

    Ids and times have any four digits in them sooner or later.
    """
    haystack = (where if isinstance(where, str) else "\n".join(where)).lower()
    return [
        one
        for one in planted
        if (_stands_alone(one, haystack) if one == LAST_FOUR else one.lower() in haystack)
    ]


def _stands_alone(digits: str, haystack: str) -> bool:
    return re.search(rf"(?<![0-9a-f.-]){digits}(?![0-9a-f-])", haystack) is not None


def plant(live: LivePortal, urls: DatabaseUrls) -> NewStaff:
    """Through the commands a practice would use."""
    database = Database(urls.app)
    practice_id, guarantor_id, now = make_practice(database), new_id(), datetime.now(UTC)
    with database.transaction(Principal.job(practice_id, role="test")) as session:
        session.execute(
            insert(Guarantor).values(
                practice_id=practice_id,
                guarantor_id=guarantor_id,
                account_number=ACCOUNT,
                first_name="Quillonda",
                last_name="Zephyrwick",
                born_on=date(1967, 8, 13),
                email=MAIL,
                email_agreed_at=now,
                phone="503-555-0188",
                address_line="77 Larkspur Terrace",
                city="Easton",
                state="OR",
                postal_code="97399",
            )
        )
    make_patient(
        database,
        practice_id,
        guarantor_id=guarantor_id,
        first_name="Ottoline",
        last_name="Zephyrwick",
        born_on=date(2011, 5, 29),
        member_identifier="BHZ777000313",
    )
    file = Path(live.environment["PORTAL_HOME"]) / "planted.835"
    file.write_text(planted_remittance(now.date()), encoding="ascii")
    live.command("era", "import", str(file))
    live.command("statements", "issue")
    staff = add_staff(
        database,
        practice_id,
        secret_key=SECRET,
        email=STAFF_EMAIL,
        name="Wendeline Krupnik",
        role=Role.MANAGER,
        now=now,
        request_id="test",
    )
    database.close()
    return staff


def planted_remittance(today: date) -> str:
    claim = DemoClaim(
        number="CNRY88231",
        status="1",
        last_name="ZEPHYRWICK",
        first_name="OTTOLINE",
        member_identifier="BHZ777000313",
        provider_last_name="KVETINAS",
        provider_first_name="TAMSIN",
        service_on=today - timedelta(days=40),
        lines=(DemoLine("99213", 30_000, (Cut("CO", "45", 5_000), Cut("PR", "1", 18_765))),),
    )
    payer = DemoPayer("NIMBUS HEALTH", "NH001")
    return write_remittance(payer, (claim,), paid_on=today - timedelta(days=9), control=7)


def new_page(browser: Browser, pages: Looker, titles: list[tuple[str, str]]) -> Page:
    context = browser.new_context(locale="en-US")
    pages.watch(context)
    page = context.new_page()
    page.on("load", lambda loaded: titles.append((loaded.url, loaded.title())))
    return page


def at_the_desk(page: Page, live: LivePortal, staff: NewStaff) -> None:
    """A wrong password, searches, and a mail that the server will not take at first."""
    live.inbox.answers.append(f"451 4.3.0 <{MAIL}> is busy, says Quillonda Zephyrwick")
    page.goto(f"{live.address}/staff/sign-in")
    for password in (f"{staff.password}?", staff.password):
        page.locator("#email").fill(STAFF_EMAIL)
        page.locator("#password").fill(password)
        page.locator("main button[type=submit]").click()
    page.locator("#code").fill(pyotp.TOTP(totp_secret(staff)).now())
    page.locator("main button[type=submit]").click()
    for term in ("8/13/1967", ACCOUNT, "nobody Zephyrwick", "Zephyrwick"):
        page.locator("main input[name=term]").fill(term)
        page.locator("main").get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Quillonda Zephyrwick").click()
    expect(page.locator("main")).to_contain_text("$187.65")
    page.locator("form[action$='/links'] button").click()
    expect(page.locator("main").get_by_role("status")).to_be_visible()
    until(lambda: live.inbox.mails, what="the mail, at the second try")


def by_the_patient(patient: Patient, live: LivePortal) -> str:
    """The link that was opened."""
    link, page = patient.opens_the_mailed_link(), patient.page
    patient.proves_who_she_is("8", "13", "1976")
    patient.proves_who_she_is("8", "13", "1967")
    expect(page.locator("main")).to_contain_text("Ottoline")
    expect(page.locator("main")).to_contain_text("deductible")
    patient.chooses_to_pay()
    patient.confirms()
    patient.types_card(DECLINED_CARD)
    patient.types_card(GOOD_CARD)
    page.wait_for_url(f"{live.address}/payments/*/receipt")
    until(lambda: len(live.inbox.mails) == 2, what="the receipt")
    return link


def look_around(page: Page, live: LivePortal) -> None:
    """Pages of posters, and requests that no page of ours would send."""
    for path in ("/insurance", "/insurance/sync", "/desk"):
        page.goto(live.address + path)
    for path, body in (
        ("/no/such/Zephyrwick?born=1967-08-13", None),
        ("/s/Quillonda", None),
        ("/staff/sign-in?name=Ottoline", b"email=Quillonda"),
        ("/webhooks/stripe/riverbend", b'{"id": "Quillonda Zephyrwick"}'),
        ("/webhooks/stripe/Zephyrwick", b"{}"),
    ):
        request = urllib.request.Request(live.address + path, body)  # noqa: S310 — our own address
        request.add_header("X-Request-Id", "Zephyrwick-1967-08-13")
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(request)  # noqa: S310 — our own address


def totp_secret(staff: NewStaff) -> str:
    return parse_qs(urlsplit(staff.totp_uri).query)["secret"][0]

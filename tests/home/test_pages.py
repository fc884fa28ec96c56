"""Home, the lists, a visit, a year and the file to keep, as a browser gets them by Ana's link."""

import csv
import io
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import event, select

from portal.app import create_app
from portal.audit.models import AuditEvent
from portal.auth.accounts.email_codes import code_of
from portal.auth.accounts.models import EmailCheck
from portal.auth.link_tokens import LinkTokens
from portal.auth.links import make_link
from portal.db import Database, Principal, new_id
from portal.statements.queries import statement_patient_ids
from tests.auth.running import SECRET_KEY, Browser, Clock, browser, settings_for_tests
from tests.home.conftest import Account
from tests.statements.builders import COPAY, Decided
from tests.statements.conftest import NOW, TODAY, Bill, Family, Issue, PayIn

X_RAY = Decided("71046", 14_200, 0, (("CO", "45", 5_800), ("PR", "1", 8_400)))
QUERIES_MAX = 12
BYTES_MAX = 60_000
OFFER = 'href="/account/new"'
Enter = Callable[..., Browser]


@pytest.fixture
def app(database: Database) -> Flask:
    return create_app(settings_for_tests(), database, clock=Clock(NOW))


@pytest.fixture
def enter(app: Flask, database: Database, job: Principal, family: Family) -> Enter:
    """A browser that opened a link to a statement: as Ana, or as Mateo."""

    def open_link(statement_id: UUID, *, born: Sequence[str] = ("4", "27", "1985")) -> Browser:
        tokens = LinkTokens(SECRET_KEY)
        with database.transaction(job) as session:
            link_id = make_link(
                session,
                tokens=tokens,
                guarantor_id=family.guarantor_id,
                statement_id=statement_id,
                patient_ids=statement_patient_ids(session, statement_id),
                now=NOW,
            )
        visitor = browser(app)
        names = ("born_on-month", "born_on-day", "born_on-year")
        fields = dict(zip(names, born, strict=True))
        entered = visitor.send(f"/s/{tokens.make(job.practice_id, link_id)}", fields)
        assert entered.status == 303, entered.text
        return visitor

    return open_link


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """Every statement of SQL that is sent, without those that begin a transaction."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if not statement.startswith("SET LOCAL"):
            sent.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield sent
    event.remove(database.engine, "before_cursor_execute", note)


def audited(account: Account) -> set[str]:
    with account.database.transaction(Principal.job(account.practice_id, role="test")) as session:
        return set(
            session.scalars(
                select(AuditEvent.action).where(AuditEvent.practice_id == account.practice_id)
            )
        )


def test_home_says_what_is_owed_and_offers_three_ways(
    bill: Bill, issue: Issue, enter: Enter, account: Account
) -> None:
    bill(lines=(*COPAY, X_RAY))
    (statement_id,) = issue().statement_ids
    seen = enter(statement_id).get("/home")
    assert seen.status == 200
    for words in (
        "Ana, you owe",
        "$124.00",
        f'href="/statements/{statement_id}/pay"',
        'href="/plans/new"',
        'href="/help"',
        "That leaves",
    ):
        assert words in seen.text
    assert "view_home" in audited(account)


def test_who_pays_is_offered_an_account_until_they_have_signed_in_to_one(
    bill: Bill, issue: Issue, enter: Enter, account: Account
) -> None:
    bill()
    (statement_id,) = issue().statement_ids
    pages, visitor = ("/home", f"/statements/{statement_id}"), enter(statement_id)
    assert all(OFFER in visitor.get(page).text for page in pages)
    visitor.send("/account/new", {"email": "ana@example.com"})
    with account.database.transaction(account.principal) as session:
        (check_id,) = session.scalars(select(EmailCheck.check_id))
    visitor.send("/account/new/code", {"code": code_of(SECRET_KEY, check_id)})
    made = visitor.send("/account/new/ways", {"password": "otter-lantern-quarry"})
    assert made.status == 303, made.text
    assert not any(OFFER in visitor.get(page).text for page in pages)


def test_another_patient_of_a_statement_is_offered_no_account(
    bill: Bill, issue: Issue, enter: Enter, family: Family
) -> None:
    bill(patient_id=family.mateo_id)
    (statement_id,) = issue().statement_ids
    seen = enter(statement_id, born=("8", "2", "2016")).get(f"/statements/{statement_id}")
    assert seen.status == 200
    assert OFFER not in seen.text


@pytest.mark.parametrize("path", ["/home", "/statements", "/statements/{}", "/activity"])
def test_a_page_asks_as_often_whatever_there_is(
    path: str, database: Database, bill: Bill, issue: Issue, enter: Enter
) -> None:
    """At most 12 statements of SQL, as many for 40 visits as for one; at most 60 KB."""
    bill(claim_number="C-0")
    bill(claim_number="P-0", held="crossover")
    (statement_id,) = issue().statement_ids
    visitor = enter(statement_id)
    counts: list[int] = []
    for most in (1, 5, 40):
        for number in range(len(counts) and 1, most):
            bill(claim_number=f"C-{most}-{number}", lines=(*COPAY, X_RAY), posted_on=TODAY)
        with counted(database) as sent:
            seen = visitor.get(path.format(statement_id))
        assert seen.status == 200
        assert len(seen.text.encode()) < BYTES_MAX
        counts.append(len(sent))
    assert len(set(counts)) == 1
    assert counts[0] <= QUERIES_MAX


def test_an_older_link_opens_every_statement_of_the_account_to_who_pays(
    bill: Bill, issue: Issue, enter: Enter
) -> None:
    bill()
    (first,) = issue().statement_ids
    bill(claim_number="C-2", posted_on=TODAY)
    visitor = enter(first)
    listed = visitor.get("/statements")
    assert f'href="/statements/{first}"' in listed.text
    assert f'href="/statements/{first}.pdf"' in listed.text


def test_what_belongs_to_the_account_is_not_for_another_reader_of_its_link(
    bill: Bill, issue: Issue, enter: Enter, family: Family
) -> None:
    bill()
    made = bill(patient_id=family.mateo_id, claim_number="C-2")
    (statement_id,) = issue().statement_ids
    visitor = enter(statement_id, born=("8", "2", "2016"))
    for path in ("/home", "/statements", "/activity", f"/visits/{made.claim_id}", "/account.zip"):
        assert visitor.get(path).status == 403


def test_a_visit_tells_what_insurance_said_and_what_was_paid(
    bill: Bill, pay_in: PayIn, issue: Issue, enter: Enter
) -> None:
    made = bill(lines=(*COPAY, X_RAY))
    (statement_id,) = issue().statement_ids
    pay_in(puts=[(made.target(), 1_000)], on=TODAY, at=NOW)
    seen = enter(statement_id).get(f"/visits/{made.claim_id}")
    assert seen.status == 200
    for words in ("$114.00", "Blue Horizon", "ICN1", "EFT1", "$10.00", f"visit={made.claim_id}"):
        assert words in seen.text


def test_a_visit_that_is_still_decided_has_no_amount(
    bill: Bill, issue: Issue, enter: Enter
) -> None:
    bill()
    made = bill(claim_number="C-2", held="crossover")
    (statement_id,) = issue().statement_ids
    seen = enter(statement_id).get(f"/visits/{made.claim_id}")
    assert "You owe nothing for it now." in seen.text


def test_nobody_elses_visit_is_shown(bill: Bill, issue: Issue, enter: Enter) -> None:
    bill()
    (statement_id,) = issue().statement_ids
    assert enter(statement_id).get(f"/visits/{new_id()}").status == 404


@pytest.mark.parametrize(
    ("words", "is_found"),
    [("mateo", True), ("$120.00", True), ("blue horizon", True), ("Nobody Known", False)],
)
def test_words_are_found_and_never_stand_in_an_address(
    words: str, bill: Bill, issue: Issue, enter: Enter, family: Family, *, is_found: bool
) -> None:
    made = bill(patient_id=family.mateo_id)
    (statement_id,) = issue().statement_ids
    visitor = enter(statement_id)
    seen = visitor.send("/activity", {"words": words})
    assert (f'href="/visits/{made.claim_id}"' in seen.text) is is_found
    assert "words=" not in seen.text


def test_the_list_is_narrowed_by_person_year_and_kind(
    bill: Bill, issue: Issue, enter: Enter, family: Family
) -> None:
    anas = bill()
    mateos = bill(patient_id=family.mateo_id, claim_number="C-2")
    (statement_id,) = issue().statement_ids
    visitor = enter(statement_id)
    seen = visitor.get(f"/activity?patient={family.mateo_id}&kind=visit&year=2026")
    assert f"/visits/{mateos.claim_id}" in seen.text
    assert f"/visits/{anas.claim_id}" not in seen.text
    assert "Nothing here fits" in visitor.get("/activity?year=2019").text


def test_a_year_adds_up(bill: Bill, pay_in: PayIn, issue: Issue, enter: Enter) -> None:
    made = bill(lines=(*COPAY, X_RAY))
    (statement_id,) = issue().statement_ids
    pay_in(puts=[(made.target(), 1_000)], on=TODAY, at=NOW)
    visitor = enter(statement_id)
    seen = visitor.get("/summary/2026")
    for words in ("$262.00", "$98.00", "$40.00", "$10.00", "$114.00"):
        assert words in seen.text
    assert visitor.get("/summary/2099").status == 404


def test_the_file_holds_every_line_and_every_payment(
    bill: Bill, pay_in: PayIn, issue: Issue, enter: Enter, account: Account
) -> None:
    made = bill(lines=(*COPAY, X_RAY))
    (statement_id,) = issue().statement_ids
    pay_in(puts=[(made.target(), 1_000)], on=TODAY, at=NOW)
    visitor = enter(statement_id)
    assert "/account.zip" in visitor.get("/account").text
    answer = visitor.client.get("/account.zip")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as kept:
        tables = {
            name: list(csv.reader(io.StringIO(kept.read(name).decode())))
            for name in kept.namelist()
        }
    assert {name: len(rows) for name, rows in tables.items()} == {
        "lines.csv": 3,
        "statements.csv": 2,
        "payments.csv": 2,
    }
    assert tables["statements.csv"][1][-1] == "124.00"
    assert sum(float(row[-1]) for row in tables["lines.csv"][1:]) == 124.00
    assert tables["payments.csv"][1][:2] == ["2026-03-09", "10.00"]
    assert "view_everything" in audited(account)

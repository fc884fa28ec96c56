"""Home, the lists, a visit, a year and the file to keep, as a browser gets them by Ana's link."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event, select

from portal.auth.accounts.email_codes import code_of
from portal.auth.accounts.models import EmailCheck
from portal.db import Database, new_id
from tests.auth.running import SECRET_KEY
from tests.home.accounts import Account
from tests.home.conftest import Enter, audited
from tests.statements.builders import COPAY, Decided
from tests.statements.conftest import NOW, TODAY, Bill, Family, Issue, PayIn

X_RAY = Decided("71046", 14_200, 0, (("CO", "45", 5_800), ("PR", "1", 8_400)))
QUERIES_MAX = 12
BYTES_MAX = 60_000
OFFER = 'href="/account/new"'


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


def test_the_pages_of_a_bill_that_is_partly_paid_ask_no_more_often(
    database: Database, bill: Bill, pay_in: PayIn, issue: Issue, enter: Enter
) -> None:
    made = bill()
    (statement_id,) = issue().statement_ids
    pay_in(puts=[(made.target(), 1_000)], on=TODAY, at=NOW + timedelta(minutes=1))
    visitor = enter(statement_id)
    for path in ("/home", f"/statements/{statement_id}"):
        with counted(database) as sent:
            assert visitor.get(path).status == 200
        assert len(sent) <= QUERIES_MAX


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

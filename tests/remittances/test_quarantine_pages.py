"""The posters' pages of what is not posted: they say what each act does, then it does that."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import count
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from portal.auth.roles import Role
from portal.db import Database, Principal, new_id, practice_of
from portal.desk.routes import desk as front_desk
from portal.domain.adjudication import Disposition
from portal.domain.journal import LedgerAccount
from portal.jobs.registry import jobs_of
from portal.payments.books.routes import books
from portal.practice.directory import practice_by_slug
from portal.remittances.deposits.routes import deposit_pages
from portal.remittances.fees.routes import fees
from portal.remittances.file_pages import Standing, file_page
from portal.remittances.incoming.routes import intake
from portal.remittances.insurance_pages import ROWS_OF_A_PAGE, Looking
from portal.remittances.models import RemittanceFile
from portal.remittances.quarantine import work as quarantine_work
from portal.remittances.quarantine.pages import quarantine_page
from portal.remittances.quarantine.routes import quarantine
from portal.remittances.quarantine.work import NotPossibleError, StillQuarantinedError
from portal.remittances.routes import insurance
from portal.sync.routes import sync
from tests.auth.running import Browser, Clock, Seen, make_app
from tests.builders import make_practice
from tests.remittances.desk import ACT, ImportDesk, SentClaim, SentLine
from tests.remittances.test_insurance_page import signed_in
from tests.remittances.test_quarantine_work import (
    CLAIM,
    OVERPAID,
    UNBALANCED,
    WHY,
    decision_of,
    opened,
)
from tests.remittances.test_withheld_payments import OUR_NPI, become
from tests.remittances.test_withheld_work import askings, withheld


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(desk: ImportDesk, clock: Clock) -> Flask:
    pages = (insurance, quarantine, intake, deposit_pages, fees)
    return make_app(desk.database, clock, *pages, sync, front_desk, books)


@pytest.fixture
def poster(app: Flask, desk: ImportDesk, clock: Clock) -> Browser:
    return signed_in(app, desk, clock, Role.POSTER)


@pytest.fixture
def make_desk(database: Database, tmp_path: Path) -> Callable[[], ImportDesk]:
    """A practice of its own for each example: nothing is ever taken out of the books."""
    numbers = count()

    def make() -> ImportDesk:
        slug = f"practice-{next(numbers)}"
        folder = tmp_path / slug
        folder.mkdir()
        make_practice(database, slug=slug)
        return ImportDesk(database, practice_by_slug(database, slug), folder)

    return make


def page_of(desk: ImportDesk) -> str:
    """Of the newest that is open."""
    return f"/insurance/quarantine/{opened(desk)[-1].quarantine_id}"


def resolve(poster: Browser, page: str, act: str, **more: str) -> Seen:
    return poster.send(page, {"act": act, "reason": WHY, **more}, to=f"{page}/resolve")


def test_the_page_shows_what_the_payer_sent_and_what_accepting_it_does(
    desk: ImportDesk, poster: Browser
) -> None:
    desk.receive(UNBALANCED)
    page = page_of(desk)
    assert page in poster.get("/insurance").text
    text = words(poster.get(page).text)
    assert "The amounts of a service line do not add up." in text
    assert "$30.00 · CO 45" in text
    assert "Not explained $10.00" in text
    assert "$40.00 waits in suspense." in text
    assert "Paid by plans $40.00 Taken off $30.00 Patient’s share $20.00" in text
    assert "Still with insurance $10.00 Added to what was billed $100.00" in text
    assert "although its amounts do not add up" in text
    done = resolve(poster, page, "accepted")
    assert (done.status, done.location) == (303, f"/insurance/claims/{desk.claim_id()}")
    assert desk.claim().paid_cents == 4_000
    ended = words(poster.get(page).text)
    assert "It was accepted as the payer sent it." in ended
    assert WHY in ended
    assert "Accept and post it" not in ended


def test_an_act_without_a_reason_is_refused_beside_its_field(
    desk: ImportDesk, poster: Browser
) -> None:
    desk.receive(UNBALANCED)
    page = page_of(desk)
    refused = poster.send(page, {"act": "rejected", "reason": " "}, to=f"{page}/resolve")
    assert refused.status == 422
    assert "Write why" in refused.text
    assert opened(desk)


def test_what_cannot_be_done_is_said(desk: ImportDesk, poster: Browser) -> None:
    desk.receive(CLAIM.reversal())
    page = page_of(desk)
    assert "Not as things stand." in poster.get(page).text
    assert resolve(poster, page, "again").location == page
    assert "As things stand this cannot be done." in poster.get(page).text
    assert resolve(poster, page, "matched").status == 400
    assert resolve(poster, page, "taken_in").status == 400
    resolve(poster, page, "rejected")
    resolve(poster, page, "rejected")
    assert "Somebody was faster: it is resolved." in poster.get(page).text


def test_a_reversal_is_matched_under_another_claim_number(
    desk: ImportDesk, poster: Browser
) -> None:
    desk.receive(replace(CLAIM, member="W9", first_name="JUDE"))
    desk.receive(replace(CLAIM.reversal(), number="A7", icn="OTHER"))
    page = page_of(desk)
    assert "It takes this back" not in poster.get(page).text
    found = poster.send(page, {"claim_number": "A1"}, to=f"{page}/find")
    decision_id = str(decision_of(desk, "A1"))
    assert decision_id in found.text
    nobodys = poster.send(page, {"claim_number": "NONE"}, to=f"{page}/find")
    assert "No decision of this payer stands on claim NONE." in nobodys.text
    done = resolve(poster, page, "matched", decision_id=decision_id)
    assert done.location == f"/insurance/claims/{desk.claim_id('A1')}"
    assert desk.claim("A1").paid_cents == 0


def test_what_was_meant_for_another_claim_is_posted_there_from_its_page(
    desk: ImportDesk, poster: Browser
) -> None:
    small = SentClaim(
        number="A7",
        icn="ICN7",
        service_on=date(2026, 1, 6),
        lines=[SentLine(charge_cents=5_000, adjustments={})],
    )
    desk.receive(CLAIM, small)
    sent = replace(CLAIM, number="A7", status="2", icn="S1", service_on=date(2026, 1, 6))
    desk.receive(replace(sent, lines=[SentLine(adjustments={"OA23": 8_000})]), payer="SECOND")
    page, claim_id = page_of(desk), str(desk.claim_id("A1"))
    shown = words(poster.get(page).text)
    assert "It is another claim’s" in shown
    assert "this changes on claim A1: What changes Paid by plans $20.00" in shown
    assert "Patient’s share −$20.00" in shown
    nobodys = poster.send(page, {"claim_number": "NONE"}, to=f"{page}/find")
    assert "No claim NONE of this patient is here." in nobodys.text
    assert resolve(poster, page, "moved").status == 400
    assert resolve(poster, page, "moved", claim_id=str(new_id())).location == page
    done = resolve(poster, page, "moved", claim_id=claim_id)
    assert done.location == f"/insurance/claims/{claim_id}"
    assert desk.claim("A1").paid_cents == 7_000
    assert "It was posted on the claim that the payer meant." in poster.get(page).text


def test_a_withheld_payment_has_a_page_for_itself_and_its_claims(
    desk: ImportDesk, poster: Browser, app: Flask
) -> None:
    whole = withheld(desk)
    page = f"/insurance/quarantine/{whole.quarantine_id}"
    text = poster.get("/insurance/quarantine").text
    assert text.count('href="/insurance/quarantine/') == 1
    one = next(one for one in opened(desk) if one.claim_number)
    assert poster.get(f"/insurance/quarantine/{one.quarantine_id}").location == page
    assert "Not as things stand." in poster.get(page).text
    become(desk, npi=OUR_NPI)
    assert "2 claims are decided and posted" in poster.get(page).text
    resolve(poster, page, "taken_in")
    waiting = poster.get(page).text
    for said in ("a worker takes it in", WHY, "Reject the payment"):
        assert said in waiting
    assert "Take the payment in" not in waiting
    assert desk.sums() == {}
    run_asked(app, desk)
    done = poster.get(page).text
    assert "The whole payment was taken in." in done
    assert "a worker takes it in" not in done
    assert desk.sums()[LedgerAccount.PAYER_CLEARING] == 10_250


def test_the_page_says_what_a_worker_found_against_a_payment(
    desk: ImportDesk, poster: Browser, app: Flask
) -> None:
    page = f"/insurance/quarantine/{withheld(desk).quarantine_id}"
    resolve(poster, page, "taken_in")
    run_asked(app, desk)
    text = words(poster.get(page).text)
    assert "A worker tried to take it in. It is still withheld." in text
    assert text.count("Payment T1 is to NPI 1234567893") == 2  # when it came, and now
    become(desk, npi=OUR_NPI)
    assert "Take the payment in" in poster.get(page).text


def test_another_practices_is_not_found(poster: Browser) -> None:
    nowhere = f"/insurance/quarantine/{new_id()}"
    assert poster.get(nowhere).status == 404
    assert poster.get(f"/insurance/imports/{new_id()}").status == 404


def test_lists_go_page_by_page(desk: ImportDesk, poster: Browser) -> None:
    many = ROWS_OF_A_PAGE + 2
    claims = [replace(UNBALANCED, number=f"A{number}") for number in range(many)]
    held = [replace(CLAIM, number=f"H{number}", status="19") for number in range(many)]
    desk.bring(desk.write(*claims, *held), create_patients=False)
    overview = poster.get("/insurance").text
    assert f"See all {many}" in overview
    for address in ("/insurance/quarantine", "/insurance/waiting", "/insurance/holds"):
        first, second = words(poster.get(address).text), words(poster.get(f"{address}?page=2").text)
        assert f"1 to {ROWS_OF_A_PAGE} of {many}" in first
        assert "Next page" in first
        assert f"{ROWS_OF_A_PAGE + 1} to {many} of {many}" in second
        assert "Previous page" in second
        assert "Next page" not in second
        assert f"1 to {ROWS_OF_A_PAGE} of" in words(poster.get(f"{address}?page=x").text)
    assert "1.835" in poster.get("/insurance/imports").text
    assert "No plan has been silent" in poster.get("/insurance/silent").text


def test_holds_are_shown_by_kind_and_by_who_may_release_them(
    desk: ImportDesk, poster: Browser
) -> None:
    balance = SentClaim(number="A2", lines=[SentLine(adjustments={"PR45": 10_000})])
    desk.receive(replace(CLAIM, status="19"), balance)
    assert count_of_claims(poster, "/insurance/holds") == 2
    assert count_of_claims(poster, "/insurance/holds?kind=balance_bill") == 1
    assert count_of_claims(poster, "/insurance/holds?mine=1") == 1
    assert count_of_claims(poster, "/insurance/holds?kind=balance_bill&mine=1") == 0
    assert count_of_claims(poster, "/insurance/holds?kind=nonsense") == 2


def test_the_claim_page_says_where_the_money_is_and_why(desk: ImportDesk, poster: Browser) -> None:
    desk.receive(replace(CLAIM, status="19"))
    text = words(poster.get(f"/insurance/claims/{desk.claim_id()}").text)
    assert "Paid by plans $50.00 Taken off $30.00 Still with insurance $0.00" in text
    assert "Patient’s share, on hold $20.00" in text
    assert "$20.00 · PR 3" in text


def test_a_file_page_adds_up_and_tells_what_came_of_what_was_not_posted(
    desk: ImportDesk, poster: Browser
) -> None:
    other = replace(UNBALANCED, number="A2")
    desk.bring(desk.write(replace(CLAIM, number="A3"), UNBALANCED, other))
    page = page_of(desk)
    resolve(poster, page, "rejected")
    file_id = poster.get("/insurance/imports").text.split("/insurance/imports/")[1][:36]
    text = words(poster.get(f"/insurance/imports/{file_id}").text)
    assert "Posted 1 $100.00 Posted, on hold 0 $0.00 Not posted 2 $200.00" in text
    assert "The whole file 3 $300.00" in text
    assert "Still not posted 1 $100.00 Rejected 1 $100.00" in text
    assert text.count("Resolved") == 1


KINDS: dict[str, SentClaim] = {
    "fine": CLAIM,
    "held": replace(CLAIM, number="A2", status="19"),
    "reversal": CLAIM.reversal(),
    "unbalanced": replace(UNBALANCED, number="A3"),
    "overpaid": replace(OVERPAID, number="A4"),
    "estimate": replace(CLAIM, number="A5", status="25"),
    "dearer": replace(CLAIM, lines=[SentLine(charge_cents=15_000)], icn="ICN9"),
}
ACTS = ("again", "accepted", "rejected", "replaced", "matched")


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    steps=st.lists(
        st.one_of(
            st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=4),
            st.tuples(st.sampled_from(ACTS), st.integers(0, 5)),
        ),
        min_size=2,
        max_size=8,
    )
)
def test_whatever_is_imported_and_done_nothing_disappears(
    make_desk: Callable[[], ImportDesk], steps: list[list[str] | tuple[str, int]]
) -> None:
    """Imported = posted + held + open + posted since + sent again + rejected + seen before."""
    desk = make_desk()
    for step in steps:
        if isinstance(step, list):
            desk.bring(desk.write(*(KINDS[kind] for kind in step)))
        else:
            attempt(desk, *step)
        assert desk.findings() == []
        for file_id in files(desk):
            page = file_page(desk.database, looking(desk), file_id)
            told, now = page.dispositions, page.standing
            assert sum(one.cents for one in told.values()) == page.total.cents
            assert sum(one.claims for one in told.values()) == page.total.claims
            set_aside = told[Disposition.QUARANTINED]
            assert sum(one.cents for one in now.values()) == set_aside.cents
            assert sum(one.claims for one in now.values()) == set_aside.claims
            assert Standing.ELSEWHERE not in now
    for one in opened(desk):
        page_of_one = quarantine_page(
            desk.database,
            desk.staff("poster"),
            one.quarantine_id,
            language="en",
            now=ACT.now,
            request_id="r",
        )
        for outlook in page_of_one.outlooks:
            parts = (
                outlook.paid_cents,
                outlook.adjusted_cents,
                outlook.share_cents,
                outlook.payer_cents,
            )
            assert sum(parts) == outlook.charge_cents


def attempt(desk: ImportDesk, what: str, place: int) -> None:
    """An act that may be refused; then nothing has changed."""
    waiting = opened(desk)
    if not waiting:
        return
    one = waiting[place % len(waiting)]
    more = {}
    if what == "matched":
        standing = candidates(desk, one.quarantine_id)
        if not standing:
            return
        more["takes_back"] = standing[place % len(standing)]
    before = desk.sums()
    try:
        _WORKS[what](
            desk.database, desk.staff("poster"), one.quarantine_id, reason=WHY, act=ACT, **more
        )
    except (NotPossibleError, StillQuarantinedError):
        assert desk.sums() == before


def candidates(desk: ImportDesk, quarantine_id: UUID) -> list[UUID]:
    page = quarantine_page(
        desk.database,
        desk.staff("poster"),
        quarantine_id,
        language="en",
        now=ACT.now,
        request_id="r",
    )
    return [one.decision_id for one in page.candidates]


def run_asked(app: Flask, desk: ImportDesk) -> None:
    """The worker's part."""
    practice_id = str(desk.practice.practice_id)
    for one in askings(desk):
        run = jobs_of(app)["take_in_payment"].run
        run(practice_id=practice_id, take_in_id=str(one.take_in_id))


def files(desk: ImportDesk) -> list[UUID]:
    with desk.database.transaction(desk.principal()) as session:
        return list(
            session.scalars(
                select(RemittanceFile.file_id).where(
                    RemittanceFile.practice_id == practice_of(session)
                )
            )
        )


def looking(desk: ImportDesk) -> Looking:
    principal = Principal.staff(desk.practice.practice_id, staff_id=UUID(int=7), role="poster")
    return Looking(principal, "en", ACT.now, "r")


def words(text: str) -> str:
    """What a page says, without its marks."""
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def count_of_claims(poster: Browser, address: str) -> int:
    return poster.get(address).text.count('href="/insurance/claims/')


_WORKS: dict[str, Callable[..., object]] = {
    "again": quarantine_work.decide_again,
    "accepted": quarantine_work.accept,
    "rejected": quarantine_work.reject,
    "replaced": quarantine_work.replace,
    "matched": quarantine_work.match_reversal,
}

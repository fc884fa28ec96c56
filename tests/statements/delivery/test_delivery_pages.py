"""Paper or electronic, as somebody chooses it: the demonstration, one click back, other ways."""

import re
from datetime import date
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, update

from portal.app import create_app
from portal.auth.link_tokens import LinkTokens
from portal.auth.links import make_link
from portal.db import Database, Principal, new_id
from portal.domain.paper_delivery import LetterReason
from portal.practice.models import Guarantor, Task
from portal.statements.delivery.models import DeliveryEvent
from portal.statements.delivery.queries import Delivery, deliveries
from portal.statements.delivery.words import Sample
from portal.statements.queries import statement_patient_ids
from tests.auth.running import SECRET_KEY, Browser, Clock, browser, settings_for_tests
from tests.statements.conftest import NOW, Bill, Family, Issue
from tests.statements.papers.pdf_reading import problems_of, smallest_print, text_of

HOME = {"address_line": "12 Quarry Lane", "city": "Easton", "state": "OR", "postal_code": "97399"}


@pytest.fixture
def app(database: Database) -> Flask:
    return create_app(settings_for_tests(), database, clock=Clock(NOW))


@pytest.fixture
def statement_id(database: Database, job: Principal, bill: Bill, issue: Issue) -> UUID:
    with database.transaction(job) as session:
        people = update(Guarantor).where(Guarantor.practice_id == job.practice_id)
        session.execute(people.values(email="ana@example.com", email_agreed_at=NOW))
    bill()
    (statement_id,) = issue().statement_ids
    return statement_id


@pytest.fixture
def ana(
    app: Flask, database: Database, job: Principal, family: Family, statement_id: UUID
) -> Browser:
    """Ana, who opened her link with her own date of birth."""
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
    born = {"born_on-month": "4", "born_on-day": "27", "born_on-year": "1985"}
    visitor.send(f"/s/{tokens.make(job.practice_id, link_id)}", born)
    return visitor


def now_of(database: Database, job: Principal, family: Family) -> Delivery:
    with database.transaction(job) as session:
        return deliveries(session, [family.guarantor_id])[family.guarantor_id]


def words_in_samples(visitor: Browser) -> dict[str, str]:
    page = re.search(r"<code>(\w+)</code>", visitor.get("/delivery/sample").text)
    assert page is not None
    content = visitor.client.get("/delivery/sample.pdf").data
    assert problems_of(content) == []
    file = re.search(r"The word to type is\s+(\w+)", text_of(content))
    assert file is not None
    return {"page_word": page[1], "file_word": file[1]}


def test_who_finds_both_words_and_ticks_the_box_consents_to_what_was_shown(
    database: Database, job: Principal, family: Family, ana: Browser
) -> None:
    found = words_in_samples(ana)
    typed = {"page_word": found["page_word"].upper(), "file_word": f" {found['file_word']} "}
    answer = ana.send("/delivery/consent", {**typed, "agreed": "y"})
    assert (answer.status, answer.location) == (303, "/delivery")
    assert now_of(database, job, family).standing.consented_at == NOW
    assert "Your papers come electronically" in ana.get("/delivery").text
    with database.transaction(job) as session:
        (kept,) = session.scalars(select(DeliveryEvent))
        assert (kept.kind, kept.text_version, kept.language) == ("consented", 1, "en")
        assert len(kept.sentences) == 9


def test_without_the_demonstration_or_the_box_there_is_no_consent(
    database: Database, job: Principal, family: Family, ana: Browser
) -> None:
    right = {**words_in_samples(ana), "agreed": "y"}
    for name in right:
        for instead in ("", "spaghetti"):
            typed = {**right, name: instead}
            if name == "agreed":
                del typed[name]
            assert ana.send("/delivery/consent", typed).status == 422
    assert now_of(database, job, family).standing.consented_at is None


def test_what_was_typed_is_right_or_wrong_as_a_whole(ana: Browser) -> None:
    """Else thirty tries at each word alone would do instead of opening the samples."""
    right = {**words_in_samples(ana), "agreed": "y"}
    told = {
        re.sub(r'value="[^"]*"', "", ana.send("/delivery/consent", {**right, **wrong}).text)
        for wrong in (
            {"page_word": "spaghetti"},
            {"file_word": "spaghetti"},
            {"page_word": "spaghetti", "file_word": "spaghetti"},
        )
    }
    assert len(told) == 1
    assert "One of the two words is not right" in told.pop()


@pytest.mark.parametrize(
    ("opened_on", "typed_on", "counts"),
    [
        (date(2026, 3, 31), date(2026, 4, 1), True),
        (date(2026, 12, 31), date(2027, 1, 1), True),
        (date(2026, 3, 31), date(2026, 4, 2), False),
    ],
)
def test_a_sample_that_was_opened_the_day_before_still_counts(
    opened_on: date, typed_on: date, *, counts: bool
) -> None:
    samples = [Sample("secret", new_id(), "page", "en") for _ in range(20)]  # else by chance
    found = [one.is_found(one.word_on(opened_on), typed_on=typed_on) for one in samples]
    assert all(found) is counts


def test_one_click_takes_consent_back_and_the_next_statement_is_a_letter(
    database: Database, job: Principal, family: Family, ana: Browser
) -> None:
    ana.send("/delivery/consent", {**words_in_samples(ana), "agreed": "y"})
    assert now_of(database, job, family).reason is None
    assert ana.send("/delivery", {}, to="/delivery/paper").location == "/delivery"
    after = now_of(database, job, family)
    assert (after.reason, after.standing.consented_at) == (LetterReason.CHOSE_PAPER, None)
    no_address = ana.get("/delivery").text
    assert "We have no whole address for you" in no_address
    assert "Statements come on paper" not in no_address
    with database.transaction(job) as session:
        people = update(Guarantor).where(Guarantor.practice_id == job.practice_id)
        session.execute(people.values(**HOME))
    assert "Statements come on paper" in ana.get("/delivery").text
    with database.transaction(job) as session:
        kinds = session.scalars(select(DeliveryEvent.kind).order_by(DeliveryEvent.event_id))
        assert list(kinds) == ["consented", "withdrawn"]


def test_who_has_no_address_for_mail_cannot_consent(
    database: Database, job: Principal, family: Family, ana: Browser
) -> None:
    typed = {**words_in_samples(ana), "agreed": "y"}
    with database.transaction(job) as session:
        people = update(Guarantor).where(Guarantor.practice_id == job.practice_id)
        session.execute(people.values(email=None))
    ana.send("/delivery/consent", typed)
    assert now_of(database, job, family).standing.consented_at is None


def test_another_way_to_read_is_kept_and_becomes_a_task(
    database: Database, job: Principal, family: Family, ana: Browser, statement_id: UUID
) -> None:
    wanted = ("large_print", "asked_braille", "asked_call")
    for one in wanted:
        assert ana.send("/delivery", {"format": one}, to="/delivery/reading").status == 303
    assert now_of(database, job, family).standing.is_large
    saved = ana.client.get(f"/statements/{statement_id}.pdf").data
    assert smallest_print(saved, page=1) >= 18
    with database.transaction(job) as session:
        tasks = session.scalars(select(Task.kind).where(Task.subject_id == family.guarantor_id))
        assert set(tasks) == {f"papers_{one}" for one in wanted}


def test_an_unknown_way_to_read_is_asked_for_again(ana: Browser) -> None:
    answer = ana.send("/delivery", {"format": "consented"}, to="/delivery/reading")
    assert answer.status == 422
    assert "Choose what would help you" in answer.text


def test_the_papers_of_a_statement_are_its_readers_to_keep(
    ana: Browser, statement_id: UUID
) -> None:
    other = UUID(int=statement_id.int ^ 1)
    for paper in (".pdf", ".pdf?size=large", "/itemized.pdf", "/itemized.pdf?size=large"):
        answer = ana.client.get(f"/statements/{statement_id}{paper}")
        assert answer.mimetype == "application/pdf"
        assert "A-20411" in text_of(answer.data)
        assert "$40.00" in text_of(answer.data)
        assert ana.get(f"/statements/{other}{paper}").status == 404

"""A manager says what envelopes letters go in, and tries them with a letter before it counts."""

from dataclasses import replace
from uuid import UUID

import pytest
from flask import Flask

from portal.app import create_app
from portal.auth.roles import Role
from portal.connectors.pdf_blocks import NUMBER_10_DOUBLE, Windows, Zone
from portal.db import Database
from portal.statements.papers.envelopes import (
    EnvelopeFinding,
    EnvelopeProblem,
    EnvelopeRefusedError,
    envelope_findings,
    keep_envelope,
)
from portal.statements.papers.reading import Envelope, envelope_of
from tests.auth.billed import NOW
from tests.auth.running import Browser, Clock, browser, settings_for_tests
from tests.auth.test_staff_sign_in import hire, sign_in
from tests.desk.test_desk_pages import staff_of
from tests.journeys.in_the_mail import ENVELOPE
from tests.statements.papers.pdf_reading import problems_of, signs, within

TYPED = Envelope(
    Windows(Zone(500, 500, 3_500, 1_000), Zone(500, 2_000, 4_000, 1_125)),
    remit_lines=("PO Box 12", "Easton, OR 97399"),
)
USUAL = Envelope()
PAGE = "/practice/envelope"
SAMPLE = "/practice/envelope/sample.pdf"


@pytest.fixture
def app(database: Database, clock: Clock) -> Flask:
    return create_app(settings_for_tests(), database, clock=clock)


@pytest.fixture
def manager(app: Flask, database: Database, practice_id: UUID, clock: Clock) -> Browser:
    visitor = browser(app)
    sign_in(visitor, hire(database, practice_id, role=Role.MANAGER), clock)
    return visitor


def kept(database: Database, practice_id: UUID) -> Envelope:
    with database.transaction(staff_of(practice_id)) as session:
        return envelope_of(session)


def recipient(zone: Zone) -> Envelope:
    return replace(USUAL, windows=replace(NUMBER_10_DOUBLE, recipient=zone))


@pytest.mark.parametrize("envelope", [USUAL, TYPED], ids=["usual", "typed"])
def test_an_envelope_that_a_letter_can_be_folded_into_has_no_findings(envelope: Envelope) -> None:
    assert envelope_findings(envelope) == ()


@pytest.mark.parametrize(
    ("envelope", "about", "problem"),
    [
        (recipient(Zone(249, 2_125, 4_000, 1_000)), "recipient", "at_the_edge"),
        (recipient(Zone(625, 2_125, 1_999, 1_000)), "recipient", "too_small"),
        (recipient(Zone(625, 2_125, 4_000, 599)), "recipient", "too_small"),
        (recipient(Zone(625, 2_668, 4_000, 1_000)), "recipient", "below_the_fold"),
        (recipient(Zone(1_001, 2_125, 4_000, 1_000)), "recipient", "too_far_right"),
        (recipient(Zone(625, 1_749, 4_000, 1_000)), "recipient", "not_apart"),
        (replace(USUAL, remit_lines=("a",) * 5), "remit_to", "too_many_lines"),
        (replace(USUAL, remit_lines=("a" * 41,)), "remit_to", "too_long"),
        (replace(USUAL, remit_lines=("PO Box \u4e00",)), "remit_to", "not_printable"),
    ],
)
def test_what_a_letter_would_not_show_whole_is_refused(
    database: Database, practice_id: UUID, envelope: Envelope, about: str, problem: str
) -> None:
    assert envelope_findings(envelope) == (EnvelopeFinding(about, EnvelopeProblem(problem)),)
    with pytest.raises(EnvelopeRefusedError):
        keep_envelope(database, staff_of(practice_id), envelope, now=NOW, request_id="t")
    assert kept(database, practice_id) == USUAL


def test_what_a_manager_types_counts_for_every_letter_from_then_on(
    database: Database, practice_id: UUID, manager: Browser
) -> None:
    assert 'value="0.625"' in manager.get(PAGE).text
    assert manager.send(PAGE, ENVELOPE).status == 303
    assert kept(database, practice_id) == TYPED
    usual = {**ENVELOPE, "sender_x": "0,75", "remit_to": ""}
    del usual["is_duplex"]
    assert manager.send(PAGE, usual).status == 303
    changed = kept(database, practice_id)
    assert (changed.windows.sender.x, changed.is_duplex, changed.remit_lines) == (750, False, ())


@pytest.mark.parametrize("address", [PAGE, SAMPLE])
def test_what_is_wrong_is_said_beside_its_field(
    database: Database, practice_id: UUID, manager: Browser, address: str
) -> None:
    answer = manager.send(PAGE, {**ENVELOPE, "sender_x": "half"}, to=address)
    assert answer.status == 422
    assert "Enter inches, like 0.875" in answer.text
    answer = manager.send(PAGE, {**ENVELOPE, "recipient_y": "3"}, to=address)
    assert answer.status == 422
    assert "there the sheet is folded" in answer.text
    assert kept(database, practice_id) == USUAL


def test_a_sample_letter_shows_both_addresses_whole_and_changes_nothing(
    database: Database, practice_id: UUID, manager: Browser
) -> None:
    token = manager.get(PAGE).csrf_token
    answer = manager.client.post(SAMPLE, data={**ENVELOPE, "csrf_token": token})
    assert answer.mimetype == "application/pdf"
    assert problems_of(answer.data) == []
    window = TYPED.windows.recipient
    shown = "".join(one.text for one in signs(answer.data) if within(one, window))
    assert shown.endswith("SampleCity,OR97000")
    assert "POBox12" in "".join(one.text for one in signs(answer.data))
    assert kept(database, practice_id) == USUAL


def test_only_managers_say_so(clerk: Browser) -> None:
    assert clerk.get(PAGE).status == 404
    token = clerk.get("/desk").csrf_token
    answer = clerk.client.post(PAGE, data={**ENVELOPE, "csrf_token": token})
    assert answer.status_code == 404

"""What a practice must be called, and what its claim number is."""

import os
from dataclasses import replace

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from portal.cli.installation import practice_add, practice_set
from portal.db import Database, Principal
from portal.practice.contact import PracticeContact, practice_contact
from portal.practice.directory import (
    ClaimNumberIs,
    PracticeDetails,
    PracticeRefusedError,
    UnknownPracticeError,
    add_practice,
    all_practices,
    change_practice,
    practice_by_slug,
)
from portal.practice.models import Practice
from tests.conftest import DatabaseUrls

DETAILS = PracticeDetails(slug="river-1", name="Riverbend")


@pytest.mark.parametrize("slug", ["", "River", "river bend", "río", "a" * 41, "a/b", "river\n"])
def test_a_short_name_that_no_address_can_hold_is_refused(database: Database, slug: str) -> None:
    with pytest.raises(PracticeRefusedError, match="small letters, digits and hyphens"):
        add_practice(database, replace(DETAILS, slug=slug))
    assert not all_practices(database)


@pytest.mark.parametrize("time_zone", ["", "Mars/Olympus", "../etc/passwd", "America"])
def test_a_time_zone_that_is_none_is_refused(database: Database, time_zone: str) -> None:
    with pytest.raises(PracticeRefusedError, match="no time zone"):
        add_practice(database, replace(DETAILS, time_zone=time_zone))
    assert not all_practices(database)


def test_a_short_name_is_given_once(database: Database) -> None:
    add_practice(database, DETAILS)
    with pytest.raises(PracticeRefusedError, match="'river-1' already"):
        add_practice(database, replace(DETAILS, name="Another"))
    assert len(all_practices(database)) == 1


@pytest.mark.parametrize("meaning", ClaimNumberIs)
def test_a_practice_says_what_its_claim_number_is(
    database: Database, meaning: ClaimNumberIs
) -> None:
    made = add_practice(database, replace(DETAILS, claim_number_is=meaning))
    with database.transaction(Principal.job(made.practice_id, role="test")) as session:
        kept = session.scalar(
            select(Practice.claim_number_is).where(Practice.practice_id == made.practice_id)
        )
    assert kept == meaning


def test_the_command_takes_only_what_a_claim_number_can_be() -> None:
    done = CliRunner(env=dict(os.environ)).invoke(
        practice_add, ["x", "--name", "X", "--claim-number-is", "visit"]
    )
    assert done.exit_code == 2
    assert "'claim', 'account'" in done.output


def contact_of(database: Database) -> PracticeContact:
    made = practice_by_slug(database, DETAILS.slug)
    with database.transaction(Principal.job(made.practice_id, role="test")) as session:
        return practice_contact(session)


def stripe_account_for_payments(database: Database) -> str | None:
    made = practice_by_slug(database, DETAILS.slug)
    with database.transaction(Principal.job(made.practice_id, role="test")) as session:
        return session.scalar(
            select(Practice.stripe_account).where(Practice.practice_id == made.practice_id)
        )


def test_a_stripe_account_is_known_to_payments_and_to_webhooks_until_it_is_taken_back(
    database: Database,
) -> None:
    add_practice(database, DETAILS)
    for given, kept in (("acct_1Nv0FGQ9RKHgCVdK", "acct_1Nv0FGQ9RKHgCVdK"), ("", None)):
        change_practice(database, DETAILS.slug, {"stripe_account": given})
        assert practice_by_slug(database, DETAILS.slug).stripe_account == kept
        assert stripe_account_for_payments(database) == kept


def test_what_a_practice_says_about_itself_can_be_changed_and_the_rest_stays(
    database: Database,
) -> None:
    add_practice(database, replace(DETAILS, phone="(503) 555-0142", city="Portland"))
    change_practice(
        database, DETAILS.slug, {"address_line": "1 Main St", "time_zone": "America/Chicago"}
    )
    changed = contact_of(database)
    assert (changed.name, changed.phone) == ("Riverbend", "(503) 555-0142")
    assert changed.address_lines == ("1 Main St", "Portland")
    assert changed.time_zone == "America/Chicago"
    assert practice_by_slug(database, DETAILS.slug).time_zone == "America/Chicago"


@pytest.mark.parametrize(("sender", "kept"), [("", "Riverside"), ("RB Billing", "RB Billing")])
def test_a_new_name_is_the_senders_too_unless_the_sender_has_one(
    database: Database, sender: str, kept: str
) -> None:
    add_practice(database, replace(DETAILS, neutral_sender_name=sender))
    change_practice(database, DETAILS.slug, {"name": "Riverside"})
    assert contact_of(database).sender_name == kept


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"stripe_account": "whsec_1Nv0FGQ9RKHgCVdK"}, "must look like acct_"),
        ({"stripe_account": "acct_1"}, "must look like acct_"),
        ({"time_zone": "Mars/Olympus"}, "no time zone"),
        ({"name": " "}, "name must not be empty"),
        ({"name": "River\r\nBcc: a@b.example"}, "one line"),
        ({"assistance_url": "javascript:alert(1)"}, "must begin with https://"),
        ({"refund_alone_up_to_cents": "500.00"}, "in whole cents"),
        ({"machine_keeps_basis_points": "5%"}, "500 for 5 percent"),
        ({}, "Say what to change"),
    ],
)
def test_a_change_that_cannot_be_used_is_refused_whole(
    database: Database, changes: dict[str, str], sentence: str
) -> None:
    add_practice(database, DETAILS)
    before = contact_of(database)
    with pytest.raises(PracticeRefusedError, match=sentence):
        change_practice(database, DETAILS.slug, {"phone": "1", **changes} if changes else {})
    assert contact_of(database) == before


def test_a_practice_that_is_not_there_cannot_be_changed(database: Database) -> None:
    with pytest.raises(UnknownPracticeError):
        change_practice(database, "nowhere", {"phone": "1"})


def test_the_command_changes_what_it_is_told(
    database: Database, database_urls: DatabaseUrls
) -> None:
    add_practice(database, DETAILS)
    environment = {**os.environ, "DATABASE_URL": database_urls.app}
    told = ["river-1", "--phone-hours", "Mon to Fri, 8 to 5", "--state", "OR"]
    done = CliRunner(env=environment).invoke(practice_set, told)
    assert (done.output, done.exit_code) == ("Changed the practice river-1.\n", 0)
    assert contact_of(database).hours == "Mon to Fri, 8 to 5"

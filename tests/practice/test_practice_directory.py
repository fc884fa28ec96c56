"""What a practice must be called, and what its claim number is."""

import os
from dataclasses import replace

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from portal.cli.installation import practice_add
from portal.db import Database, Principal
from portal.practice.directory import (
    ClaimNumberIs,
    PracticeDetails,
    PracticeRefusedError,
    add_practice,
    all_practices,
)
from portal.practice.models import Practice

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

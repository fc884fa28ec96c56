"""A practice's colours as a file: kept long only where the address says the version that it is."""

from dataclasses import replace

import pytest
from flask import Flask

from portal.db import Database, Principal
from portal.practice.branding import keep_setup, read_setup
from portal.practice.contact import practice_contact
from tests.statements.conftest import NOW


@pytest.fixture
def slug(database: Database, job: Principal) -> str:
    """Of a practice whose colours are of version 1."""
    with database.transaction(job) as session:
        _, setup = read_setup(session)
        keep_setup(session, replace(setup, light="#7a1f5c"), seen=0, made_by="Jo", now=NOW)
        return practice_contact(session).slug


@pytest.mark.parametrize(
    ("query", "is_kept"),
    [("?version=1", True), ("?version=2", False), ("?version=0", False), ("", False)],
)
def test_only_the_colours_that_count_now_are_kept_for_a_year(
    app: Flask, slug: str, query: str, *, is_kept: bool
) -> None:
    answer = app.test_client().get(f"/brand/{slug}.css{query}")
    assert "--brand-light: #7a1f5c" in answer.text
    told = answer.headers["Cache-Control"]
    assert told == ("public, max-age=31536000, immutable" if is_kept else "no-cache")

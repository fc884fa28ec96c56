"""A practice's look: colours that can be read, a logo that can do nothing, settings kept whole."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from portal.db import Database, Principal
from portal.domain.contrast import contrast
from portal.domain.language_help import LEAST_LANGUAGES, language_notices
from portal.domain.practice_look import Look, colour_findings, style_sheet
from portal.practice.branding import (
    PracticeSetup,
    SetupChangedError,
    SetupProblem,
    SetupRefusedError,
    add_logo,
    keep_setup,
    kept_versions,
    read_logo,
    read_setup,
    setup_findings,
)
from portal.practice.contact import practice_contact
from portal.practice.logos import MOST_BYTES, LogoRefusedError, checked_logo
from portal.practice.setup_file import SetupFileError, read_setup_file, write_setup_file
from tests.builders import make_practice

NOW = datetime(2026, 3, 9, 18, 0, tzinfo=UTC)
RIVERBEND = PracticeSetup(name="R", phone="(503) 555-0142", hours="Monday to Friday")
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 4"><path d="M0 0h4v4z"/></svg>'
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00"
    b"\x1f\x15\xc4\x89\x00\x00\x00\x00IEND\xaeB`\x82"
)


def saying(field: str, text: str) -> PracticeSetup:
    """Riverbend's settings with another text."""
    return replace(RIVERBEND, **{field: text})  # type: ignore[arg-type]  # all of these are texts


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [("#000000", "#ffffff", 21.0), ("#777777", "#ffffff", 4.48), ("#05566e", "#05566e", 1.0)],
)
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.005)
    assert contrast(other, one) == contrast(one, other)


@pytest.mark.parametrize("text", ["", "#fff", "red", "#05566E", "#05566e;}"])
def test_what_is_no_colour_is_refused(text: str) -> None:
    assert [one.has for one in colour_findings(Look(light=text))] == [None]
    with pytest.raises(ValueError, match=r"Look"):
        style_sheet(Look(light=text))


def test_a_colour_too_light_is_refused_with_its_contrast() -> None:
    (finding,) = setup_findings(replace(RIVERBEND, light="#777777"))
    assert (finding.field, finding.problem) == ("light", SetupProblem.CONTRAST)
    assert (round(finding.has, 1), finding.needs) == (4.5, 6.0)


def test_the_style_sheet_sets_what_the_pages_read() -> None:
    sheet = style_sheet(Look("#7a1f5c", "#f0a8d8", 0))
    assert "--brand-light: #7a1f5c; --brand-dark: #f0a8d8;" in sheet
    assert "--corner: 0px" in sheet


def test_the_notice_is_in_english_and_fifteen_languages() -> None:
    notices = language_notices().notices
    assert len({one.code for one in notices}) >= LEAST_LANGUAGES
    assert notices[0].code == "en"
    assert {one.code for one in notices if one.direction == "rtl"} == {"ar", "fa"}
    for one in notices:
        assert "(503) 555-0142" in one.for_phone("(503) 555-0142")


def test_fewer_languages_than_the_rule_asks_for_are_refused() -> None:
    (finding,) = setup_findings(replace(RIVERBEND, languages=("en", "es")))
    assert finding.problem is SetupProblem.TOO_FEW_LANGUAGES


@pytest.mark.parametrize("field", ["name", "phone", "hours"])
@pytest.mark.parametrize("text", ["", "  "])
def test_what_every_page_and_letter_says_must_be_there(field: str, text: str) -> None:
    (finding,) = setup_findings(saying(field, text))
    assert (finding.field, finding.problem) == (field, SetupProblem.EMPTY)


@pytest.mark.parametrize("field", ["name", "phone", "hours", "hours_es", "contact_email"])
@pytest.mark.parametrize("between", ["\n", "\r", "\t", "\0", "\u2028", "\u202e"])
def test_what_stands_in_the_head_of_a_message_is_one_line(field: str, between: str) -> None:
    (finding,) = setup_findings(saying(field, f"a{between}b"))
    assert (finding.field, finding.problem) == (field, SetupProblem.NOT_ONE_LINE)


@pytest.mark.parametrize(("field", "most"), [("name", 200), ("phone", 200), ("privacy", 8_000)])
def test_a_text_that_is_too_long_is_refused_wherever_it_comes_from(field: str, most: int) -> None:
    assert not setup_findings(saying(field, "a" * most))
    (finding,) = setup_findings(saying(field, "a" * (most + 1)))
    assert (finding.field, finding.problem) == (field, SetupProblem.TOO_LONG)
    assert finding.needs == most


def test_a_notice_has_lines_and_nothing_that_cannot_be_kept() -> None:
    assert not setup_findings(replace(RIVERBEND, privacy="One.\n\nTwo."))
    (finding,) = setup_findings(replace(RIVERBEND, privacy="One.\0"))
    assert finding.problem is SetupProblem.NOT_TEXT


@pytest.mark.parametrize("body", [SVG, PNG], ids=["SVG", "PNG"])
def test_a_plain_logo_is_kept(body: bytes) -> None:
    kind, kept = checked_logo(body)
    assert checked_logo(kept) == (kind, kept)


@pytest.mark.parametrize(
    "inside",
    [
        b"<script>alert(1)</script>",
        b'<path onload="alert(1)"/>',
        b'<a href="https://elsewhere.example"><path/></a>',
        b'<image href="data:image/png;base64,AAAA"/>',
        b'<use href="#x"/>',
        b"<foreignObject/>",
        b"<style>*{}</style>",
        b'<path style="fill:red"/>',
        b'<path fill="url(https://elsewhere.example/x)"/>',
        b'<path xmlns:x="http://www.w3.org/1999/xlink" x:href="#a"/>',
        b'<animate attributeName="d"/>',
    ],
)
def test_a_drawing_that_could_do_something_is_refused(inside: bytes) -> None:
    with pytest.raises(LogoRefusedError):
        checked_logo(SVG.replace(b"<path", inside + b"<path", 1))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"GIF89a", "neither PNG nor SVG"),
        (b'<!DOCTYPE svg [<!ENTITY a "a">]>' + SVG, "DOCTYPE"),
        (SVG.replace(b' viewBox="0 0 4 4"', b""), "viewBox"),
        (PNG[:20], "cut off"),
        (b"<" * (MOST_BYTES + 1), "100 KB"),
    ],
)
def test_what_is_no_logo_is_refused_with_the_reason(body: bytes, said: str) -> None:
    with pytest.raises(LogoRefusedError, match=said):
        checked_logo(body)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
def test_a_drawing_in_another_encoding_hides_nothing(encoding: str) -> None:
    entity = '<!DOCTYPE svg [<!ENTITY a "' + "M0 0h4v4z" * 40 + '">]>'
    with pytest.raises(LogoRefusedError):
        checked_logo((entity + SVG.decode()).encode(encoding))
    with pytest.raises(LogoRefusedError):
        checked_logo(f'<?xml version="1.0" encoding="{encoding}"?>{SVG.decode()}'.encode(encoding))


def test_what_is_kept_of_a_drawing_is_not_larger_than_a_logo_may_be() -> None:
    """Written out again, a drawing may be longer than what was sent."""
    inside = b'<path d="&#9;"/>' * 6_000
    sent = SVG.replace(b"<path", inside + b"<path", 1)
    assert len(sent) < MOST_BYTES
    with pytest.raises(LogoRefusedError, match="100 KB"):
        checked_logo(sent)


def set_up(database: Database) -> tuple[UUID, Principal]:
    practice_id = make_practice(database)
    return practice_id, Principal.job(practice_id, role="test")


def test_settings_are_versions_and_reach_every_page(database: Database) -> None:
    practice_id, job = set_up(database)
    with database.transaction(job) as session:
        version, setup = read_setup(session)
        assert version == 0
        logo_id = add_logo(session, SVG, added_by="Jo", now=NOW)
        changed = replace(setup, name="Riverside", light="#7a1f5c", logo_id=str(logo_id))
        assert keep_setup(session, changed, seen=0, made_by="Jo", now=NOW) == 1
    with database.transaction(Principal.anonymous(practice_id)) as session:
        contact = practice_contact(session)
        assert (contact.name, contact.look_version) == ("Riverside", 1)
        assert contact.logo_id == logo_id
        assert read_setup(session) == (1, changed)
        assert [(one.version, one.made_by) for one in kept_versions(session)] == [(1, "Jo")]
        logo = read_logo(session)
        assert logo is not None
        assert logo.content_type == "image/svg+xml"


def test_two_managers_at_once_do_not_undo_each_other(database: Database) -> None:
    _, job = set_up(database)
    with database.transaction(job) as session:
        _, setup = read_setup(session)
        keep_setup(session, setup, seen=0, made_by="Jo", now=NOW)
        with pytest.raises(SetupChangedError):
            keep_setup(session, setup, seen=0, made_by="Max", now=NOW)
        with pytest.raises(SetupRefusedError):
            keep_setup(session, replace(setup, name=" "), seen=1, made_by="Max", now=NOW)


@pytest.mark.parametrize("table", ["practice_versions", "practice_logos"])
def test_what_was_is_never_changed(database: Database, table: str) -> None:
    _, job = set_up(database)
    with database.transaction(job) as session:
        add_logo(session, PNG, added_by="Jo", now=NOW)
        _, setup = read_setup(session)
        keep_setup(session, setup, seen=0, made_by="Jo", now=NOW)
    with pytest.raises(DBAPIError), database.transaction(job) as session:
        session.execute(text(f"DELETE FROM portal.{table}"))


def test_the_file_says_the_same_and_only_that() -> None:
    setup = PracticeSetup(name='R "1"', privacy="One.\n\nTwo.", languages=("en", "es"), corner=0)
    assert read_setup_file(write_setup_file(setup), current=PracticeSetup()).setup == setup
    assert read_setup_file('phone = "1"', current=setup).setup == replace(setup, phone="1")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("colour = 1", "There is no setting colour"),
        ("name = 1", "name must be a text"),
        ('corner = "6"', "corner must be a whole number"),
        ('languages = "en"', "languages must be a list"),
        ("logo = 1", "logo must be"),
        ("=", "not TOML"),
    ],
)
def test_a_file_that_says_something_else_is_refused(text: str, said: str) -> None:
    with pytest.raises(SetupFileError, match=said):
        read_setup_file(text, current=PracticeSetup())

"""How a practice looks and what its pages say: kept whole as versions, with who and when.

What every page needs of it (name, phone, colours' version, logo) stands in the practice's row, too,
and is written there in the same transaction.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import LargeBinary, insert, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.db import PRACTICE_TABLE, PracticeBase, new_id, practice_of
from portal.domain.language_help import LEAST_LANGUAGES, language_notices
from portal.domain.practice_look import (
    MOST_CORNER,
    PORTALS_LOOK,
    ColourFinding,
    Look,
    colour_findings,
    style_sheet,
)
from portal.practice.logos import checked_logo
from portal.practice.models import Practice

MOST_LINE: Final = 200  # characters
MOST_TEXT: Final = 8_000  # of a notice


class PracticeVersion(PracticeBase):
    """One state of what the practice's pages say, append-only."""

    __tablename__ = "practice_versions"
    __table_args__ = (PRACTICE_TABLE,)

    version: Mapped[int] = mapped_column(primary_key=True)
    document: Mapped[dict[str, Any]] = mapped_column(JSONB)
    made_at: Mapped[datetime]
    made_by: Mapped[str]


class PracticeLogo(PracticeBase):
    """A logo as it was checked, append-only; which one counts, the practice's row says."""

    __tablename__ = "practice_logos"
    __table_args__ = (PRACTICE_TABLE,)

    logo_id: Mapped[UUID] = mapped_column(primary_key=True)
    content_type: Mapped[str]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    added_at: Mapped[datetime]
    added_by: Mapped[str]


class SetupProblem(StrEnum):
    """What can be wrong with a setting."""

    NOT_A_COLOUR = "not_a_colour"
    CONTRAST = "contrast"
    EMPTY = "empty"
    CORNER = "corner"
    NOT_HTTPS = "not_https"
    UNKNOWN_LANGUAGE = "unknown_language"
    TOO_FEW_LANGUAGES = "too_few_languages"
    TOO_LONG = "too_long"
    NOT_ONE_LINE = "not_one_line"
    NOT_TEXT = "not_text"


@dataclass(frozen=True, slots=True)
class SetupFinding:
    """One setting that cannot count; of a colour also its contrast, and on what.

    ``needs`` is the contrast that a colour must have, or the most characters of a text.
    """

    field: str
    problem: SetupProblem
    has: float = 0.0
    needs: float = 0.0
    ground: str = ""


class SetupRefusedError(ValueError):
    """Settings that cannot count; ``findings`` says what to change."""

    def __init__(self, findings: Sequence[SetupFinding]) -> None:
        super().__init__(findings)
        self.findings = tuple(findings)


class SetupChangedError(RuntimeError):
    """Somebody else changed the settings meanwhile."""


@dataclass(frozen=True, slots=True)
class PracticeSetup:
    """All that a practice says of itself; texts are plain, an empty line begins a paragraph.

    An empty text means the portal's own; no language means all there are.
    """

    name: str = ""
    phone: str = ""
    hours: str = ""
    hours_es: str = ""
    assistance_url: str = ""
    contact_email: str = ""
    light: str = PORTALS_LOOK.light
    dark: str = PORTALS_LOOK.dark
    corner: int = PORTALS_LOOK.corner
    logo_id: str = ""
    languages: tuple[str, ...] = ()
    privacy: str = ""
    privacy_es: str = ""
    nondiscrimination: str = ""
    nondiscrimination_es: str = ""

    @property
    def look(self) -> Look:
        """The part that the style sheet is made of."""
        return Look(self.light, self.dark, self.corner)

    def said(self, notice: str, language: str) -> tuple[str, ...]:
        """The paragraphs of a notice in the reader's language; none: the portal's own."""
        text = getattr(self, f"{notice}_es") if language == "es" else getattr(self, notice)
        return tuple(part.strip() for part in str(text).split("\n\n") if part.strip())


@dataclass(frozen=True, slots=True)
class KeptVersion:
    """A version as it was made."""

    version: int
    setup: PracticeSetup
    made_at: datetime
    made_by: str


@dataclass(frozen=True, slots=True)
class Logo:
    """A checked logo, ready to be sent or printed."""

    content_type: str
    body: bytes


_COLUMNS: Final = {  # of the practice's row, by field of a setup
    "name": "name",
    "phone": "phone",
    "hours": "phone_hours",
    "hours_es": "phone_hours_es",
    "assistance_url": "assistance_url",
}
_SAID_EVERYWHERE: Final = ("name", "phone", "hours")  # "Call <phone>, <hours>."
_LINES: Final = (*_COLUMNS, "contact_email")  # a name is part of the head of each e-mail
_TEXTS: Final = ("privacy", "privacy_es", "nondiscrimination", "nondiscrimination_es")


def read_setup(session: Session) -> tuple[int, PracticeSetup]:
    """What counts now, and its version; 0 before anything was set here."""
    row = _practice(session)
    kept = session.scalar(_versions().where(PracticeVersion.practice_id == row.practice_id))
    setup = _setup_of(kept.document) if kept else PracticeSetup()
    current: dict[str, Any] = {name: getattr(row, column) for name, column in _COLUMNS.items()}
    return row.look_version, replace(setup, **current)


def kept_versions(session: Session) -> tuple[KeptVersion, ...]:
    """Every version, newest first."""
    rows = session.scalars(_versions().where(PracticeVersion.practice_id == practice_of(session)))
    return tuple(
        KeptVersion(row.version, _setup_of(row.document), row.made_at, row.made_by) for row in rows
    )


def keep_setup(
    session: Session, setup: PracticeSetup, *, seen: int, made_by: str, now: datetime
) -> int:
    """Make it count, as the version after ``seen``; returns its number.

    Raises SetupRefusedError, or SetupChangedError when ``seen`` is not the newest any more.
    """
    findings = setup_findings(setup)
    if findings:
        raise SetupRefusedError(findings)
    practice_id = practice_of(session)
    row = session.scalars(
        select(Practice).where(Practice.practice_id == practice_id).with_for_update()
    ).one()
    if row.look_version != seen:
        raise SetupChangedError(seen)
    columns = {column: getattr(setup, name) for name, column in _COLUMNS.items()}
    if row.neutral_sender_name == row.name:
        columns["neutral_sender_name"] = setup.name
    session.execute(
        insert(PracticeVersion).values(
            practice_id=practice_id,
            version=seen + 1,
            document=asdict(setup),
            made_at=now,
            made_by=made_by,
        )
    )
    session.execute(
        update(Practice)
        .where(Practice.practice_id == practice_id)
        .values(
            look_version=seen + 1, logo_id=UUID(setup.logo_id) if setup.logo_id else None, **columns
        )
    )
    return seen + 1


def setup_findings(setup: PracticeSetup) -> tuple[SetupFinding, ...]:
    """What is wrong; nothing when it may count."""
    found = [_of_colour(one) for one in colour_findings(setup.look)]
    found += _of_texts(setup)
    if not 0 <= setup.corner <= MOST_CORNER:
        found.append(SetupFinding("corner", SetupProblem.CORNER))
    if setup.assistance_url and not setup.assistance_url.startswith("https://"):
        found.append(SetupFinding("assistance_url", SetupProblem.NOT_HTTPS))
    known = {one.code for one in language_notices().notices}
    if not known.issuperset(setup.languages):
        found.append(SetupFinding("languages", SetupProblem.UNKNOWN_LANGUAGE))
    elif setup.languages and len({"en", *setup.languages}) < LEAST_LANGUAGES:
        found.append(SetupFinding("languages", SetupProblem.TOO_FEW_LANGUAGES))
    return tuple(found)


def add_logo(session: Session, body: bytes, *, added_by: str, now: datetime) -> UUID:
    """Keep a logo that may come to count. Raises LogoRefusedError."""
    content_type, clean = checked_logo(body)
    logo_id = new_id()
    session.execute(
        insert(PracticeLogo).values(
            practice_id=practice_of(session),
            logo_id=logo_id,
            content_type=content_type,
            body=clean,
            added_at=now,
            added_by=added_by,
        )
    )
    return logo_id


def read_logo(session: Session, logo_id: UUID | None = None) -> Logo | None:
    """A logo, without an id the one that counts: for pages and papers. None where there is none."""
    wanted = logo_id or _practice(session).logo_id
    if wanted is None:
        return None
    row = session.scalar(
        select(PracticeLogo).where(
            PracticeLogo.practice_id == practice_of(session), PracticeLogo.logo_id == wanted
        )
    )
    return Logo(row.content_type, row.body) if row else None


def brand_sheet(session: Session) -> tuple[int, str]:
    """The style sheet of the practice's colours as they count now, and which version that is."""
    version, setup = read_setup(session)
    return version, style_sheet(setup.look)


def _versions() -> Any:
    return select(PracticeVersion).order_by(PracticeVersion.version.desc())


def _practice(session: Session) -> Practice:
    return session.scalars(
        select(Practice).where(Practice.practice_id == practice_of(session))
    ).one()


def _setup_of(document: dict[str, Any]) -> PracticeSetup:
    known = {one.name for one in fields(PracticeSetup)}
    values = {name: value for name, value in document.items() if name in known}
    return PracticeSetup(**{**values, "languages": tuple(values.get("languages", ()))})


def _of_texts(setup: PracticeSetup) -> Iterator[SetupFinding]:
    for name in _SAID_EVERYWHERE:
        if not getattr(setup, name).strip():
            yield SetupFinding(name, SetupProblem.EMPTY)
    for name in (*_LINES, *_TEXTS):
        text, most = getattr(setup, name), MOST_LINE if name in _LINES else MOST_TEXT
        if len(text) > most:
            yield SetupFinding(name, SetupProblem.TOO_LONG, needs=most)
        if name in _LINES and not _is_one_line(text):
            yield SetupFinding(name, SetupProblem.NOT_ONE_LINE)
        elif not _is_one_line(text.replace("\n", "")):
            yield SetupFinding(name, SetupProblem.NOT_TEXT)


def _is_one_line(text: str) -> bool:
    """Nothing ends a line, turns the direction of reading, or cannot be seen at all."""
    kinds = {unicodedata.category(sign) for sign in text}
    return not any(kind.startswith("C") or kind in ("Zl", "Zp") for kind in kinds)


def _of_colour(finding: ColourFinding) -> SetupFinding:
    if finding.has is None:
        return SetupFinding(finding.field, SetupProblem.NOT_A_COLOUR)
    return SetupFinding(
        finding.field, SetupProblem.CONTRAST, finding.has, finding.needs, finding.ground
    )

"""The notices that stand in every footer, as the practice of the reader words them."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from portal.db import Database, Principal
from portal.domain.language_help import LanguageNotice, language_notices
from portal.practice.branding import Logo, PracticeSetup, brand_sheet, read_logo, read_setup
from portal.practice.contact import PracticeContact, practice_contact
from portal.practice.directory import UnknownPracticeError, all_practices, practice_by_slug


@dataclass(frozen=True, slots=True)
class NoticePage:
    """A notice; ``practice`` is None where nobody can tell which is meant."""

    practice: PracticeContact | None
    setup: PracticeSetup

    @property
    def languages(self) -> Sequence[LanguageNotice]:
        """The notice of language help in the languages of the practice."""
        return language_notices().chosen(self.setup.languages)


NO_PRACTICE = NoticePage(None, PracticeSetup())


def notice_page(database: Database, practice_id: UUID | None) -> NoticePage:
    """What the pages of a practice say."""
    if practice_id is None:
        return NO_PRACTICE
    with database.transaction(Principal.anonymous(practice_id)) as session:
        _, setup = read_setup(session)
        return NoticePage(practice_contact(session), setup)


def practice_meant(database: Database, slug: str) -> UUID | None:
    """The practice of that short name; without one the only practice there is."""
    if slug:
        try:
            return practice_by_slug(database, slug).practice_id
        except UnknownPracticeError:
            return None
    known = all_practices(database)
    return known[0].practice_id if len(known) == 1 else None


def brand_of(database: Database, practice_id: UUID) -> tuple[int, str]:
    """The style sheet of the practice's colours, and its version."""
    with database.transaction(Principal.anonymous(practice_id)) as session:
        return brand_sheet(session)


def logo_of(database: Database, practice_id: UUID, logo_id: UUID) -> Logo | None:
    """A logo of the practice."""
    with database.transaction(Principal.anonymous(practice_id)) as session:
        return read_logo(session, logo_id)

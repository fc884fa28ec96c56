"""What the pages at the doors show (templates/auth): the practice, and nothing of a person."""

from dataclasses import dataclass

from portal.domain.link_status import LinkEnd
from portal.practice.contact import PracticeContact


@dataclass(frozen=True, slots=True)
class LandingPage:
    """A link that opens; ``site_host`` is what the address bar should show."""

    practice: PracticeContact
    site_host: str


@dataclass(frozen=True, slots=True)
class LinkDeadPage:
    """A link that does not, and why."""

    practice: PracticeContact | None
    reason: LinkEnd

"""What the pages of accounts show (templates/accounts)."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from portal.auth.accounts.access import AccessKind, ActingFor
from portal.auth.accounts.contact import Contact
from portal.auth.accounts.credentials import WaysIn
from portal.practice.contact import PracticeContact
from portal.web.sessions import LiveSession


@dataclass(frozen=True, slots=True)
class DoorPage:
    """A page at the door of one practice: says nothing of anybody."""

    practice: PracticeContact
    slug: str
    can_have_passkeys: bool


@dataclass(frozen=True, slots=True)
class PracticeChoice:
    """One practice to sign in to."""

    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class AccountPage:
    """The frame of a page behind the door."""

    practice: PracticeContact
    statement_id: UUID


@dataclass(frozen=True, slots=True)
class BeginPage(AccountPage):
    """Where somebody is on the way to an account."""

    email: str
    has_account: bool
    can_have_passkeys: bool
    slug: str
    signs_in: bool = False
    """Whether the address has an account already, which these bills can be added to."""


@dataclass(frozen=True, slots=True)
class SecurityPage(AccountPage):
    """Every way to sign in."""

    ways: WaysIn
    can_have_passkeys: bool
    least_password: int
    saved: str = ""


@dataclass(frozen=True, slots=True)
class AppPage(AccountPage):
    """The key that an authenticator app takes, also as a picture (a data: address)."""

    key: str
    picture: str


@dataclass(frozen=True, slots=True)
class CodesPage(AccountPage):
    """Recovery codes, this once; then on to ``next_address``."""

    codes: tuple[str, ...]
    next_address: str


@dataclass(frozen=True, slots=True)
class DevicesPage(AccountPage):
    """Where the account is signed in."""

    sessions: Sequence[LiveSession]


@dataclass(frozen=True, slots=True)
class PeoplePage(AccountPage):
    """Who else may see the account."""

    people: Sequence[ActingFor]


@dataclass(frozen=True, slots=True)
class ChoosePage(AccountPage):
    """Whose bills to look at."""

    choices: Sequence[ActingFor]
    present: UUID


@dataclass(frozen=True, slots=True)
class InvitedPage:
    """What an invitation asks of somebody."""

    practice: PracticeContact
    email: str
    kind: AccessKind
    has_account: bool
    is_signed_in_as_other: bool
    is_theirs: bool
    can_have_passkeys: bool
    slug: str
    token: str


@dataclass(frozen=True, slots=True)
class ContactPage(AccountPage):
    """How the practice reaches somebody."""

    contact: Contact
    saved: str = ""


@dataclass(frozen=True, slots=True)
class ConfirmPage(AccountPage):
    """What shows who they are: a date of birth for whoever came by a link, or a way to sign in."""

    by_link: bool
    has_password: bool
    has_app: bool
    has_passkey: bool
    email: str = ""
    """The account's, if one is signed in."""


@dataclass(frozen=True, slots=True)
class KeptPage(AccountPage):
    """A form that was not sent: where it goes, and what is in it."""

    path: str
    fields: Sequence[tuple[str, str]]

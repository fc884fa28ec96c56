"""Who a request comes from: found in the server-side session, never in the request itself.

A browser's session belongs to one statement, to one account or to one member of staff, never to two
of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Flask, abort, g, session
from flask_login import LoginManager, UserMixin, current_user, login_user

from portal.auth.accounts.access import AccountRef, SignedInAccount, signed_in_account
from portal.auth.keys import keyed_hash
from portal.auth.link_opening import OpenedLink
from portal.auth.links import newest_statement, still_admits
from portal.auth.staff import SignedInStaff, StaffRef, signed_in_staff
from portal.db import Principal
from portal.web.context import portal
from portal.web.sessions import end_session, own_this_session, rotate_session

_LINK, _PENDING, _ACCOUNT = "link", "staff_pending", "account"
_CODE_LIMIT = timedelta(minutes=10)  # from the password to the code
_CODE_TRIES_MAX = 5
_PROVED_AT = "proved_at"
_USER = "_user_id"  # where Flask-Login looks
_READER, _READER_BYTES = "reader.v1", 12
FRESH_FOR = timedelta(minutes=15)
"""How long after a proof somebody may change what matters without giving another."""


@dataclass(frozen=True, slots=True)
class LinkSession:
    """A browser that opened a statement link with a right date of birth, or signed in.

    ``statement_id``: the link's; of an account the newest that a link was made for, and each
    account has one, as it was made from a link.
    """

    principal: Principal
    statement_id: UUID
    is_guarantor: bool
    """The date was the guarantor's own, not another patient's: opens more than the statement."""


class StaffUser(UserMixin):
    """A member of staff as Flask-Login wants one."""

    def __init__(self, member: SignedInStaff) -> None:
        self.member = member

    def get_id(self) -> str:
        return f"{self.member.practice_id} {self.member.staff_id}"


class PatientUser(UserMixin):
    """A signed-in account as Flask-Login wants one."""

    def __init__(self, account: SignedInAccount) -> None:
        self.account = account

    def get_id(self) -> str:
        return f"{_ACCOUNT} {self.account.ref.practice_id} {self.account.ref.account_id}"


class Logins(LoginManager):
    """Flask-Login without its remember-me cookie: nobody is remembered beyond a session."""

    def __init__(self) -> None:
        super().__init__()
        self.session_protection = None  # it writes into sessions, also into those of links
        self.user_loader(_load_user)

    def _update_remember_cookie(self, response: object) -> object:
        """Flask-Login looks into the session here, after every request: ours is read on demand."""
        return response


def install_sign_in(app: Flask) -> None:
    """Make Flask-Login and `current_principal` work in an app."""
    Logins().init_app(app, add_context_processor=False)
    app.context_processor(lambda: {"staff": g.staff} if "staff" in g else {})


def current_principal() -> Principal | None:
    """Who asks; None for somebody who has not shown anything yet."""
    link = current_link()
    if link is not None:
        return link.principal
    member = current_staff()
    return member.principal if member else None


def current_link() -> LinkSession | None:
    """The statement link this browser opened, unless staff have turned it off since.

    Or whom a signed-in account acts for, unless that was ended.
    """
    if "link_session" not in g:
        g.link_session = _load_link()
    found: LinkSession | None = g.link_session
    return found


def current_account() -> SignedInAccount | None:
    """The account that is signed in, and for whom it acts."""
    user = current_user._get_current_object()  # noqa: SLF001 — the way past Werkzeug's proxy
    return user.account if isinstance(user, PatientUser) else None


def require_signed_in() -> SignedInAccount:
    """As `current_account` (Policy.SIGNED_IN); 404 for nobody."""
    return current_account() or abort(404)


def current_staff() -> SignedInStaff | None:
    """The member of staff who is signed in."""
    user = current_user._get_current_object()  # noqa: SLF001 — the way past Werkzeug's proxy
    return user.member if isinstance(user, StaffUser) else None


def require_staff() -> SignedInStaff:
    """As `current_staff`; 404 for nobody."""
    return current_staff() or abort(404)


def require_statement(statement_id: UUID) -> Principal:
    """The principal of the link to this very statement, or of the person who pays.

    Theirs are all statements of the account, and row-level security says which those are. 404 for
    everybody else, as for a missing one.
    """
    link = current_link()
    if link is None or not (link.is_guarantor or link.statement_id == statement_id):
        abort(404)
    return link.principal


def require_account() -> Principal:
    """The person who pays (Policy.ACCOUNT); 404 for everybody else."""
    link = current_link()
    if link is None or not link.is_guarantor:
        abort(404)
    return link.principal


def require_holder() -> Principal:
    """The person who pays themselves (Policy.HOLDER); 404 for whom they let in, too."""
    principal = require_account()
    if not principal.is_holder:
        abort(404)
    return principal


def account_statement() -> UUID | None:
    """The statement at which the person who pays came in; None for everybody else."""
    link = current_link()
    return link.statement_id if link is not None and link.is_guarantor else None


def reader_key() -> str:
    """Tells who reads from everybody else, also at the same link or account; empty: nobody.

    Opaque. It stays the same from session to session. Whoever pays is one person, by a link and by
    an account of their own. Two patients of one date of birth, whom nobody can tell apart, share
    theirs at one link.
    """
    return reader_key_in(session)


def reader_key_in(values: Mapping[str, Any]) -> str:
    """As `reader_key`: of a session's values, also when time has ended it."""
    whose = _reader_in(values)
    if not whose:
        return ""
    hashed = keyed_hash(portal().settings.secret_key, _READER, whose)
    return hashed[:_READER_BYTES].hex()


def _reader_in(values: Mapping[str, Any]) -> str:
    """An access names its account, the guarantor whose bills it opens, and how far."""
    account, link = values.get(_ACCOUNT), values.get(_LINK)
    if account is not None:
        is_payer = account.get("is_holder")  # sessions from before it was noted: by their access
        payer, other = account["guarantor_id"], f"account {account['access_id']}"
    elif link is not None:
        is_payer, payer = link.get("is_guarantor"), link["guarantor_id"]
        other = f"link {payer} {link.get('patient_id') or link['link_id']}"
        other += " apart" if link.get("is_apart") else ""
    else:
        return str(values.get(_USER, ""))
    return f"guarantor {payer}" if is_payer else other


def is_fresh(*, now: datetime) -> bool:
    """Whether who they are was shown a short while ago: by signing in, or by a date of birth."""
    stored = session.get(_ACCOUNT) or session.get(_LINK) or {}
    proved_at = stored.get(_PROVED_AT)  # sessions from before it was noted have none
    return proved_at is not None and now - datetime.fromisoformat(proved_at) <= FRESH_FOR


def prove_again(*, now: datetime) -> None:
    """They have shown it once more."""
    for kind in (_ACCOUNT, _LINK):
        if kind in session:
            session[kind] = {**session[kind], _PROVED_AT: now.isoformat()}
    rotate_session()


def begin_account_session(
    ref: AccountRef, access_id: UUID, *, device: str, now: datetime
) -> SignedInAccount | None:
    """All factors were right: a new session under a new id. None for what was ended meanwhile."""
    account = signed_in_account(portal().database, ref, access_id=access_id)
    if account is None:
        return None
    end_session()
    session[_ACCOUNT] = {**_acting_for(account), _PROVED_AT: now.isoformat()}
    own_this_session(ref.account_id, device=device)
    login_user(PatientUser(account))
    rotate_session()
    g.pop("link_session", None)
    return account


def act_for(access_id: UUID) -> SignedInAccount | None:
    """Look at somebody else's bills from now on; None for somebody they may not act for."""
    present = require_signed_in()
    account = signed_in_account(portal().database, present.ref, access_id=access_id)
    if account is None:
        return None
    session[_ACCOUNT] = {**session[_ACCOUNT], **_acting_for(account)}
    rotate_session()
    return account


def _acting_for(account: SignedInAccount) -> dict[str, str | bool]:
    with portal().database.transaction(account.principal) as transaction:
        statement_id = newest_statement(transaction, account.guarantor_id)
    return {
        "practice_id": str(account.ref.practice_id),
        "access_id": str(account.access_id),
        "guarantor_id": str(account.guarantor_id),
        "is_holder": account.is_holder,
        "statement_id": str(statement_id),
    }


def begin_link_session(opened: OpenedLink) -> None:
    """A new session, under a new id, for one statement."""
    end_session()
    session[_LINK] = {
        "practice_id": str(opened.principal.practice_id),
        "link_id": str(opened.principal.actor_id),
        "guarantor_id": str(opened.principal.guarantor_id),
        "statement_id": str(opened.statement_id),
        "is_guarantor": opened.is_guarantor,
        _PROVED_AT: portal().clock().isoformat(),
        "patient_id": str(opened.patient_id) if opened.patient_id else None,
        "is_apart": opened.is_apart,
    }
    rotate_session()
    g.pop("link_session", None)


def begin_second_factor(ref: StaffRef, *, now: datetime) -> None:
    """The password was right: a new session that opens nothing yet but the next step."""
    end_session()
    session[_PENDING] = {
        "practice_id": str(ref.practice_id),
        "staff_id": str(ref.staff_id),
        "began_at": now.isoformat(),
        "wrong_codes": 0,
    }
    rotate_session()


def awaiting_code(*, now: datetime) -> StaffRef | None:
    """Whose code is awaited; None after 10 minutes, or when no password was given."""
    pending = session.get(_PENDING)
    if pending is None or now - datetime.fromisoformat(pending["began_at"]) > _CODE_LIMIT:
        return None
    return StaffRef(UUID(pending["practice_id"]), UUID(pending["staff_id"]))


def note_wrong_code() -> bool:
    """Count one; after five the password is asked for again, and this returns False."""
    pending = {**session[_PENDING], "wrong_codes": session[_PENDING]["wrong_codes"] + 1}
    if pending["wrong_codes"] >= _CODE_TRIES_MAX:
        end_session()
        return False
    session[_PENDING] = pending
    return True


def begin_staff_session(ref: StaffRef) -> SignedInStaff | None:
    """Both factors were right: sign in, under yet another session id. None if disabled since."""
    member = signed_in_staff(portal().database, ref)
    if member is None:
        return None
    end_session()
    login_user(StaffUser(member))
    rotate_session()
    return member


def _load_link() -> LinkSession | None:
    stored = session.get(_LINK)
    if stored is None:
        return _load_account_session()
    link_id = UUID(stored["link_id"])
    is_guarantor = bool(stored.get("is_guarantor"))  # sessions from before it was noted: no
    patient_id = stored.get("patient_id")
    principal = Principal.link(
        UUID(stored["practice_id"]),
        guarantor_id=UUID(stored["guarantor_id"]),
        link_id=link_id,
        is_guarantor=is_guarantor,
        patient_id=UUID(patient_id) if patient_id else None,
        is_apart=bool(stored.get("is_apart")),
    )
    with portal().database.transaction(principal) as transaction:
        admitted = still_admits(transaction, link_id)
    if not admitted:
        return None
    return LinkSession(principal, UUID(stored["statement_id"]), is_guarantor)


def _load_account_session() -> LinkSession | None:
    account = current_account()
    if account is None:
        return None
    return LinkSession(
        account.principal, UUID(session[_ACCOUNT]["statement_id"]), is_guarantor=True
    )


def _load_user(user_id: str) -> PatientUser | StaffUser | None:
    kind, *account_ids = user_id.split()
    if kind == _ACCOUNT:
        return _load_account(*account_ids)
    practice_id, staff_id = (UUID(part) for part in user_id.split())
    member = signed_in_staff(portal().database, StaffRef(practice_id, staff_id))
    return StaffUser(member) if member else None


def _load_account(practice_id: str, account_id: str) -> PatientUser | None:
    access_id = UUID(session[_ACCOUNT]["access_id"])
    ref = AccountRef(UUID(practice_id), UUID(account_id))
    account = signed_in_account(portal().database, ref, access_id=access_id)
    return PatientUser(account) if account else None

"""Who a request comes from: found in the server-side session, never in the request itself.

A browser's session belongs to one statement or to one member of staff, never to both.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from flask import Flask, abort, g, session
from flask_login import LoginManager, UserMixin, current_user, login_user

from portal.auth.links import OpenedLink, still_admits
from portal.auth.staff import SignedInStaff, StaffRef, signed_in_staff
from portal.db import Principal
from portal.web.context import portal
from portal.web.sessions import end_session, rotate_session

_LINK, _PENDING = "link", "staff_pending"
_CODE_LIMIT = timedelta(minutes=10)  # from the password to the code
_CODE_TRIES_MAX = 5


@dataclass(frozen=True, slots=True)
class LinkSession:
    """A browser that opened a statement link with a right date of birth."""

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


class StaffLogins(LoginManager):
    """Flask-Login without its remember-me cookie: nobody is remembered beyond a session."""

    def __init__(self) -> None:
        super().__init__()
        self.session_protection = None  # it writes into sessions, also into those of links
        self.user_loader(_load_staff)

    def _update_remember_cookie(self, response: object) -> object:
        """Flask-Login looks into the session here, after every request: ours is read on demand."""
        return response


def install_sign_in(app: Flask) -> None:
    """Make Flask-Login and `current_principal` work in an app."""
    StaffLogins().init_app(app, add_context_processor=False)
    app.context_processor(lambda: {"staff": g.staff} if "staff" in g else {})


def current_principal() -> Principal | None:
    """Who asks; None for somebody who has not shown anything yet."""
    link = current_link()
    if link is not None:
        return link.principal
    member = current_staff()
    return member.principal if member else None


def current_link() -> LinkSession | None:
    """The statement link this browser opened, unless staff have turned it off since."""
    if "link_session" not in g:
        g.link_session = _load_link()
    found: LinkSession | None = g.link_session
    return found


def current_staff() -> SignedInStaff | None:
    """The member of staff who is signed in."""
    user = current_user._get_current_object()  # noqa: SLF001 — the way past Werkzeug's proxy
    return user.member if isinstance(user, StaffUser) else None


def require_staff() -> SignedInStaff:
    """As `current_staff`; 404 for nobody."""
    return current_staff() or abort(404)


def require_statement(statement_id: UUID) -> Principal:
    """The principal of the link to this very statement; 404 for any other, as for a missing one."""
    link = current_link()
    if link is None or link.statement_id != statement_id:
        abort(404)
    return link.principal


def require_account() -> Principal:
    """The person who pays (Policy.ACCOUNT); 404 for everybody else."""
    link = current_link()
    if link is None or not link.is_guarantor:
        abort(404)
    return link.principal


def account_statement() -> UUID | None:
    """The statement at which the person who pays came in; None for everybody else."""
    link = current_link()
    return link.statement_id if link is not None and link.is_guarantor else None


def begin_link_session(opened: OpenedLink) -> None:
    """A new session, under a new id, for one statement."""
    end_session()
    session[_LINK] = {
        "practice_id": str(opened.principal.practice_id),
        "link_id": str(opened.principal.actor_id),
        "guarantor_id": str(opened.principal.guarantor_id),
        "statement_id": str(opened.statement_id),
        "is_guarantor": opened.is_guarantor,
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
        return None
    link_id = UUID(stored["link_id"])
    is_guarantor = bool(stored.get("is_guarantor"))  # sessions from before it was noted: no
    principal = Principal.link(
        UUID(stored["practice_id"]),
        guarantor_id=UUID(stored["guarantor_id"]),
        link_id=link_id,
        is_guarantor=is_guarantor,
    )
    with portal().database.transaction(principal) as transaction:
        admitted = still_admits(transaction, link_id)
    if not admitted:
        return None
    return LinkSession(principal, UUID(stored["statement_id"]), is_guarantor)


def _load_staff(user_id: str) -> StaffUser | None:
    practice_id, staff_id = (UUID(part) for part in user_id.split())
    member = signed_in_staff(portal().database, StaffRef(practice_id, staff_id))
    return StaffUser(member) if member else None

"""Who may use a route: each declares it, and what is not declared is refused.

``@policy(Policy.PUBLIC, reason=…)``, ``@policy(Policy.STATEMENT_LINK)`` or ``@staff_only(*roles)``
stands right above the function, below the route; ``@fresh_only`` beside it for what matters. Which
object may be seen is asked in the view (`current.require_statement`) and, whatever the view
forgets, by row-level security.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Any, TypeVar

from flask import (
    Flask,
    abort,
    current_app,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response

from portal.auth.accounts.typed import keep_from_ended_session, remember_way_back
from portal.auth.current import current_account, current_link, current_staff, is_fresh
from portal.auth.roles import Area, Role, areas_of
from portal.db import Principal
from portal.web.context import portal

_MARK = "portal_policy"
_FRESH_MARK = "portal_fresh_only"
_EXTENSION = "portal.policies"
_View = TypeVar("_View", bound=Callable[..., Any])


class Policy(StrEnum):
    """The kinds of admission."""

    PUBLIC = "public"
    STATEMENT_LINK = "statement_link"
    ACCOUNT = "account"  # the person who pays or whom they let in, not all on the statement
    COPIES = "copies"  # the same, but for whom they let pay only: papers and files to keep
    HOLDER = "holder"  # that person only: what they agree to, keep, or decide for others
    SIGNED_IN = "signed_in"  # an account, not only a link
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Admission:
    """What one route declares. ``reason`` says why a public one may be public."""

    policy: Policy
    roles: frozenset[Role] = frozenset()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class StaffFrame:
    """What the frame of every staff page shows."""

    name: str
    role: str
    practice_name: str
    areas: frozenset[Area]
    open_tasks: int


def policy(kind: Policy, *, reason: str = "") -> Callable[[_View], _View]:
    """Declare a route public (and say why), or open to whoever opened a statement link."""
    if kind is Policy.STAFF:
        raise ValueError("use staff_only(): the roles must be named")
    if (kind is Policy.PUBLIC) != bool(reason):
        raise ValueError("a public route, and only that, gives its reason")
    return _declare(Admission(kind, reason=reason))


def staff_only(*roles: Role) -> Callable[[_View], _View]:
    """Declare a route open to staff of these roles."""
    if not roles:
        raise ValueError("name the roles that may use the route")
    return _declare(Admission(Policy.STAFF, frozenset(roles)))


def fresh_only(view: _View) -> _View:
    """Declare that who they are must have been shown a short while ago; else it is asked again.

    The way back is kept, and so is what was typed (`accounts.typed`).
    """
    vars(view)[_FRESH_MARK] = True
    return view


def install(app: Flask, *, public: Mapping[str, str]) -> None:
    """Refuse every request that no policy admits.

    ``public`` gives endpoints of layers below this one, which cannot declare themselves, and why.
    """
    app.extensions[_EXTENSION] = {
        endpoint: Admission(Policy.PUBLIC, reason=reason) for endpoint, reason in public.items()
    }
    app.before_request(_admit)
    app.jinja_env.globals["is_offered"] = is_offered


def admission_of(app: Flask, endpoint: str) -> Admission | None:
    """What an endpoint declares; None means that nobody gets in."""
    given: Mapping[str, Admission] = app.extensions[_EXTENSION]
    if endpoint in given:
        return given[endpoint]
    declared: Admission | None = vars(app.view_functions[endpoint]).get(_MARK)
    return declared


def is_offered(endpoint: str) -> bool:
    """Whether a link there is of use: what the holder alone decides is none to whom they let in."""
    link = current_link()
    if link is None or not link.is_guarantor:
        return True
    admission = admission_of(_app(), endpoint)
    return admission is None or not _is_beyond(link.principal, admission.policy)


def undeclared_endpoints(app: Flask) -> tuple[str, ...]:
    """Routes nobody gets into, because their policy was forgotten."""
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    return tuple(sorted(name for name in endpoints if admission_of(app, name) is None))


def _declare(admission: Admission) -> Callable[[_View], _View]:
    def mark(view: _View) -> _View:
        vars(view)[_MARK] = admission
        return view

    return mark


def _app() -> Flask:
    return current_app._get_current_object()  # type: ignore[attr-defined,no-any-return]  # noqa: SLF001 — the way past Werkzeug's proxy


def _admit() -> Response | None:
    if request.endpoint is None:  # no such route: Flask answers
        return None
    admission = admission_of(_app(), request.endpoint)
    if admission is None:
        abort(404)
    match admission.policy:
        case Policy.PUBLIC:
            return None
        case Policy.STATEMENT_LINK:
            return _ask_again_if_stale() if current_link() else _signed_out()
        case Policy.ACCOUNT | Policy.COPIES | Policy.HOLDER:
            return _admit_to_account(admission.policy) or _ask_again_if_stale()
        case Policy.SIGNED_IN:
            return _admit_signed_in() or _ask_again_if_stale()
        case Policy.STAFF:
            return _admit_staff(admission.roles)


def _admit_to_account(kind: Policy = Policy.ACCOUNT) -> Response | None:
    link = current_link()
    if link is None:
        return _signed_out()
    if link.is_guarantor and not _is_beyond(link.principal, kind):
        return None
    page = render_template(
        "auth/not_the_account.html",
        statement_id=link.statement_id,
        is_let_in=link.is_guarantor,
        is_copy=kind is Policy.COPIES,
    )
    return make_response(page, HTTPStatus.FORBIDDEN)


def _is_beyond(principal: Principal, kind: Policy) -> bool:
    """Whether somebody whom the holder let in is not let in that far (45 CFR 164.502(b))."""
    if kind is Policy.COPIES:
        return principal.pays_only
    return kind is Policy.HOLDER and not principal.is_holder


def _admit_signed_in() -> Response | None:
    """Whoever came by a link is shown how to make an account."""
    if current_account() is not None:
        return None
    return _admit_to_account() or redirect(url_for("accounts.begin"), code=303)


def _ask_again_if_stale() -> Response | None:
    view = current_app.view_functions[request.endpoint or ""]
    if _FRESH_MARK not in vars(view) or is_fresh(now=portal().clock()):
        return None
    remember_way_back()
    return redirect(url_for("accounts.confirm"), code=303)


def _signed_out() -> Response:
    """For a bookmark after the session: the same for every address, before any object is read.

    What was typed into a form by whoever was signed in until now is kept for half an hour.
    """
    if current_staff() is not None:
        abort(404)
    page = render_template("auth/signed_out.html", timed_out=True, kept=keep_from_ended_session())
    return make_response(page, HTTPStatus.NOT_FOUND)


def _admit_staff(roles: Collection[Role]) -> Response | None:
    member = current_staff()
    if member is None:
        return redirect(url_for("staff.sign_in"), code=303)
    if member.role not in roles:
        abort(404)  # as for a page that does not exist
    g.staff = StaffFrame(
        member.name,
        member.role.value,
        member.practice_name,
        areas_of(member.role),
        member.open_tasks,
    )
    return None

"""Who may use a route: each declares it, and what is not declared is refused.

``@policy(Policy.PUBLIC, reason=…)``, ``@policy(Policy.STATEMENT_LINK)`` or ``@staff_only(*roles)``
stands right above the function, below the route. Which object may be seen is asked in the view
(`current.require_statement`) and, whatever the view forgets, by row-level security.
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

from portal.auth.current import current_link, current_staff
from portal.auth.roles import Area, Role, areas_of

_MARK = "portal_policy"
_EXTENSION = "portal.policies"
_View = TypeVar("_View", bound=Callable[..., Any])


class Policy(StrEnum):
    """The kinds of admission."""

    PUBLIC = "public"
    STATEMENT_LINK = "statement_link"
    ACCOUNT = "account"  # the person who pays, not only somebody on the statement
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


def install(app: Flask, *, public: Mapping[str, str]) -> None:
    """Refuse every request that no policy admits.

    ``public`` gives endpoints of layers below this one, which cannot declare themselves, and why.
    """
    app.extensions[_EXTENSION] = {
        endpoint: Admission(Policy.PUBLIC, reason=reason) for endpoint, reason in public.items()
    }
    app.before_request(_admit)


def admission_of(app: Flask, endpoint: str) -> Admission | None:
    """What an endpoint declares; None means that nobody gets in."""
    given: Mapping[str, Admission] = app.extensions[_EXTENSION]
    if endpoint in given:
        return given[endpoint]
    declared: Admission | None = vars(app.view_functions[endpoint]).get(_MARK)
    return declared


def undeclared_endpoints(app: Flask) -> tuple[str, ...]:
    """Routes nobody gets into, because their policy was forgotten."""
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    return tuple(sorted(name for name in endpoints if admission_of(app, name) is None))


def _declare(admission: Admission) -> Callable[[_View], _View]:
    def mark(view: _View) -> _View:
        vars(view)[_MARK] = admission
        return view

    return mark


def _admit() -> Response | None:
    if request.endpoint is None:  # no such route: Flask answers
        return None
    admission = admission_of(current_app._get_current_object(), request.endpoint)  # type: ignore[attr-defined]  # noqa: SLF001 — the way past Werkzeug's proxy
    if admission is None:
        abort(404)
    match admission.policy:
        case Policy.PUBLIC:
            return None
        case Policy.STATEMENT_LINK:
            return None if current_link() else _signed_out()
        case Policy.ACCOUNT:
            return _admit_to_account()
        case Policy.STAFF:
            return _admit_staff(admission.roles)


def _admit_to_account() -> Response | None:
    link = current_link()
    if link is None:
        return _signed_out()
    if not link.is_guarantor:
        page = render_template("auth/not_the_account.html", statement_id=link.statement_id)
        return make_response(page, HTTPStatus.FORBIDDEN)
    return None


def _signed_out() -> Response:
    """For a bookmark after the session: the same for every address, before any object is read."""
    if current_staff() is not None:
        abort(404)
    page = render_template("auth/signed_out.html", timed_out=True)
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

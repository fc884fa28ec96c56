"""The way back, and what was typed, while somebody shows who they are (again).

A form that comes after the end of its session, or too long after the last proof, is kept for its
browser and its owner (kept.py); they send it themselves, by one button, when they are back.
"""

from typing import Any
from uuid import UUID

from flask import Response, after_this_request, current_app, request, session, url_for

from portal.auth.accounts.kept import (
    KEPT_FOR,
    TypedForm,
    drop_form,
    keep_form,
    kept_form,
    without_secrets,
)
from portal.db import Principal
from portal.web.context import portal
from portal.web.sessions import ended_by_time

_COOKIE = "kept"
_WAY_BACK = "way_back"
_HOME = "home.show"


def remember_way_back() -> None:
    """Before somebody is asked again: the page they wanted, or the form that they sent."""
    stored = session.get("account") or session.get("link") or {}
    if request.method == "POST":
        _keep(_owner_in(stored))
    else:
        session[_WAY_BACK] = request.full_path.removesuffix("?")


def keep_from_ended_session() -> bool:
    """Whether what was typed is kept: by whoever was signed in until time ended it."""
    if request.method != "POST":
        return False
    ended = ended_by_time()
    stored = ended.get("account") or ended.get("link")
    return _keep(_owner_in(stored)) if stored else False


def way_on(principal: Principal, *, statement_id: UUID) -> str:
    """Where to go, now that they have shown who they are: on with what they were doing, or home."""
    if typed_form(principal) is not None:
        return url_for("accounts.kept")
    back = session.pop(_WAY_BACK, None)
    return str(back) if back else home(statement_id)


def home(statement_id: UUID) -> str:
    """Their first page."""
    if _HOME in current_app.view_functions:
        return url_for(_HOME)
    return url_for("statements.show", statement_id=statement_id)


def typed_form(principal: Principal) -> TypedForm | None:
    """What this browser kept for that person."""
    token = request.cookies.get(_COOKIE, "")
    if not token:
        return None
    here = portal()
    owner = f"{principal.practice_id} {principal.guarantor_id}"
    return kept_form(here.database, here.settings.secret_key, token, owner=owner, now=here.clock())


def drop_typed_form() -> None:
    """It is sent, or not wanted."""
    drop_form(portal().database, request.cookies.get(_COOKIE, ""))

    @after_this_request
    def forget(response: Response) -> Response:
        response.delete_cookie(_COOKIE)
        return response


def _keep(owner: str) -> bool:
    here = portal()
    fields = without_secrets(list(request.form.items(multi=True)))
    typed = TypedForm(request.path, fields, owner)
    token = keep_form(here.database, here.settings.secret_key, typed, now=here.clock())
    if token is None:
        return False
    over_tls = here.settings.base_url.startswith("https://")

    @after_this_request
    def remember(response: Response) -> Response:
        response.set_cookie(
            _COOKIE,
            token,
            max_age=int(KEPT_FOR.total_seconds()),
            secure=over_tls,
            httponly=True,
            samesite="Lax",
        )
        return response

    return True


def _owner_in(stored: dict[str, Any]) -> str:
    return f"{stored['practice_id']} {stored['guarantor_id']}"

"""The way back, and what was typed, while somebody shows who they are (again).

A form that comes after the end of its session, or too long after the last proof, is kept for its
browser and its reader (kept.py); they send it themselves, by one button, when they are back. Once
it is sent, or somebody signs out, it is gone.
"""

from http import HTTPStatus
from uuid import UUID

from flask import Response, after_this_request, current_app, g, request, session, url_for

from portal.auth.accounts.kept import (
    KEPT_FOR,
    TypedForm,
    drop_form,
    keep_form,
    kept_form,
    without_secrets,
)
from portal.auth.current import reader_key, reader_key_in
from portal.web.context import portal
from portal.web.sessions import ended_by_time

_COOKIE = "kept"
_WAY_BACK = "way_back.v2"
_HOME = "home.show"


def remember_way_back() -> None:
    """Before somebody is asked again: the page they wanted, or the form that they sent."""
    if request.method == "POST":
        _keep(reader_key())
    else:
        session[_WAY_BACK] = {"to": request.full_path.removesuffix("?"), "reader": reader_key()}


def keep_from_ended_session() -> bool:
    """Whether what was typed is kept: by whoever was signed in until time ended it."""
    if request.method != "POST":
        return False
    reader = reader_key_in(ended_by_time())
    return _keep(reader) if reader else False


def way_on(statement_id: UUID) -> str:
    """Where to go, now that they have shown who they are: on with what they were doing, or home.

    Whoever acts for somebody else by now goes home: what they were doing may not be theirs there.
    """
    if typed_form() is not None:
        return url_for("accounts.kept")
    back = session.pop(_WAY_BACK, None)
    is_theirs = back is not None and back["reader"] == reader_key()
    return str(back["to"]) if is_theirs else home(statement_id)


def home(statement_id: UUID) -> str:
    """Their first page."""
    if _HOME in current_app.view_functions:
        return url_for(_HOME)
    return url_for("statements.show", statement_id=statement_id)


def typed_form() -> TypedForm | None:
    """What this browser kept for whoever is signed in."""
    token = request.cookies.get(_COOKIE, "")
    if not token:
        return None
    here, reader = portal(), reader_key()
    return kept_form(
        here.database, here.settings.secret_key, token, reader=reader, now=here.clock()
    )


def drop_typed_form() -> None:
    """It is not wanted, or whoever wrote it leaves."""
    if _COOKIE in request.cookies:
        after_this_request(_forget)


def drop_sent_form(response: Response) -> Response:
    """After every request: what its reader has now sent does not come back to be sent again."""
    is_sent = request.method == "POST" and response.status_code < HTTPStatus.BAD_REQUEST
    if not is_sent or _COOKIE not in request.cookies or "kept_anew" in g:
        return response
    typed = typed_form()
    return _forget(response) if typed is not None and typed.path == request.path else response


def _forget(response: Response) -> Response:
    drop_form(portal().database, request.cookies[_COOKIE])
    response.delete_cookie(_COOKIE)
    return response


def _keep(reader: str) -> bool:
    """In place of what this browser kept before."""
    here = portal()
    fields = without_secrets(list(request.form.items(multi=True)))
    typed = TypedForm(request.path, fields, reader)
    token = keep_form(here.database, here.settings.secret_key, typed, now=here.clock())
    if token is None:
        return False
    g.kept_anew = True
    drop_form(here.database, request.cookies.get(_COOKIE, ""))
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

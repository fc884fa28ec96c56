"""What the frame of a page knows about its reader: what is theirs here, and how they came in."""

from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, has_request_context, request

from portal.auth.current import current_principal, reader_key
from portal.auth.policies import Policy, admission_of
from portal.db import Principal, PrincipalKind


@dataclass(frozen=True, slots=True)
class Visitor:
    """``key``: `portal.auth.current.reader_key`."""

    holds_account: bool
    key: str
    is_by_link: bool = False
    """It is theirs, and they may make an account of their own to sign in with."""


def install_frame(app: Flask) -> None:
    """Give every template ``visitor``: None where a page is open to all."""
    app.context_processor(_frame)


def _frame() -> dict[str, Any]:
    principal = _admitted()
    if principal is None:
        return {}
    is_by_link = principal.holds_account and principal.kind is PrincipalKind.LINK
    return {"visitor": Visitor(principal.holds_account, reader_key(), is_by_link)}


def _admitted() -> Principal | None:
    """Whoever this very route has let in: asking for anybody else would read their session."""
    if not has_request_context() or request.endpoint is None:
        return None
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 — the way past Werkzeug's proxy
    admission = admission_of(app, request.endpoint)
    if admission is None or admission.policy is Policy.PUBLIC:
        return None
    return current_principal()

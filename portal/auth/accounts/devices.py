"""The browser at the other end: what it calls itself, and a cookie that knows it again.

The cookie opens nothing: it only tells a sign-in from a new device.
"""

import secrets

from flask import Response, after_this_request, g, request

from portal.auth.accounts.sign_in import Visitor
from portal.auth.keys import keyed_hash
from portal.web.context import portal

_COOKIE = "device"
_A_YEAR = 365 * 24 * 60 * 60
_BYTES = 24
_PURPOSE = "device.v1"
_BROWSERS = (  # the first that fits: each claims to be those after it as well
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("CrOS", "Chromebook"),
    ("Linux", "Linux"),
)


def device_name(user_agent: str) -> str:
    """Such as "Chrome, Windows"; empty for what is neither."""
    names = (
        next((name for mark, name in known if mark in user_agent), "")
        for known in (_BROWSERS, _SYSTEMS)
    )
    return ", ".join(name for name in names if name)


def this_visitor() -> Visitor:
    """Who sends this request; a browser without the cookie gets one with the answer."""
    if "account_visitor" not in g:
        g.account_visitor = _visitor()
    found: Visitor = g.account_visitor
    return found


def _visitor() -> Visitor:
    known = request.cookies.get(_COOKIE, "")
    token = known or secrets.token_urlsafe(_BYTES)
    here = portal()
    if not known:
        over_tls = here.settings.base_url.startswith("https://")

        @after_this_request
        def remember(response: Response) -> Response:
            response.set_cookie(
                _COOKIE, token, max_age=_A_YEAR, secure=over_tls, httponly=True, samesite="Lax"
            )
            return response

    return Visitor(
        request.remote_addr or "",
        device_name(request.user_agent.string),
        keyed_hash(here.settings.secret_key, _PURPOSE, token),
    )

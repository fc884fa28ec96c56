"""What every response says to the browser, and which requests are not answered at all.

The form-action of the content security policy names Stripe's Checkout (or the simulator), because
Chromium applies it to the redirect after a POST. Link pages send no referrer, which makes the
Origin of their POST null: so Flask-WTF's referrer check is off, and what browsers say in
Sec-Fetch-Site and Origin is checked here instead.
"""

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Request, Response, abort, current_app, g, request
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from portal.config import Settings

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_LOCAL_HOSTS = ("127.0.0.1", "localhost")
_FEATURES_OFF = (
    "accelerometer",
    "autoplay",
    "camera",
    "display-capture",
    "encrypted-media",
    "fullscreen",
    "geolocation",
    "gyroscope",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "picture-in-picture",
    "screen-wake-lock",
    "usb",
    "xr-spatial-tracking",
)
_TWO_YEARS = 63_072_000
_REQUEST_LIMIT = 1024 * 1024
_LIMIT_MARK = "portal_most_bytes"
_FORM_MEMORY_LIMIT = 256 * 1024

_View = TypeVar("_View", bound=Callable[..., Any])

csrf = CSRFProtect()


def secure(app: Flask, *, settings: Settings) -> None:
    """Install the checks and headers; believe as many proxies in front as the settings say."""
    hops = settings.proxy_hops
    app.config.update(
        SECRET_KEY=settings.secret_key,
        TRUSTED_HOSTS=_trusted_hosts(settings),
        MAX_CONTENT_LENGTH=_REQUEST_LIMIT,
        MAX_FORM_MEMORY_SIZE=_FORM_MEMORY_LIMIT,
        WTF_CSRF_SSL_STRICT=False,
        WTF_CSRF_TIME_LIMIT=12 * 60 * 60,
    )
    if hops:
        fix = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)
        app.wsgi_app = fix  # type: ignore[method-assign]  # the documented way
    app.before_request(_allow_files)  # before anything reads the form
    app.before_request(refuse_cross_site_posts)
    csrf.init_app(app)
    fixed = _fixed_headers(settings)

    @app.after_request
    def add_headers(response: Response) -> Response:
        response.headers.update(fixed)
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
            response.vary.add("Cookie")
        no_referrer = g.get("without_referrer", False)
        response.headers["Referrer-Policy"] = "no-referrer" if no_referrer else "same-origin"
        return response


def takes_files(most_bytes: int) -> Callable[[_View], _View]:
    """Declare a route whose forms may be larger than any other's, as they carry a file."""

    def mark(view: _View) -> _View:
        vars(view)[_LIMIT_MARK] = most_bytes
        return view

    return mark


def _allow_files() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    if view is not None and _LIMIT_MARK in vars(view):
        request.max_content_length = vars(view)[_LIMIT_MARK]


def send_no_referrer() -> None:
    """For a page whose address is a key (a link with a token): it must not leak onward."""
    g.without_referrer = True


def refuse_cross_site_posts() -> None:
    """403 for a change that another site started; what is CSRF-exempt proves itself otherwise."""
    if request.method in _SAFE_METHODS or _is_exempt():
        return
    if request.headers.get("Sec-Fetch-Site") == "cross-site" or _has_foreign_origin(request):
        abort(403)


def content_security_policy(checkout_origin: str) -> str:
    """One policy for every page: our own files, nothing inline, and one foreign form target."""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "manifest-src 'self'",
            f"form-action 'self' {checkout_origin}",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        )
    )


def _fixed_headers(settings: Settings) -> dict[str, str]:
    headers = {
        "Content-Security-Policy": content_security_policy(settings.checkout_origin),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": ", ".join(f"{feature}=()" for feature in _FEATURES_OFF),
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex",
    }
    if settings.is_production:
        headers["Strict-Transport-Security"] = f"max-age={_TWO_YEARS}; includeSubDomains"
    return headers


def _trusted_hosts(settings: Settings) -> list[str]:
    host = urlsplit(settings.base_url).hostname or ""
    others = () if settings.is_production else _LOCAL_HOSTS
    return list(dict.fromkeys((host, *others)))


def _has_foreign_origin(incoming: Request) -> bool:
    origin = incoming.headers.get("Origin", "null")
    return origin != "null" and urlsplit(origin).netloc != incoming.host


def _is_exempt() -> bool:
    return bool(csrf._is_exempt())  # noqa: SLF001 — one list of exemptions, Flask-WTF's

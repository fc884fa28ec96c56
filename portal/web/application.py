"""The Flask app with everything every page needs, before any feature has added its own."""

from pathlib import Path
from types import TracebackType
from typing import Any

from flask import Flask, request
from jinja2 import StrictUndefined

from portal.web import i18n
from portal.web.assets import serve_assets
from portal.web.compression import compress_pages
from portal.web.context import Portal, provide
from portal.web.errors import handle_errors
from portal.web.filters import add_filters
from portal.web.security import secure
from portal.web.sessions import SURE_SECONDS, DatabaseSessions

TEMPLATES = Path(__file__).parents[2] / "templates"


class WebApp(Flask):
    """Flask, except that a log never holds an address: a link's address is a key."""

    jinja_options = {  # noqa: RUF012 — Flask's own hook
        "undefined": StrictUndefined,
        "trim_blocks": True,
        "lstrip_blocks": True,
    }

    def log_exception(
        self,
        exc_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None] | Any,
    ) -> None:
        self.logger.error("exception in %s", request.endpoint, exc_info=exc_info)


def web_app(portal: Portal) -> WebApp:
    """Sessions, headers, languages, errors, static files. The features' blueprints come on top."""
    settings = portal.settings
    over_tls = settings.base_url.startswith("https://")
    app = WebApp("portal", static_folder=None, template_folder=str(TEMPLATES))
    provide(app.extensions, portal)
    secure(app, settings=settings)
    app.session_interface = DatabaseSessions(
        portal.database, secret_key=settings.secret_key, secure=over_tls, clock=portal.clock
    )
    i18n.speak(app, secure_cookies=over_tls)
    app.add_url_rule("/language", "web.language", i18n.switch_language, methods=["POST"])
    add_filters(app)
    app.jinja_env.globals["session_seconds"] = SURE_SECONDS
    serve_assets(app)
    compress_pages(app)
    handle_errors(app)
    app.context_processor(_defaults)
    return app


def _defaults() -> dict[str, Any]:
    """What a page may leave out."""
    return {"page": None, "errors": (), "visitor": None}

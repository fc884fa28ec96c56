"""The demo's own pages around the portal: what to try, the mailbox, the staff's sign-in codes."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pyotp
from flask import Blueprint, Response, abort, redirect, render_template
from markupsafe import Markup, escape
from werkzeug.wrappers import Response as AnyResponse

from portal.app import create_app
from portal.auth.current import begin_link_session, begin_staff_session
from portal.auth.link_tokens import LinkTokens
from portal.config import Settings
from portal.db import Database
from portal.demo.doors import STAFF, opened_for, staff_of, use_door
from portal.demo.mailbox import Mailbox
from portal.demo.people import HOUSEHOLDS, DemoHousehold
from portal.demo.staff import DemoStaff, read_staff
from portal.demo.styleguide import (
    GUIDE_SHEET,
    colour_tokens,
    icon_names,
    size_tokens,
    specimens,
)
from portal.practice.directory import the_practice
from portal.runtime import open_configured
from portal.web.application import WebApp
from portal.web.context import portal

_FOR_THE_DEMO = "the demo's own page; production does not have it"
_PAGES = ("demo.index", "demo.mailbox", "demo.mail", "demo.enter", "guide.show", "guide.sheet")

demo = Blueprint("demo", __name__, url_prefix="/demo", template_folder="templates")
guide = Blueprint("guide", __name__, template_folder="templates")


@dataclass(frozen=True, slots=True)
class SignIn:
    """What somebody types to sign in at this moment."""

    staff: DemoStaff
    code: str


def create_demo_app(*, loads_files: bool = False) -> WebApp:
    """For granian: the portal of the environment, wrapped. ``loads_files``: for the worker."""
    settings = Settings.from_environ(os.environ)
    settings, database = open_configured(settings, loads_files=loads_files)
    if settings.is_production:
        raise SystemExit("The demo does not run in production.")
    return demo_app(settings, database)


def demo_app(settings: Settings, database: Database) -> WebApp:
    """The portal with the demo's own pages around it."""
    app = create_app(
        settings,
        database,
        mailer=Mailbox(settings.home / "mailbox"),
        public=dict.fromkeys(_PAGES, _FOR_THE_DEMO),
    )
    app.register_blueprint(demo)
    app.register_blueprint(guide)
    return app


@demo.get("")
def index() -> str:
    """What to try first."""
    sign_ins = [
        SignIn(member, pyotp.TOTP(member.totp_secret).at(datetime.now(UTC)))
        for member in read_staff(_home())
    ]
    households: tuple[DemoHousehold, ...] = tuple(HOUSEHOLDS)
    return render_template("demo/index.html", sign_ins=sign_ins, households=households)


@demo.get("/mailbox")
def mailbox() -> str:
    """All mail, newest first."""
    return render_template("demo/mailbox.html", mails=_mailbox().all())


@demo.get("/mailbox/<uuid:mail_id>")
def mail(mail_id: UUID) -> str:
    """One mail with its link to click."""
    found = _mailbox().find(mail_id)
    if found is None:
        abort(404)
    return render_template("demo/mail.html", mail=found, text=_with_links(found.text))


@demo.get("/enter/<token>")
def enter(token: str) -> AnyResponse:
    """A one-time way in (`portal demo pages`), so that a tool can walk the pages of each role."""
    here = portal()
    door = use_door(_home(), token)
    if door is None:
        abort(404)
    practice_id = the_practice(here.database).practice_id
    if door.kind == STAFF:
        begin_staff_session(staff_of(here.database, practice_id, door.name))
        return redirect("/staff/sign-in", code=303)  # which leads each to their work
    tokens = LinkTokens(here.settings.secret_key)
    opened = opened_for(here.database, tokens, practice_id, door.name, now=here.clock())
    if opened is None:
        abort(404)
    begin_link_session(opened)
    return redirect("/home", code=303)


@guide.get("/styleguide", endpoint="show")
def show_guide() -> str:
    """Every token and component, in both themes."""
    return render_template(
        "demo/styleguide.html",
        colours=tuple(colour_tokens()),
        types=size_tokens("t"),
        spaces=size_tokens("s"),
        icons=icon_names(),
        forms={theme: specimens(theme) for theme in ("light", "dark")},
    )


@guide.get("/styleguide.css", endpoint="sheet")
def guide_sheet() -> Response:
    """What only the style guide needs."""
    return Response(GUIDE_SHEET.read_bytes(), content_type="text/css; charset=utf-8")


def _with_links(text: str) -> Markup:
    """The text with each address on a line of its own made a link, as mail programs do."""
    lines = [
        Markup('<a href="{0}">{0}</a>').format(word) if word.startswith("http") else escape(word)
        for word in text.splitlines()
    ]
    return Markup("<br>").join(lines)


def _home() -> Path:
    return portal().settings.home


def _mailbox() -> Mailbox:
    return Mailbox(_home() / "mailbox")

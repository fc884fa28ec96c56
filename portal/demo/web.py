"""The demo's own pages around the portal: what to try, the mailbox, the staff's sign-in codes."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pyotp
from flask import Blueprint, abort, render_template
from markupsafe import Markup, escape

from portal.app import create_app
from portal.config import Settings
from portal.demo.mailbox import Mailbox
from portal.demo.people import HOUSEHOLDS, DemoHousehold
from portal.demo.staff import DemoStaff, read_staff
from portal.runtime import open_configured
from portal.web.application import WebApp
from portal.web.context import portal

_FOR_THE_DEMO = "the demo's own page; production does not have it"
_PAGES = ("demo.index", "demo.mailbox", "demo.mail")

demo = Blueprint("demo", __name__, url_prefix="/demo", template_folder="templates")


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
    app = create_app(
        settings,
        database,
        mailer=Mailbox(settings.home / "mailbox"),
        public=dict.fromkeys(_PAGES, _FOR_THE_DEMO),
    )
    app.register_blueprint(demo)
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

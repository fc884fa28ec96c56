"""The settings: one row for each thing an account holder can decide, none that leads nowhere."""

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response

from portal.auth.current import require_account, require_holder
from portal.auth.policies import Policy, is_offered, policy
from portal.home.notices import NoticePage, notice_page
from portal.home.reading_language import choose_language
from portal.request_id import request_id
from portal.web.context import portal
from portal.web.i18n import LANGUAGES, remember_language

settings = Blueprint("settings", __name__)


@dataclass(frozen=True, slots=True)
class SettingRow:
    """Where it leads, and what it is about."""

    endpoint: str
    icon: str
    title: Any
    detail: Any


@dataclass(frozen=True, slots=True)
class SettingGroup:
    """Rows that belong together."""

    key: str
    title: Any
    rows: tuple[SettingRow, ...]


_GROUPS: Final = (
    SettingGroup(
        "paying",
        lazy_gettext("How you pay"),
        (
            SettingRow(
                "methods.show",
                "card",
                lazy_gettext("Saved ways to pay"),
                lazy_gettext("Cards and bank accounts that you let us keep."),
            ),
            SettingRow(
                "autopay.show",
                "again",
                lazy_gettext("Autopay"),
                lazy_gettext("Pay new bills without doing anything, or stop that."),
            ),
            SettingRow(
                "plans.plans",
                "calendar",
                lazy_gettext("Payment plans"),
                lazy_gettext("What you pay and when. Change it or end it."),
            ),
        ),
    ),
    SettingGroup(
        "reaching",
        lazy_gettext("How we reach you"),
        (
            SettingRow(
                "accounts.contact",
                "mail",
                lazy_gettext("E-mail and phone"),
                lazy_gettext("Where our messages go."),
            ),
            SettingRow(
                "delivery.show",
                "receipt",
                lazy_gettext("Paper or electronic"),
                lazy_gettext("How your statements come. Large print, braille, or a call."),
            ),
        ),
    ),
    SettingGroup(
        "seeing",
        lazy_gettext("Who can see your bills"),
        (
            SettingRow(
                "accounts.people",
                "person",
                lazy_gettext("People who help you"),
                lazy_gettext("Let somebody else see your bills, or end that."),
            ),
            SettingRow(
                "viewing.show",
                "shield",
                lazy_gettext("What the one who pays may see"),
                lazy_gettext("You decide whether your visits are shown one by one."),
            ),
        ),
    ),
    SettingGroup(
        "safety",
        lazy_gettext("Signing in"),
        (
            SettingRow(
                "accounts.security",
                "lock",
                lazy_gettext("How you sign in"),
                lazy_gettext("Passkey, authenticator app, password, recovery codes."),
            ),
            SettingRow(
                "accounts.devices",
                "text",
                lazy_gettext("Where you are signed in"),
                lazy_gettext("See your devices, and sign any of them out."),
            ),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class SettingLink:
    """A row with its address."""

    href: str
    row: SettingRow


@settings.get("/settings", endpoint="show")
@policy(Policy.ACCOUNT)
def show() -> str:
    """What there is to decide."""
    here = portal()
    page: NoticePage = notice_page(here.database, require_account().practice_id)
    groups = [(group, list(_links(group))) for group in _GROUPS]
    return render_template("home/settings.html", page=page, groups=groups)


@settings.post("/settings/language")
@policy(Policy.HOLDER)
def language() -> Response:
    """For these pages, and for everything that is sent."""
    chosen, here = request.form.get("language", ""), portal()
    if chosen in LANGUAGES:
        choose_language(
            here.database,
            require_holder(),
            chosen,
            now=here.clock(),
            request_id=request_id(),
        )
        remember_language(chosen)
    return redirect(url_for(".show"), code=HTTPStatus.SEE_OTHER)


def _links(group: SettingGroup) -> Iterator[SettingLink]:
    for row in group.rows:
        if row.endpoint in current_app.view_functions and is_offered(row.endpoint):
            yield SettingLink(url_for(row.endpoint), row)

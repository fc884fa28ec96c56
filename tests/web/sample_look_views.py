"""Notices, settings and the practice's own settings, as values; with the addresses they link to."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from flask import Flask, Response
from flask_wtf import FlaskForm

from portal.desk.practice_forms import SETTING_NAMES, PracticeForm, filled, logo_words
from portal.desk.practice_service import PracticePage, changes
from portal.domain.language_help import language_notices
from portal.domain.practice_look import style_sheet
from portal.home.conformance import Conformance, Measure
from portal.home.frame import Visitor
from portal.home.notices import NO_PRACTICE, NoticePage
from portal.home.settings_routes import _GROUPS, SettingLink
from portal.practice.branding import KeptVersion, PracticeSetup, setup_findings
from portal.practice.logos import LogoProblem
from tests.web.sample_patient_views import LONG_PRACTICE, RIVERBEND, an_id

ROUTES: Mapping[str, str] = {
    "/practice": "practice.index",
    "/practice/change": "practice.change",
    "/practice/check": "practice.check",
    "/practice/set": "practice.put_in_force",
}

HOLDER: Final = Visitor(holds_account=True, key="0123456789abcdef")
BY_LINK: Final = Visitor(holds_account=True, key="fedcba9876543210", is_by_link=True)

_SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 4"><path d="M0 0h4v4z"/></svg>'
_MADE_AT = datetime(2026, 3, 9, 18, 12, tzinfo=UTC)
_SETUP = PracticeSetup(
    name=RIVERBEND.name,
    phone=RIVERBEND.phone,
    hours=RIVERBEND.hours,
    hours_es=RIVERBEND.hours_es,
    assistance_url="https://riverbend.example/help",
    contact_email="pages@riverbend.example",
)
_OTHER = replace(
    _SETUP,
    name=LONG_PRACTICE.name,
    light="#7a1f5c",
    dark="#f0a8d8",
    corner=0,
    logo_id=str(an_id(901)),
    languages=tuple(one.code for one in language_notices().notices),
    privacy="We keep your bills private.\n\nAsk us how.",
)
_VERSIONS = (
    KeptVersion(2, _OTHER, _MADE_AT, "Maximiliana Featherstonehaugh-Villanueva de la Cruz"),
    KeptVersion(1, _SETUP, _MADE_AT, "portal practice apply"),
)
_ZONE = ZoneInfo("America/Los_Angeles")

NOTICE = NoticePage(RIVERBEND, _SETUP)
NOTICE_LONG = NoticePage(LONG_PRACTICE, _OTHER)
NOTICE_OF_NOBODY = NO_PRACTICE
MEASURED = Conformance(
    date(2026, 3, 9),
    "axe-core 4.10",
    520,
    (Measure("axe", 4160, 0), Measure("reflow", 1040, 0), Measure("forced", 1040, 0)),
)
SETTINGS = [
    (group, [SettingLink(f"/settings/{row.endpoint}", row) for row in group.rows])
    for group in _GROUPS
]
PRACTICE = PracticePage("riverbend", 2, _OTHER, _VERSIONS, _ZONE)
PRACTICE_NEW = PracticePage("riverbend", 0, _SETUP, (), _ZONE)
CHECKED: Mapping[str, object] = {
    "setup": _OTHER,
    "changes": changes(_SETUP, _OTHER),
    "typed": [("name", _OTHER.name), ("logo_id", _OTHER.logo_id)],
}
UNCHANGED: Mapping[str, object] = {"setup": _SETUP, "changes": (), "typed": []}
WORDS: Mapping[str, object] = {
    "setting_names": SETTING_NAMES,
    "known_languages": language_notices().notices,
}


def serve_files(app: Flask) -> None:
    """What pages load of a practice's look, as a practice would have it."""

    def sheet(**_: object) -> Response:
        return Response(style_sheet(_OTHER.look, '[data-brand="tried"]'), mimetype="text/css")

    def logo(**_: object) -> Response:
        return Response(_SVG, mimetype="image/svg+xml")

    preview = "/practice/preview.css"
    app.add_url_rule(preview, "practice.preview", sheet)
    app.add_url_rule("/brand/<slug>.css", "brand.style", sheet)
    app.add_url_rule("/brand/<slug>/<uuid:logo_id>", "brand.logo", logo)
    app.add_url_rule("/manifest.webmanifest", "brand.manifest", dict)


def beside(template: str, page: object, *, typed: bool) -> dict[str, object]:
    """The form of a practice's settings, where a page has it: as it stands, or refused."""
    if template != "practice/change.html" or not isinstance(page, PracticePage):
        return {}
    form: FlaskForm = filled(page.setup, seen=page.version)
    if not typed:
        return {"form": form}
    return {"form": _refused(page)}


def _refused(page: PracticePage) -> PracticeForm:
    setup = replace(page.setup, name="", light="#777777", dark="#444444", languages=("en", "es"))
    form = filled(setup, seen=page.version)
    for field in form:
        field.errors = []
    form.show(setup_findings(setup))
    form.logo.errors = [logo_words(LogoProblem.NOT_PLAIN)]
    return form

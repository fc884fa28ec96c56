"""The form of a practice's settings, and what is wrong with one, in words."""

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    Field,
    HiddenField,
    IntegerField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)

from portal.domain.language_help import language_notices
from portal.domain.practice_look import MOST_CORNER, WHITE
from portal.practice.branding import PracticeSetup, SetupFinding, SetupProblem
from portal.practice.logos import LogoProblem

TEXTS: Final = ("privacy", "privacy_es", "nondiscrimination", "nondiscrimination_es")

SETTING_NAMES: Final[Mapping[str, Any]] = {
    "name": lazy_gettext("Name, as patients know it"),
    "phone": lazy_gettext("Phone for questions about bills"),
    "hours": lazy_gettext("When it is answered, in English"),
    "hours_es": lazy_gettext("When it is answered, in Spanish"),
    "assistance_url": lazy_gettext("Page about financial assistance"),
    "contact_email": lazy_gettext("E-mail for trouble with these pages"),
    "light": lazy_gettext("Color on white"),
    "dark": lazy_gettext("Color on a dark screen"),
    "corner": lazy_gettext("Round corners, in pixels"),
    "logo_id": lazy_gettext("Logo"),
    "languages": lazy_gettext("Languages of the notice of language help"),
    "privacy": lazy_gettext("Privacy page, in English"),
    "privacy_es": lazy_gettext("Privacy page, in Spanish"),
    "nondiscrimination": lazy_gettext("Page of rights, in English"),
    "nondiscrimination_es": lazy_gettext("Page of rights, in Spanish"),
}


def _line(name: str) -> StringField:
    return StringField(SETTING_NAMES[name], filters=[_stripped])


def _text(name: str) -> TextAreaField:
    return TextAreaField(SETTING_NAMES[name], filters=[_stripped])


def _stripped(typed: str | None) -> str:
    """Browsers send two characters for the end of a line."""
    return (typed or "").replace("\r\n", "\n").strip()


class PracticeForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """Every setting; ``seen`` is the version it was filled from."""

    name = _line("name")
    phone = _line("phone")
    hours = _line("hours")
    hours_es = _line("hours_es")
    assistance_url = _line("assistance_url")
    contact_email = _line("contact_email")
    light = _line("light")
    dark = _line("dark")
    corner = IntegerField(SETTING_NAMES["corner"])
    logo = FileField(SETTING_NAMES["logo_id"])
    logo_id = HiddenField()
    no_logo = BooleanField(lazy_gettext("Use no logo"))
    languages = SelectMultipleField(SETTING_NAMES["languages"], validate_choice=False)
    privacy = _text("privacy")
    privacy_es = _text("privacy_es")
    nondiscrimination = _text("nondiscrimination")
    nondiscrimination_es = _text("nondiscrimination_es")
    seen = HiddenField()

    def setup(self, *, logo_id: str) -> PracticeSetup:
        """What was typed, with a logo that is kept already."""
        typed = {
            name: self[name].data or ""
            for name in SETTING_NAMES
            if name not in ("corner", "logo_id", "languages")
        }
        for colour in ("light", "dark"):
            typed[colour] = typed[colour].lower()
        return PracticeSetup(
            **typed,
            corner=self.corner.data if self.corner.data is not None else -1,
            logo_id="" if self.no_logo.data else logo_id,
            languages=tuple(self.languages.data or ()),
        )

    def show(self, findings: tuple[SetupFinding, ...]) -> None:
        """Put what is wrong beside its field."""
        for finding in findings:
            field: Field = self[finding.field]
            field.errors = [*field.errors, finding_words(finding)]


def filled(setup: PracticeSetup, *, seen: int) -> PracticeForm:
    """The form with what counts now; where no language was chosen, all stand ticked."""
    held = {name: getattr(setup, name) for name in SETTING_NAMES}
    held["languages"] = setup.languages or [one.code for one in language_notices().notices]
    return PracticeForm(formdata=None, data={**held, "seen": str(seen)})


def finding_words(finding: SetupFinding) -> str:
    """What to do about it."""
    words = {
        SetupProblem.EMPTY: gettext("Fill this in: every page and letter says it"),
        SetupProblem.NOT_A_COLOUR: gettext("Write the color like #05566e"),
        SetupProblem.CORNER: gettext("Enter 0 to %(most)s", most=MOST_CORNER),
        SetupProblem.NOT_HTTPS: gettext("The address must begin with https://"),
        SetupProblem.UNKNOWN_LANGUAGE: gettext("There is no notice in one of these languages"),
        SetupProblem.TOO_FEW_LANGUAGES: gettext("Choose at least 15 languages besides English"),
        SetupProblem.TOO_LONG: gettext("At most %(most)s letters", most=int(finding.needs)),
        SetupProblem.NOT_ONE_LINE: gettext("Write this on one line, without special signs"),
        SetupProblem.NOT_TEXT: gettext("Take out the signs that cannot be shown"),
    }
    if finding.problem is not SetupProblem.CONTRAST:
        return str(words[finding.problem])
    has, needs = f"{finding.has:.1f}", f"{finding.needs:.1f}"
    if finding.ground == WHITE:
        return str(
            gettext(
                "Its contrast on white is %(has)s to 1, and %(needs)s is needed:"
                " choose a darker color",
                has=has,
                needs=needs,
            )
        )
    return str(
        gettext(
            "Its contrast on a dark screen is %(has)s to 1, and %(needs)s is needed:"
            " choose a lighter color",
            has=has,
            needs=needs,
        )
    )


def logo_words(problem: LogoProblem) -> str:
    """What to do about a file that is no logo."""
    words = {
        LogoProblem.TOO_LARGE: gettext("Choose a smaller file: at most 100 KB"),
        LogoProblem.TOO_WIDE: gettext("Choose a smaller picture: at most 2,000 pixels a side"),
        LogoProblem.CUT_OFF: gettext("Choose the file again: this PNG is cut off"),
        LogoProblem.NEITHER: gettext("Choose an SVG or a PNG file"),
        LogoProblem.NO_VIEWBOX: gettext("Save the drawing with a viewBox, so that it can shrink"),
    }
    plain = gettext("Save the drawing as plain SVG: shapes only, no scripts, styles or links")
    return str(words.get(problem, plain))

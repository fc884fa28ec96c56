"""The living style guide: tokens as portal.css has them, and what every component is drawn from."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import StringField

from portal.domain.contrast import contrast
from portal.domain.practice_look import DARK_SHEET, PORTALS_LOOK, WHITE
from portal.web.assets import static_source
from portal.web.fields import DateOfBirthField, MoneyField, error_summary

GUIDE_SHEET: Final = Path(__file__).parent / "guide.css"
_PAIR: Final = re.compile(r"--([a-z0-9-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)")
_FOLLOWING: Final = re.compile(r"--([a-z0-9-]+): light-dark\(oklch\(")
_SIZE: Final = re.compile(r"--([ts][1-8]): ([^;]+);")
_USES: Final[Mapping[str, str]] = {
    "sheet": "the letter",
    "sunk": "set back",
    "ink": "text",
    "ink-2": "second text",
    "line": "hairlines",
    "line-2": "edges of fields",
    "hatch": "what insurance took off",
    "good": "in order",
    "good-tint": "behind it",
    "warn": "look",
    "warn-tint": "behind it",
    "stop": "act",
    "stop-tint": "behind it",
    "focus": "focus ring",
    "brand": "yours to act on",
    "ground": "behind the letter",
    "tint": "ways forward",
    "tint-2": "the same, pointed at",
    "plan": "what the plan paid",
}


@dataclass(frozen=True, slots=True)
class ColourToken:
    """A colour in both themes, and its contrast on the sheet; 0 where it follows the practice's."""

    name: str
    use: str
    light: str = ""
    dark: str = ""

    @property
    def on_light(self) -> float:
        return contrast(self.light, WHITE) if self.light else 0.0

    @property
    def on_dark(self) -> float:
        return contrast(self.dark, DARK_SHEET) if self.dark else 0.0


@dataclass(frozen=True, slots=True)
class SizeToken:
    """A size of type or space, as portal.css has it."""

    name: str
    value: str


class GuideForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """A field of each kind."""

    name = StringField("Name")
    amount = MoneyField("Amount")
    born_on = DateOfBirthField("Date of birth")


@dataclass(frozen=True, slots=True)
class Specimen:
    """A form as it begins, or refused, with ids of its own."""

    form: GuideForm
    errors: Any


def colour_tokens() -> Iterator[ColourToken]:
    """In the order of portal.css."""
    source = static_source("portal.css")
    yield ColourToken("brand", _USES["brand"], PORTALS_LOOK.light, PORTALS_LOOK.dark)
    for name, light, dark in _PAIR.findall(source):
        yield ColourToken(name, _USES.get(name, ""), light, dark)
    for name in _FOLLOWING.findall(source):
        yield ColourToken(name, _USES.get(name, ""))


def size_tokens(kind: str) -> list[SizeToken]:
    """``t`` for type, ``s`` for space: as patients' pages have them."""
    found = _SIZE.findall(static_source("portal.css"))
    first = dict(reversed(found))  # what stands first counts
    return [SizeToken(name, first[name]) for name in sorted(first) if name.startswith(kind)]


def icon_names() -> list[str]:
    """Every drawing of the sprite."""
    return re.findall(r'<symbol id="([a-z]+)"', static_source("icons.svg"))


def specimens(theme: str) -> Mapping[str, Specimen]:
    """Fields in their states; the theme keeps ids apart on one page."""
    empty = GuideForm(formdata=None, prefix=f"{theme}-", meta={"csrf": False})
    wrong = GuideForm(
        formdata=MultiDict({f"{theme}-wrong-amount": "x"}),
        prefix=f"{theme}-wrong-",
        meta={"csrf": False},
    )
    wrong.validate()
    wrong.name.errors = ["Enter a name"]
    return {"empty": Specimen(empty, ()), "wrong": Specimen(wrong, error_summary(wrong))}

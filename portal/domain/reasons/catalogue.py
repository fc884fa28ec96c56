"""Every reason we have words for, and the words for one we do not know.

The texts are in the TOML files beside this module, one table a reason: ``[16]`` for a code with any
group, ``[PR-45]`` where the words differ for one group. The wording of the official code lists
belongs to others and is not here. A code without words is no error: payers use new ones three times
a year, and the person is told to ask us.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from portal.domain.reasons.reason import Ask, CodeList, Reason, Words
from portal.domain.remittance import PATIENT_RESPONSIBILITY

_GROUPS = ("PR", "CO", "OA", "PI")
_GENERIC_FILE = "generic.toml"
_ASK: Mapping[str, Mapping[Ask, str]] = {
    "en": {
        Ask.PLAN: "Ask your insurance: call the number on your card.",
        Ask.PRACTICE: "Ask us: our number is on this page.",
        Ask.PLAN_THEN_PRACTICE: "Ask your insurance first: call the number on your card. "
        "Then call us.",
    },
    "es": {
        Ask.PLAN: "Pregunte a su seguro: llame al número de su tarjeta.",
        Ask.PRACTICE: "Pregúntenos: nuestro número está en esta página.",
        Ask.PLAN_THEN_PRACTICE: "Pregunte primero a su seguro: llame al número de su tarjeta. "
        "Después llámenos.",
    },
}


@dataclass(frozen=True, slots=True)
class ReasonText:
    """What a page says about one reason, in the reader's language."""

    heading: str
    meaning: str
    why: str
    what_you_can_do: str


@dataclass(frozen=True, slots=True)
class ReasonListing:
    """One row of ``portal reasons list``."""

    code_list: CodeList
    code: str
    group: str | None
    owed: bool
    en: str
    es: str


class CatalogueError(ValueError):
    """A text file is not as it must be; it says where."""


def reason_text(code: str, language: str, *, group: str = PATIENT_RESPONSIBILITY) -> ReasonText:
    """The words for a CARC with a group code; the generic ones when we do not know it."""
    return _text(_reason(code, group), language)


def remark_text(code: str, language: str) -> ReasonText | None:
    """The words for a RARC; None where it changes nothing for a patient."""
    reason = catalogue().get((CodeList.RARC, code, None))
    return None if reason is None else _text(reason, language)


def reason_texts(codes: Iterable[str], language: str) -> dict[str, ReasonText]:
    """The words for each of these codes, group PR."""
    return {code: reason_text(code, language) for code in codes}


def is_known(code: str, *, group: str = PATIENT_RESPONSIBILITY) -> bool:
    """Whether we have words of our own for a CARC."""
    return any((CodeList.CARC, code, one) in catalogue() for one in (group, None))


def reason_listings() -> tuple[ReasonListing, ...]:
    """The whole catalogue in one order: CARC before RARC, numbers by size, then letters."""
    return tuple(
        ReasonListing(
            reason.code_list,
            reason.code,
            reason.group,
            reason.owed,
            whole_text(reason, "en"),
            whole_text(reason, "es"),
        )
        for reason in sorted(catalogue().values(), key=_order)
    )


def whole_text(reason: Reason, language: str) -> str:
    """Everything a page says about it, as one text."""
    text = _text(reason, language)
    return f"{text.heading} {text.meaning} {text.why} {text.what_you_can_do}"


@cache
def catalogue() -> Mapping[tuple[CodeList, str, str | None], Reason]:
    """All reasons by list, code and group (None: any). Raises CatalogueError."""
    found: dict[tuple[CodeList, str, str | None], Reason] = {}
    for file in sorted(files(__package__).iterdir(), key=lambda file: file.name):
        code_list = CodeList(file.name.partition("_")[0].upper()) if _is_list(file) else None
        if code_list is None:
            continue
        for reason in _read(file, code_list):
            key = (reason.code_list, reason.code, reason.group)
            if key in found:
                raise CatalogueError(f"{file.name}: {reason.code} is there twice")
            found[key] = reason
    return found


@cache
def generic_reasons() -> Mapping[tuple[str, str | None], Reason]:
    """What is said where no words fit, by ``unknown`` or ``contradictory`` and group."""
    generic = _read(files(__package__).joinpath(_GENERIC_FILE), CodeList.CARC)
    return {(reason.code, reason.group): reason for reason in generic}


def _reason(code: str, group: str) -> Reason:
    """The words for exactly this; else for the code with any group; else generic ones."""
    found = catalogue()
    for one in (group, None):
        if reason := found.get((CodeList.CARC, code, one)):
            return reason
    if group != PATIENT_RESPONSIBILITY:
        return generic_reasons()["unknown", None]
    is_anothers = any((CodeList.CARC, code, one) in found for one in _GROUPS)
    return generic_reasons()["contradictory" if is_anothers else "unknown", group]


def _text(reason: Reason, language: str) -> ReasonText:
    spanish = language == "es"
    words, ask = (reason.es, _ASK["es"]) if spanish else (reason.en, _ASK["en"])
    return ReasonText(words.title, words.means, words.why, f"{words.action} {ask[reason.ask]}")


def _is_list(file: Traversable) -> bool:
    return file.name.endswith(".toml") and file.name.startswith(("carc_", "rarc_"))


def _read(file: Traversable, code_list: CodeList) -> Iterator[Reason]:
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError(f"{file.name}: {error}") from error
    for key, table in tables.items():
        group, dash, code = key.partition("-")
        if not dash:
            group, code = "", key
        elif group not in _GROUPS:
            raise CatalogueError(f"{file.name}: {key}: {group} is no group code")
        try:
            yield Reason(
                code_list,
                code,
                group or None,
                Ask(table.pop("ask")),
                table.pop("owed"),
                _words(table.pop("en")),
                _words(table.pop("es")),
            )
        except (KeyError, ValueError, TypeError) as error:
            raise CatalogueError(f"{file.name}: {key}: {error}") from error
        if table:
            raise CatalogueError(f"{file.name}: {key}: {', '.join(table)} has no meaning here")


def _words(table: Mapping[str, Any]) -> Words:
    return Words(table["title"], table["means"], table["why"], table["do"])


def _order(reason: Reason) -> tuple[str, bool, str, str]:
    code = reason.code
    return (reason.code_list, not code.isdecimal(), code.zfill(4), reason.group or "")

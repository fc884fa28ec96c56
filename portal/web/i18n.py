"""Languages: which one a visitor reads, how dates are written in it, and the catalogues.

Every text passes gettext in American English; the Spanish one is written by hand
(translations/es/LC_MESSAGES/messages.po). The compiled file beside it is not kept in git.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import flask_babel
from babel import Locale
from babel.dates import format_date, format_time
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_keywords
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from flask import Flask, current_app, redirect, request, session
from markupsafe import Markup
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from portal.domain import dates

LANGUAGES = {"en": "English", "es": "Español"}
DEFAULT_LANGUAGE = "en"
LANGUAGE_COOKIE = "language"
_SESSION_KEY = "language"
_ONE_YEAR = 365 * 24 * 60 * 60
_ROOT = Path(__file__).parents[2]
_FOLDER = _ROOT / "translations"
_WHERE_TEXTS_ARE = [
    ("portal/**.py", "python"),
    ("templates/**.html", "jinja2"),
    ("templates/**.txt", "jinja2"),
]
_READ_STRICTLY = {
    pattern: {"silent": "false"} for pattern, kind in _WHERE_TEXTS_ARE if kind == "jinja2"
}


def speak(app: Flask, *, secure_cookies: bool) -> None:
    """Give the app its languages and the switch between them."""
    compile_translations()
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(_FOLDER)
    app.config["LANGUAGE_COOKIE_SECURE"] = secure_cookies
    flask_babel.Babel(app, default_locale=DEFAULT_LANGUAGE, locale_selector=chosen_language)


def chosen_language() -> str:
    """What the person chose in this session, else what the browser remembers or asks for."""
    language = session.get(_SESSION_KEY)
    return language if language in LANGUAGES else visitor_language()


def visitor_language() -> str:
    """The language cookie, else Accept-Language: needs no session, so error pages use it alone."""
    remembered = request.cookies.get(LANGUAGE_COOKIE)
    if remembered in LANGUAGES:
        return remembered
    return request.accept_languages.best_match(list(LANGUAGES)) or DEFAULT_LANGUAGE


def remember_language(language: str) -> None:
    """Read this session in a guarantor's language; their own switch later changes it."""
    if language in LANGUAGES:
        session[_SESSION_KEY] = language


def current_language() -> str:
    """The language this response, or this message, is written in."""
    locale = flask_babel.get_locale()
    return locale.language if locale else DEFAULT_LANGUAGE


def in_english(part: Callable[..., Markup], *what: object) -> Markup:
    """A macro's part of a page in the original, beside its translation."""
    with flask_babel.force_locale(DEFAULT_LANGUAGE):
        return part(*what)


def other_language() -> str:
    """What the switch offers."""
    return next(language for language in LANGUAGES if language != current_language())


def long_day(day: date) -> str:
    """March 4, 2026; 4 de marzo de 2026."""
    return dates.long_day(day, current_language())


def day_with_weekday(day: date) -> str:
    """Wednesday, March 4, 2026; miércoles, 4 de marzo de 2026."""
    return format_date(day, format="full", locale=_format_locale())


def clock_time(moment: datetime) -> str:
    """2:41 PM, in the moment's own time zone; 2:41 p. m. in Spanish, as in the United States."""
    text = format_time(moment, format="short", locale=_format_locale())
    return text.replace("\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}")


def _format_locale() -> Locale:
    return Locale(current_language(), "US")


def switch_language() -> Response:
    """POST /language: remember the choice and go back to the page it was made on."""
    language = request.form.get("language", "")
    response = redirect(_page_on_this_site(request.form.get("page", "")), code=303)
    if language not in LANGUAGES:
        return response
    if session:
        remember_language(language)
    response.set_cookie(
        LANGUAGE_COOKIE,
        language,
        max_age=_ONE_YEAR,
        secure=current_app.config["LANGUAGE_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )
    return response


def _page_on_this_site(path: str) -> str:
    """The path when it is a page of ours that can be fetched, else the root: never another site."""
    adapter = current_app.create_url_adapter(request)
    if adapter is None or urlsplit(path).netloc or "\\" in path or not path.startswith("/"):
        return "/"
    try:
        adapter.match(path, method="GET")
    except HTTPException:
        return "/"
    return path


def catalogue_path(language: str) -> Path:
    """The written translation of a language."""
    return _FOLDER / language / "LC_MESSAGES" / "messages.po"


def compile_translations() -> list[Path]:
    """Compile each catalogue that is newer than its compiled file; returns what was written."""
    written = []
    for source in sorted(_FOLDER.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        with source.open("rb") as file:
            catalogue = read_po(file)
        part = target.with_suffix(f".{os.getpid()}.part")
        with part.open("wb") as file:
            write_mo(file, catalogue)
        part.replace(target)
        written.append(target)
    return written


def extract_messages() -> Catalog:
    """Every text of the templates and the code, as the catalogue it should be."""
    keywords: dict[str, Any] = {**DEFAULT_KEYWORDS, **parse_keywords(["lazy_gettext"])}
    found = Catalog(charset="utf-8")
    for name, line, message, comments, context in extract_from_dir(
        _ROOT, _WHERE_TEXTS_ARE, _READ_STRICTLY, keywords
    ):
        found.add(message, None, [(name, line)], auto_comments=comments, context=context)
    return found


def update_translations() -> None:
    """Bring new texts into each catalogue, untranslated, and drop the ones no page uses.

    One update at a time, and each catalogue is replaced whole: whoever reads one meanwhile
    reads the old one or the new one.
    """
    with _catalogues_held():
        template = extract_messages()
        for language in LANGUAGES:
            path = catalogue_path(language)
            if language != DEFAULT_LANGUAGE and path.exists():
                _bring_into(path, template, language)


def _bring_into(path: Path, template: Catalog, language: str) -> None:
    with path.open("rb") as file:
        catalogue = read_po(file, locale=language)
    catalogue.update(template, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    part = path.with_suffix(f".{os.getpid()}.part")
    with part.open("wb") as file:
        write_po(file, catalogue, sort_output=True, include_lineno=False, width=100)
    part.replace(path)


@contextmanager
def _catalogues_held() -> Iterator[None]:
    """The lock is on the folder: a lock on a file would go with the file that is replaced."""
    folder = os.open(_FOLDER, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)

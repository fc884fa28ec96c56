"""The notice that language help is free, on paper (45 CFR 92.11(c)(5)): where there are letters."""

from collections.abc import Collection, Iterator

from babel import Locale
from flask_babel import gettext

from portal.connectors.pdf import Block, Words, printable
from portal.connectors.pdf_blocks import Told
from portal.domain.language_help import LanguageNotice, language_notices
from portal.web import i18n
from portal.web.filters import listed

_ADDRESS = "/language-help"


def language_notes(codes: Collection[str], *, phone: str, site: str) -> Iterator[Block]:
    """In the reader's language first, then in every other of these that our typefaces can write.

    A language whose letters are in none is named, with the address of the site's own page.
    """
    own = i18n.current_language()
    wanted = {own, *codes} if codes else ()
    notices = sorted(language_notices().chosen(wanted), key=lambda one: one.code != own)
    yield Words("", heading=gettext("Free language help"))
    for one in notices:
        if _can_be_written(one):
            yield Told(one.name, one.for_phone(phone), language=one.code)
    others = [_named(one, own) for one in notices if not _can_be_written(one)]
    if others:
        languages = listed(others)
        yield Words(
            gettext(
                "In %(languages)s: call %(phone)s, or read it at %(address)s.",
                languages=languages,
                phone=phone,
                address=f"{site.rstrip('/')}{_ADDRESS}",
            )
        )


def _can_be_written(notice: LanguageNotice) -> bool:
    text = notice.name + notice.text
    return printable(text, language=notice.code) == text


def _named(notice: LanguageNotice, language: str) -> str:
    name = Locale.parse(notice.code, sep="-").get_display_name(language)
    return name or notice.english_name

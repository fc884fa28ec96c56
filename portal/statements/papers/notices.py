"""The notice that language help is free, on paper (45 CFR 92.11(c)(5)): where there are letters."""

from collections.abc import Iterator

from flask_babel import gettext

from portal.connectors.pdf import Block, Words, printable
from portal.connectors.pdf_blocks import Told
from portal.domain.language_help import language_notices
from portal.web import i18n


def language_notes(phone: str) -> Iterator[Block]:
    """In the reader's language first, then in every other that our typeface can write.

    A language whose letters are not in it stands on the site's own page.
    """
    own = i18n.current_language()
    notices = sorted(language_notices().notices, key=lambda one: one.code != own)
    shown = [one for one in notices if printable(one.text) == one.text]
    yield Words("", heading=gettext("Free language help"))
    for one in shown:
        yield Told(one.name, one.for_phone(phone), language=one.code)

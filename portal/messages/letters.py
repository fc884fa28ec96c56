"""A paper from a practice to a person: who sends it and where billing is reached, always alike."""

from collections.abc import Sequence

from flask_babel import gettext

from portal.connectors.pdf import Block, Paper
from portal.domain.money import format_usd
from portal.practice.contact import PracticeContact
from portal.web import i18n


def letter(
    practice: PracticeContact,
    *,
    title: str,
    lead: str,
    amount_cents: int,
    blocks: Sequence[Block],
    foot: str = "",
    is_large: bool = False,
) -> Paper:
    """In the language at work. ``lead`` names the amount."""
    language = i18n.current_language()
    calls = gettext(
        "Billing: %(phone)s, %(hours)s", phone=practice.phone, hours=practice.hours_in(language)
    )
    return Paper(
        language=language,
        title=title,
        sender=practice.name,
        sender_lines=(*practice.address_lines, calls),
        lead=lead,
        amount=format_usd(amount_cents),
        blocks=blocks,
        page=gettext("Page"),
        of=gettext("of"),
        foot=foot,
        is_large=is_large,
    )

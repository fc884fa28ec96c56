"""A letter to try an envelope with: made-up words, and a dashed line where each window is."""

from flask_babel import gettext

from portal.connectors.pdf import Paper, Words
from portal.connectors.pdf_blocks import AmountBox, Coupon, Mailing
from portal.domain.money import format_usd
from portal.practice.contact import PracticeContact
from portal.statements.papers.reading import Envelope
from portal.web import i18n

_NOTHING = 0  # cents: nobody may take it for a bill


def envelope_preview(practice: PracticeContact, envelope: Envelope) -> Paper:
    """In the language at work; of nobody."""
    lead, amount = gettext("You owe"), format_usd(_NOTHING)
    account, statement = (gettext("Account"), "A-00000"), (gettext("Statement"), "00000")
    return Paper(
        language=i18n.current_language(),
        title=gettext("A sample letter"),
        sender=practice.name,
        sender_lines=practice.address_lines,
        lead=lead,
        amount=amount,
        front=(
            Words(gettext("This is only a sample. It is not a bill, and nothing is owed.")),
            Words(
                gettext(
                    "Print it at full size, fold it in three and put it into your envelope. Your"
                    " address and the one below it must stand whole in their windows, with nothing"
                    " beside them, however the sheet slides."
                )
            ),
        ),
        blocks=(),
        page=gettext("Page"),
        of=gettext("of"),
        mailing=Mailing(
            recipient=(gettext("A patient"), gettext("12 Sample Street"), "Sample City, OR 97000"),
            windows=envelope.windows,
            box=AmountBox(lead, amount, "", (statement, account)),
            coupon=_coupon(practice, envelope, (account, statement, (lead, amount))),
            shows_windows=True,
        ),
    )


def _coupon(
    practice: PracticeContact, envelope: Envelope, rows: tuple[tuple[str, str], ...]
) -> Coupon:
    lines = envelope.remit_lines or practice.address_lines
    return Coupon(
        detach=gettext("Payment slip: cut here, and send it with your check"),
        rows=rows,
        enclosed=gettext("Amount enclosed"),
        remit_to=gettext("Payable to, and mailed to"),
        remit_lines=(practice.name, *lines),
        square="",
        square_says="",
        scan="",
        address="",
        code_is="",
        code="",
    )

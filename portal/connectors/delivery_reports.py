"""What a mail server reports later of a mail it took (RFC 3464); no address or text leaves here."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email import message_from_bytes, message_from_string
from email.message import Message
from enum import StrEnum

LONGEST_BYTES = 10_000_000  # some servers return the whole mail
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}", re.ASCII)


class NotAReportError(ValueError):
    """No report of a delivery, or not one that can be read; the message says what is missing."""


class Fate(StrEnum):
    """What became of a mail, of all that Action (RFC 3464, 2.3.3) may say."""

    DELIVERED = "delivered"
    FAILED = "failed"
    UNDECIDED = "undecided"  # delayed; or relayed or expanded: from there on nobody reports


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """``names`` may be the Mail.message_id: from the envelope first, then from returned headers.

    ``status`` is as 5.1.1 (RFC 3463), or empty.
    """

    names: tuple[str, ...]
    fate: Fate
    status: str


def read_report(raw: bytes) -> DeliveryReport:
    """One message as a mail server delivers it. Raises NotAReportError."""
    if len(raw) > LONGEST_BYTES:
        raise NotAReportError("This is too long for a delivery report.")
    message = message_from_bytes(raw)
    is_report = message.get_content_type() == "multipart/report"
    about = str(message.get_param("report-type")).lower()
    if not is_report or about != "delivery-status":
        raise NotAReportError("This is not a delivery report (multipart/report, RFC 3464).")
    blocks = _blocks(message)
    decided = [block for block in blocks if block["Action"]]
    if not decided:
        raise NotAReportError("This delivery report does not say what became of the mail.")
    fates = {_fate(block): block for block in decided}
    fate = next(fate for fate in (Fate.FAILED, Fate.DELIVERED, Fate.UNDECIDED) if fate in fates)
    status = _STATUS.match(str(fates[fate]["Status"] or "").strip())
    return DeliveryReport(
        names=(
            *(str(block["Original-Envelope-Id"] or "").strip() for block in blocks),
            *_returned_names(message),
        ),
        fate=fate,
        status=status.group() if status else "",
    )


def _blocks(message: Message) -> Sequence[Message]:
    """Of the status part: one says what holds for the mail, the others speak of an address each."""
    for part in _parts(message):
        blocks = part.get_payload()
        if part.get_content_type() == "message/delivery-status" and isinstance(blocks, list):
            return [block for block in blocks if isinstance(block, Message)]
    raise NotAReportError("This delivery report has no part with the status of the mail.")


def _fate(block: Message) -> Fate:
    action = str(block["Action"]).strip().lower()
    return Fate(action) if action in (Fate.DELIVERED, Fate.FAILED) else Fate.UNDECIDED


def _returned_names(message: Message) -> Iterator[str]:
    """What stands before the @ of a returned Message-ID."""
    for part in _parts(message):
        returned = _returned(part)
        if returned is not None:
            yield str(returned["Message-ID"] or "").strip().removeprefix("<").split("@")[0]


def _returned(part: Message) -> Message | None:
    payload = part.get_payload()
    if part.get_content_type() == "text/rfc822-headers" and isinstance(payload, str):
        return message_from_string(payload)
    if part.get_content_type() == "message/rfc822" and isinstance(payload, list):
        return next((whole for whole in payload if isinstance(whole, Message)), None)
    return None


def _parts(message: Message) -> Iterator[Message]:
    payload = message.get_payload()
    if isinstance(payload, list):
        yield from (part for part in payload if isinstance(part, Message))

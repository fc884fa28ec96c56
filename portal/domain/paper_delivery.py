"""Paper or electronic: what somebody's choices and bounced mail come to, and what needs consent.

A statement link tells nothing and needs no consent under 15 USC 7001(c); it takes the place of no
paper. What the law wants "in writing" goes to a person electronically only with that consent.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from portal.domain.business_days import business_day_after

SOFT_BOUNCES = 2
"""So many in a row count as a hard one."""


class DeliveryKind(StrEnum):
    """What can be said about papers. Stable names: they are kept."""

    CONSENTED = "consented"  # to electronic papers, by the text of that version
    WITHDRAWN = "withdrawn"
    CHOSE_PAPER = "chose_paper"
    LARGE_PRINT = "large_print"
    USUAL_PRINT = "usual_print"
    ASKED_BRAILLE = "asked_braille"
    ASKED_CALL = "asked_call"


class DocumentKind(StrEnum):
    """What a person gets from us."""

    STATEMENT_LINK = "statement_link"
    RECEIPT = "receipt"
    STATEMENT = "statement"
    PLAN_DISCLOSURE = "plan_disclosure"  # 12 CFR 1026.17(a)(1)
    DEBIT_MANDATE = "debit_mandate"  # 12 CFR 1005.10(b)
    COLLECTION_NOTICE = "collection_notice"  # 12 CFR 1006.42


NEEDS_CONSENT: Final[Mapping[DocumentKind, bool]] = {
    DocumentKind.STATEMENT_LINK: False,
    DocumentKind.RECEIPT: False,
    DocumentKind.STATEMENT: False,
    DocumentKind.PLAN_DISCLOSURE: True,
    DocumentKind.DEBIT_MANDATE: True,
    DocumentKind.COLLECTION_NOTICE: True,
}
"""Whether the law wants it in writing, so that it goes electronically only with consent."""


class LetterReason(StrEnum):
    """Why a statement goes by mail."""

    CHOSE_PAPER = "chose_paper"
    BOUNCED = "bounced"
    NO_EMAIL = "no_email"
    NOT_AGREED = "not_agreed"  # to e-mail
    REACHED_APART = "reached_apart"  # a patient, at their own address (45 CFR 164.522(b))


@dataclass(frozen=True, slots=True)
class Choice:
    """One event, as it was kept."""

    kind: DeliveryKind
    at: datetime


@dataclass(frozen=True, slots=True)
class Bounce:
    """An e-mail that came back. Hard: the address does not exist (status 5, RFC 3463)."""

    at: datetime
    is_hard: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """What somebody's choices come to. ``consented_at`` is empty once it was withdrawn."""

    consented_at: datetime | None = None
    wants_paper: bool = False
    is_large: bool = False
    spoke_at: datetime | None = None  # the last time they chose how


def standing_of(choices: Iterable[Choice]) -> Standing:
    """In the order of time; the last word counts."""
    standing = Standing()
    for one in sorted(choices, key=lambda choice: choice.at):
        match one.kind:
            case DeliveryKind.CONSENTED:
                standing = replace(
                    standing, consented_at=one.at, wants_paper=False, spoke_at=one.at
                )
            case DeliveryKind.WITHDRAWN | DeliveryKind.CHOSE_PAPER:
                standing = replace(standing, consented_at=None, wants_paper=True, spoke_at=one.at)
            case DeliveryKind.LARGE_PRINT | DeliveryKind.USUAL_PRINT:
                standing = replace(standing, is_large=one.kind is DeliveryKind.LARGE_PRINT)
            case DeliveryKind.ASKED_BRAILLE | DeliveryKind.ASKED_CALL:
                pass  # front desk's to do
    return standing


def may_go_electronically(document: DocumentKind, standing: Standing) -> bool:
    """Whether nothing but consent would stand in the way."""
    return standing.consented_at is not None or not NEEDS_CONSENT[document]


def came_back_at(bounces: Iterable[Bounce], *, since: datetime | None) -> datetime | None:
    """When mail to somebody stopped arriving: a hard bounce, or the second soft one in a row.

    ``bounces`` are those after the last mail that arrived. What came back before somebody chose
    anew (``since``) was another address, or is forgiven.
    """
    soft = 0
    for one in sorted(bounces, key=lambda bounce: bounce.at):
        if since is not None and one.at <= since:
            continue
        soft += 1
        if one.is_hard or soft >= SOFT_BOUNCES:
            return one.at
    return None


def letter_reason(
    standing: Standing, *, has_email: bool, agreed: bool, came_back: datetime | None
) -> LetterReason | None:
    """Why the next statement is a letter; None when a link is enough."""
    reasons = (
        (LetterReason.CHOSE_PAPER, standing.wants_paper),
        (LetterReason.NO_EMAIL, not has_email),
        (LetterReason.NOT_AGREED, not agreed),
        (LetterReason.BOUNCED, came_back is not None),
    )
    return next((reason for reason, holds in reasons if holds), None)


def letter_goes_by(issued_on: date, came_back_on: date | None, reason: LetterReason) -> date:
    """The day a letter has to be at the mailing house: one business day after its cause."""
    cause = issued_on
    if reason is LetterReason.BOUNCED and came_back_on is not None:
        cause = max(issued_on, came_back_on)
    return business_day_after(cause, 1)

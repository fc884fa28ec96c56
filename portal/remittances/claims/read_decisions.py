"""A payer's figures line by line for staff: group, code, what it means, what is left over."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.reasons.catalogue import reason_text, remark_text
from portal.domain.remittance import Adjustment, ClaimPayment
from portal.practice.decisions import AdjudicatedLine, AdjustmentRow


@dataclass(frozen=True, slots=True)
class ReadAdjustment:
    """One CAS triplet. ``means`` is our own word for it."""

    group: str
    reason: str
    amount_cents: int
    means: str


@dataclass(frozen=True, slots=True)
class ReadLine:
    """A service line, or with number 0 the claim as a whole."""

    number: int
    code: str
    charge_cents: int
    paid_cents: int
    adjustments: tuple[ReadAdjustment, ...]
    remarks: tuple[tuple[str, str], ...]  # code and meaning, empty where we have no words

    @property
    def left_cents(self) -> int:
        """What the figures do not explain; for the claim as a whole nothing is asked."""
        adjusted = sum(one.amount_cents for one in self.adjustments)
        return self.charge_cents - adjusted - self.paid_cents if self.number else 0


def read_lines(claim: ClaimPayment, language: str) -> Iterator[ReadLine]:
    """The claim as a whole first, where it has something of its own."""
    if claim.adjustments or claim.remarks:
        yield _read(_OF_THE_CLAIM, claim.adjustments, claim.remarks, language)
    for line in claim.lines:
        figures = _Figures(line.number, line.code, line.charge_cents, line.paid_cents)
        yield _read(figures, line.adjustments, line.remarks, language)


def read_adjustments(adjustments: Iterable[Adjustment], language: str) -> Iterator[ReadAdjustment]:
    """Each with our own heading for its reason and group."""
    for one in adjustments:
        text = reason_text(one.reason, language, group=one.group)
        yield ReadAdjustment(one.group, one.reason, one.amount_cents, text.heading)


def read_remarks(codes: Iterable[str], language: str) -> tuple[tuple[str, str], ...]:
    """Remark codes (RARC) with our own heading, where there is one."""
    texts = ((code, remark_text(code, language)) for code in codes)
    return tuple((code, "" if text is None else text.heading) for code, text in texts)


def decided_lines(
    session: Session, remarks: Mapping[UUID, Sequence[str]], *, language: str
) -> dict[UUID, tuple[ReadLine, ...]]:
    """By decision, of those in ``remarks``, which holds their remarks on the claim as a whole."""
    practice_id, decision_ids = practice_of(session), list(remarks)
    triplets = session.scalars(
        select(AdjustmentRow)
        .where(
            AdjustmentRow.practice_id == practice_id,
            AdjustmentRow.adjudication_id.in_(decision_ids),
        )
        .order_by(AdjustmentRow.adjudication_id, AdjustmentRow.line_number, AdjustmentRow.position)
    )
    adjustments: dict[tuple[UUID, int], list[Adjustment]] = defaultdict(list)
    for row in triplets:
        one = Adjustment(row.group_code, row.reason_code, row.amount_cents)
        adjustments[row.adjudication_id, row.line_number].append(one)
    rows = session.scalars(
        select(AdjudicatedLine)
        .where(
            AdjudicatedLine.practice_id == practice_id,
            AdjudicatedLine.adjudication_id.in_(decision_ids),
        )
        .order_by(AdjudicatedLine.adjudication_id, AdjudicatedLine.line_number)
    )
    found: dict[UUID, list[ReadLine]] = defaultdict(list)
    for decision_id, codes in remarks.items():
        on_claim = adjustments[decision_id, 0]
        if on_claim or codes:
            found[decision_id].append(_read(_OF_THE_CLAIM, on_claim, codes, language))
    for line in rows:
        if line.line_number:
            figures = _Figures(
                line.line_number, line.procedure_code, line.charge_cents, line.paid_cents
            )
            of_line = adjustments[line.adjudication_id, line.line_number]
            found[line.adjudication_id].append(_read(figures, of_line, line.remarks, language))
    return {decision_id: tuple(lines) for decision_id, lines in found.items()}


def _read(
    figures: "_Figures", adjustments: Iterable[Adjustment], remarks: Iterable[str], language: str
) -> ReadLine:
    return ReadLine(
        figures.number,
        figures.code,
        figures.charge_cents,
        figures.paid_cents,
        adjustments=tuple(read_adjustments(adjustments, language)),
        remarks=read_remarks(remarks, language),
    )


class _Figures(NamedTuple):
    number: int
    code: str
    charge_cents: int
    paid_cents: int


_OF_THE_CLAIM = _Figures(0, "", 0, 0)

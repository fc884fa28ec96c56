"""What payers told before by explanation of benefits, and what a new one of the same number does.

The same again is a repeat, also of one that was corrected since. Another content under the same
number, or under one it says to replace, takes the earlier one back (CLP02 22) and is decided anew,
unless it is the older one; a cancelled one only takes back. Each is a payment of its own, so that
one that cannot be posted keeps nothing of another from the books.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, func, select

from portal.domain.claim_position import Outcome
from portal.domain.claim_reading import fingerprint
from portal.domain.notices import reversal_of
from portal.domain.remittance import (
    ClaimPayment,
    RemittanceHeader,
    RemittancePart,
    RemittanceTrailer,
)
from portal.practice.decisions import Adjudication
from portal.practice.models import Claim, Payer
from portal.remittances.fhir.explanation import Explanation, trace_of
from portal.remittances.posting.payers import payer_identifier

_UNNAMED: Final = (
    "The explanation of benefits {number} does not name the practice's claim (patient account "
    "number), and no decision under the payer's number is on record: nothing of it was posted. "
    "When the payer's remittance is here, import this file again, or reject it."
)

_OLDER: Final = (
    "The explanation of benefits {number} is older than what the payer has told since: nothing of "
    "it was posted. Reject it."
)


@dataclass(frozen=True, slots=True)
class _Told:
    """A notice whose decision stands."""

    claim_number: str
    payer_control_number: str
    charge_cents: int
    paid_cents: int
    fingerprint: str
    decided_on: date | None


@dataclass(slots=True)
class NoticeBook:
    """Of the explanations of one file; it follows what the file itself changes."""

    _claim_numbers: dict[tuple[str, str], set[str]] = field(
        default_factory=lambda: defaultdict(set)
    )
    _standing: dict[tuple[str, str], list[_Told]] = field(default_factory=lambda: defaultdict(list))
    _seen: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    _payers: dict[str, str] = field(default_factory=dict)  # number by name, in lower case

    @classmethod
    def of(
        cls, connection: Connection, practice_id: UUID, explanations: Sequence[Explanation]
    ) -> "NoticeBook":
        """Read what may be known of them."""
        book = cls()
        book._read_payers(connection, practice_id, explanations)
        book._read_decisions(connection, practice_id, explanations)
        return book

    def parts(self, explanation: Explanation) -> Iterator[RemittancePart]:
        """Its payments: what it takes back, then itself."""
        header, claim = self._completed(explanation)
        if header.cannot_post:
            yield from (header, claim, RemittanceTrailer(()))
            return
        payer = payer_identifier(header)
        own = (payer, header.trace_number)
        keys = [own, *((payer, trace_of(number)) for number in explanation.replaces)]
        is_known = fingerprint(claim) in self._seen[own]
        if not is_known and any(_is_older(header, one) for one in self._standing[own]):
            reason = _OLDER.format(number=claim.payer_control_number)
            yield from (replace(header, cannot_post=reason), claim, RemittanceTrailer(()))
            return
        earlier = [] if is_known else [one for key in keys for one in self._standing.pop(key, [])]
        for number, one in enumerate(earlier):
            yield from _reversal(header, claim, one, number=number)
        if explanation.is_taken_back and earlier:
            return
        yield from (header, claim, RemittanceTrailer(()))
        if not explanation.is_taken_back and not is_known:
            self._standing[own].append(_as_told(header, claim))
            self._seen[own].add(fingerprint(claim))

    def _completed(self, explanation: Explanation) -> tuple[RemittanceHeader, ClaimPayment]:
        """With the number that the payer is known by, and the practice's number of the claim."""
        header, claim = explanation.header, explanation.claim
        known_as = self._payers.get(header.payer.name.lower(), "")
        if known_as and header.payer.identifier not in self._payers.values():
            header = replace(header, payer=replace(header.payer, identifier=known_as))
        if claim.number or header.cannot_post:
            return header, claim
        found = self._claim_numbers[payer_identifier(header), claim.payer_control_number]
        if len(found) == 1:
            return header, replace(claim, number=next(iter(found)))
        reason = _UNNAMED.format(number=claim.payer_control_number or "without a number")
        return replace(header, cannot_post=reason), claim

    def _read_payers(
        self, connection: Connection, practice_id: UUID, explanations: Iterable[Explanation]
    ) -> None:
        names = {one.header.payer.name.lower() for one in explanations} - {""}
        rows = connection.execute(
            select(func.lower(Payer.name).label("name"), Payer.identifier)
            .where(Payer.practice_id == practice_id, func.lower(Payer.name).in_(names))
            .order_by(Payer.payer_id.desc())
        )
        self._payers = {row.name: row.identifier for row in rows}

    def _read_decisions(
        self, connection: Connection, practice_id: UUID, explanations: Iterable[Explanation]
    ) -> None:
        """Under the payers' numbers of the file, and of those that it replaces."""
        numbers = {
            number
            for one in explanations
            for number in (one.claim.payer_control_number, *one.replaces)
        } - {""}
        rows = connection.execute(
            select(
                Adjudication.adjudication_id,
                Adjudication.trace_number,
                Adjudication.payer_control_number,
                Adjudication.charge_cents,
                Adjudication.paid_cents,
                Adjudication.decided_on,
                Adjudication.disposition,
                Adjudication.voids_id,
                Adjudication.facts,
                Claim.claim_number,
                Payer.identifier,
            )
            .join(
                Claim,
                (Claim.practice_id == practice_id) & (Claim.claim_id == Adjudication.claim_id),
            )
            .join(
                Payer,
                (Payer.practice_id == practice_id) & (Payer.payer_id == Adjudication.payer_id),
            )
            .where(
                Adjudication.practice_id == practice_id,
                Adjudication.payer_control_number == func.any(list(numbers)),
            )
            .order_by(Adjudication.adjudication_id)
        ).all()
        voided = {row.voids_id for row in rows}
        for row in rows:
            self._claim_numbers[row.identifier, row.payer_control_number].add(row.claim_number)
            is_notice = row.trace_number == trace_of(row.payer_control_number)
            if not is_notice or row.disposition != Outcome.POSTED.value:
                continue
            key = (row.identifier, row.trace_number)
            self._seen[key].add(row.facts.get("fingerprint", ""))
            if row.adjudication_id not in voided:
                self._standing[key].append(
                    _Told(
                        row.claim_number,
                        row.payer_control_number,
                        row.charge_cents,
                        row.paid_cents,
                        row.facts.get("fingerprint", ""),
                        row.decided_on,
                    )
                )


def _is_older(header: RemittanceHeader, told: _Told) -> bool:
    if header.effective_on is None or told.decided_on is None:
        return False
    return header.effective_on < told.decided_on


def _as_told(header: RemittanceHeader, claim: ClaimPayment) -> _Told:
    return _Told(
        claim.number,
        claim.payer_control_number,
        claim.charge_cents,
        claim.paid_cents,
        fingerprint(claim),
        header.effective_on,
    )


def _reversal(
    header: RemittanceHeader, claim: ClaimPayment, told: _Told, *, number: int
) -> Iterator[RemittancePart]:
    """The earlier notice taken back: a reversal names it, and its amounts are its own, negated."""
    yield replace(
        header,
        transaction_control=f"{header.transaction_control}-{number}",
        trace_number=trace_of(told.payer_control_number),
        payment_cents=-told.paid_cents,
    )
    yield reversal_of(
        claim,
        number=told.claim_number,
        payer_control_number=told.payer_control_number,
        charge_cents=told.charge_cents,
        paid_cents=told.paid_cents,
    )
    yield RemittanceTrailer(())

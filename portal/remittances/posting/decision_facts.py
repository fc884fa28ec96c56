"""A decision as it is kept: columns for people and queries, ``facts`` for deciding the next one."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from portal.domain.claim_position import Adjudication, Outcome
from portal.domain.hold_kinds import HoldKind
from portal.domain.journal import LedgerAccount
from portal.practice.decisions import RECEIVED_ON, TAKES_UP, received_on


def facts_of(one: Adjudication) -> dict[str, Any]:
    """What no column holds, as JSON; what is empty is left out."""
    facts = {
        "fingerprint": one.fingerprint,
        "written_off": [[account.value, cents] for account, cents in one.written_off],
        "denied_cents": one.denied_cents,
        "shares": [[_text(target), cents] for target, cents in one.shares],
        "share_reasons": sorted(one.share_reasons),
        "charge_ids": sorted(map(str, one.charge_ids)),
        "filing_indicator": one.filing_indicator,
        "concerns": [kind.value for kind in one.concerns],
        "corrects": [str(other) for other in one.corrects],
        "moved_to": _text(one.moved_to),
        TAKES_UP: _text(one.takes_up),
        RECEIVED_ON: one.received_on and one.received_on.isoformat(),
    }
    return {name: value for name, value in facts.items() if value}


def adjudication_of(row: Row[*tuple[Any, ...]]) -> Adjudication:
    """The decision from a row of ``adjudications``."""
    facts: Mapping[str, Any] = row.facts
    return Adjudication(
        adjudication_id=row.adjudication_id,
        remittance_id=row.remittance_id,
        payer_key=str(row.payer_id),
        rank=row.rank,
        outcome=Outcome(row.disposition),
        trace_number=row.trace_number,
        payer_control_number=row.payer_control_number,
        charge_cents=row.charge_cents,
        paid_cents=row.paid_cents,
        fingerprint=facts.get("fingerprint", ""),
        written_off=tuple(
            (LedgerAccount(account), cents) for account, cents in facts.get("written_off", ())
        ),
        denied_cents=facts.get("denied_cents", 0),
        shares=tuple((_id(target), cents) for target, cents in facts.get("shares", ())),
        share_reasons=frozenset(facts.get("share_reasons", ())),
        charge_ids=frozenset(map(UUID, facts.get("charge_ids", ()))),
        filing_indicator=facts.get("filing_indicator", ""),
        concerns=tuple(map(HoldKind, facts.get("concerns", ()))),
        voids=row.voids_id,
        corrects=tuple(map(UUID, facts.get("corrects", ()))),
        moved_to=_id(facts.get("moved_to")),
        takes_up=_id(facts.get(TAKES_UP)),
        received_on=received_on(facts),
    )


def _text(target: UUID | None) -> str | None:
    return None if target is None else str(target)


def _id(text: str | None) -> UUID | None:
    return None if text is None else UUID(text)

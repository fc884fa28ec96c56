"""What happened to claims, for a patient to follow: sent to whom and when, and every decision."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Uuid, bindparam, select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.claim_journey import HeardOnce, SentOnce
from portal.domain.claim_position import Outcome
from portal.domain.names import in_mixed_case
from portal.practice.decisions import Adjudication, received_on
from portal.practice.models import Payer
from portal.practice.sent_claims import SentClaimRow

_PRACTICE = bindparam("practice", type_=Uuid)
_HEARD = (
    select(
        Adjudication.adjudication_id,
        Adjudication.claim_id,
        Adjudication.rank,
        Adjudication.status,
        Adjudication.disposition,
        Adjudication.decided_on,
        Adjudication.paid_cents,
        Adjudication.responsibility_cents,
        Adjudication.voids_id,
        Adjudication.facts,
        Payer.name,
    )
    .join(Payer, (Payer.practice_id == _PRACTICE) & (Payer.payer_id == Adjudication.payer_id))
    .where(
        Adjudication.practice_id == _PRACTICE,
        Adjudication.claim_id.in_(bindparam("claims", expanding=True)),
    )
    .order_by(Adjudication.adjudication_id)
)
_VOID = "8"  # CLM05-3: it takes back what was sent


@dataclass(frozen=True, slots=True)
class ClaimHistory:
    """One claim's; ``heard`` in the order in which it came."""

    sent: tuple[SentOnce, ...] = ()
    heard: tuple[HeardOnce, ...] = ()


def claim_histories(session: Session, claim_ids: Collection[UUID]) -> dict[UUID, ClaimHistory]:
    """The history of each claim, empty where nothing is known."""
    sent, heard = _sent(session, claim_ids), decisions_heard(session, claim_ids)
    return {
        claim_id: ClaimHistory(tuple(sent.get(claim_id, ())), tuple(heard.get(claim_id, ())))
        for claim_id in claim_ids
    }


def _sent(session: Session, claim_ids: Collection[UUID]) -> dict[UUID, list[SentOnce]]:
    practice_id = practice_of(session)
    rows = session.execute(
        select(SentClaimRow.claim_id, SentClaimRow.sent_on, Payer.name)
        .join(Payer, (Payer.practice_id == practice_id) & (Payer.payer_id == SentClaimRow.payer_id))
        .where(
            SentClaimRow.practice_id == practice_id,
            SentClaimRow.claim_id.in_(claim_ids),
            SentClaimRow.frequency != _VOID,
        )
        .distinct()
        .order_by(SentClaimRow.claim_id, SentClaimRow.sent_on, Payer.name)
    )
    sent: dict[UUID, list[SentOnce]] = {}
    for row in rows:
        if row.claim_id is not None:
            once = SentOnce(in_mixed_case(row.name), row.sent_on)
            sent.setdefault(row.claim_id, []).append(once)
    return sent


def decisions_heard(session: Session, claim_ids: Collection[UUID]) -> dict[UUID, list[HeardOnce]]:
    """Everything payers told of these claims, in the order in which it came."""
    which = {"practice": practice_of(session), "claims": list(claim_ids)}
    rows = session.execute(_HEARD, which)
    heard: dict[UUID, list[HeardOnce]] = {}
    for row in rows:
        heard.setdefault(row.claim_id, []).append(
            HeardOnce(
                adjudication_id=row.adjudication_id,
                payer_name=in_mixed_case(row.name),
                rank=row.rank,
                status=row.status,
                outcome=Outcome(row.disposition),
                decided_on=row.decided_on,
                paid_cents=row.paid_cents,
                share_cents=row.responsibility_cents,
                voids=row.voids_id,
                corrects=tuple(map(UUID, row.facts.get("corrects", ()))),
                is_moved="moved_to" in row.facts,
                received_on=received_on(row.facts),
            )
        )
    return heard

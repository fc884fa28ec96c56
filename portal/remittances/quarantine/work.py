"""What posters do about a claim that was set aside: have it decided again, or say it never is.

Under the locks of claim work, checked again there. What is resolved stays, with who and why.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.db import Database, Principal, new_id, practice_of
from portal.domain import payer_postings, posting_rules
from portal.domain.adjudication import Disposition
from portal.domain.claim_position import Outcome
from portal.domain.claim_review import reconsider_doubts
from portal.domain.journal import BusinessEvent
from portal.domain.quarantine import (
    NO_RULING,
    Quarantine,
    QuarantineAct,
    Ruling,
)
from portal.ledger.journal import post, reverse
from portal.ledger.models import JournalEntryRow
from portal.practice.decisions import Adjudication
from portal.practice.tasks import open_task
from portal.remittances.claims.joining import doubted_with
from portal.remittances.claims.standing_decision import (
    tell_of_freed_credit,
    tell_of_payer_credit,
)
from portal.remittances.claims.work import (
    Act,
    actor_of,
    locked_with_number,
    put_deposits_to,
    require_no_import,
    store_changes,
)
from portal.remittances.models import QuarantinedClaim, QuarantineDecision, Remittance
from portal.remittances.posting.decision_rows import write_decision
from portal.remittances.posting.decision_tasks import tasks_of
from portal.remittances.posting.positions import claims_with_ids
from portal.remittances.quarantine.set_aside import (
    DecidedAgain,
    SetAside,
    decided_again,
    may_be_of,
    set_aside,
    told_elsewhere,
    with_every_fault,
)

_DECIDED_AGAIN = "Decided again after it was set aside."


class ResolvedError(ValueError):
    """Somebody was faster: it is resolved already."""


class NotPossibleError(ValueError):
    """This act does not fit why the claim was set aside, or what it needs is not there."""


class StillQuarantinedError(ValueError):
    """Decided again, it still does not hold; nothing was changed."""

    def __init__(self, fault: Quarantine) -> None:
        super().__init__(fault.reason.value)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Resolution:
    """What an act came to; ``claim_id`` is the claim it is on now."""

    claim_id: UUID
    disposition: Disposition | None  # None: nothing was posted


def decide_again(
    database: Database, principal: Principal, quarantine_id: UUID, *, reason: str, act: Act
) -> Resolution:
    """Post it as things stand now, if it holds now.

    Raises QuarantineNotFoundError, ResolvedError, NotPossibleError, StillQuarantinedError and
    ImportRunningError, as the other acts do.
    """
    with database.transaction(principal) as session:
        aside = _open(session, quarantine_id, QuarantineAct.AGAIN, reason=reason, act=act)
        return _post(session, aside, QuarantineAct.AGAIN, NO_RULING, reason=reason, act=act)


def accept(
    database: Database, principal: Principal, quarantine_id: UUID, *, reason: str, act: Act
) -> Resolution:
    """Post it although its figures do not add up, or its charge is above ours.

    What is missing stays with the payer and the share is held; the patient's share never grows.
    """
    with database.transaction(principal) as session:
        aside = _open(session, quarantine_id, QuarantineAct.ACCEPTED, reason=reason, act=act)
        return _post(session, aside, QuarantineAct.ACCEPTED, aside.accepted, reason=reason, act=act)


def match_reversal(
    database: Database,
    principal: Principal,
    quarantine_id: UUID,
    *,
    takes_back: UUID,
    reason: str,
    act: Act,
) -> Resolution:
    """Say which standing decision of the payer a reversal takes back, on whatever claim it is."""
    with database.transaction(principal) as session:
        aside = _open(session, quarantine_id, QuarantineAct.MATCHED, reason=reason, act=act)
        claim_id = session.scalar(
            select(Adjudication.claim_id).where(
                Adjudication.practice_id == practice_of(session),
                Adjudication.adjudication_id == takes_back,
            )
        )
        if claim_id is None:
            raise NotPossibleError(takes_back)
        ruling = Ruling(aside.accepted.accepts, takes_back)
        return _post(
            session,
            aside,
            QuarantineAct.MATCHED,
            ruling,
            claim_id=claim_id,
            reason=reason,
            act=act,
        )


def move(
    database: Database,
    principal: Principal,
    quarantine_id: UUID,
    *,
    claim_id: UUID,
    reason: str,
    act: Act,
) -> Resolution:
    """Post it on the claim that the payer meant, whatever number it wrote."""
    with database.transaction(principal) as session:
        aside = _open(session, quarantine_id, QuarantineAct.MOVED, reason=reason, act=act)
        found = claims_with_ids(session.connection(), practice_of(session), [claim_id])
        if not found or not may_be_of(aside, found[0]):
            raise NotPossibleError(claim_id)
        return _post(
            session,
            aside,
            QuarantineAct.MOVED,
            NO_RULING,
            claim_id=claim_id,
            reason=reason,
            act=act,
        )


def replace(
    database: Database, principal: Principal, quarantine_id: UUID, *, reason: str, act: Act
) -> Resolution:
    """Say that another file tells the same payment correctly: its money is there, not here."""
    with database.transaction(principal) as session:
        aside = _open(session, quarantine_id, QuarantineAct.REPLACED, reason=reason, act=act)
        locked_with_number(session, aside.claim_id)
        practice_id = practice_of(session)
        if told_elsewhere(session.connection(), practice_id, aside) is None:
            raise NotPossibleError(quarantine_id)
        _take_out_of_suspense(session, aside, act=act)
        _tell_before(session, aside.sender.remittance_id, aside.claim.paid_cents)
        _resolve(session, aside, QuarantineAct.REPLACED, None, reason=reason, act=act)
        return Resolution(aside.claim_id, None)


def reject(
    database: Database, principal: Principal, quarantine_id: UUID, *, reason: str, act: Act
) -> Resolution:
    """Say that it is never posted: what was paid on it is owed back to the payer, with a task.

    Raises NotPossibleError where another file tells the same payment correctly: it came once.
    """
    with database.transaction(principal) as session:
        aside = _open(session, quarantine_id, QuarantineAct.REJECTED, reason=reason, act=act)
        known = locked_with_number(session, aside.claim_id)
        if told_elsewhere(session.connection(), practice_of(session), aside) is not None:
            raise NotPossibleError(quarantine_id)
        paid_cents = aside.claim.paid_cents
        if paid_cents:
            occasion = posting_rules.ClaimOccasion(
                aside.claim_id, known.position.guarantor_id, act.today
            )
            entry = payer_postings.remittance_rejected(
                occasion, adjudication_id=quarantine_id, paid_cents=paid_cents
            )
            post(session, entry, now=act.now)
            number = aside.claim.number
            tell_of_payer_credit(session, number, quarantine_id, paid_cents, now=act.now)
        _resolve(session, aside, QuarantineAct.REJECTED, None, reason=reason, act=act)
        return Resolution(aside.claim_id, None)


def _open(
    session: Session, quarantine_id: UUID, what: QuarantineAct, *, reason: str, act: Act
) -> SetAside:
    """What was set aside, while nobody else resolves it and no file comes in."""
    if not reason.strip():
        raise ValueError("what was set aside is resolved with a reason")
    require_no_import(session)
    practice_id = practice_of(session)
    session.execute(
        select(QuarantinedClaim.quarantine_id)
        .where(
            QuarantinedClaim.practice_id == practice_id,
            QuarantinedClaim.quarantine_id == quarantine_id,
        )
        .with_for_update()
    )
    connection = session.connection()
    aside = set_aside(connection, practice_id, quarantine_id)
    if aside.is_resolved:
        raise ResolvedError(quarantine_id)
    aside = with_every_fault(connection, practice_id, aside, today=act.today)
    if what not in aside.acts:
        raise NotPossibleError(what)
    return aside


def _post(
    session: Session,
    aside: SetAside,
    what: QuarantineAct,
    ruling: Ruling,
    *,
    reason: str,
    act: Act,
    claim_id: UUID | None = None,
) -> Resolution:
    locked_with_number(session, claim_id or aside.claim_id, also=aside.guarantor_id)
    again = decided_again(
        session.connection(),
        practice_of(session),
        aside,
        ruling=ruling,
        claim_id=claim_id,
        today=act.today,
    )
    decision, known = again.decision, again.known
    if decision.quarantine is not None:
        raise StillQuarantinedError(decision.quarantine)
    _take_out_of_suspense(session, aside, act=act)
    for taken in again.notices:
        one = DecidedAgain(known, again.before, taken.reversal, taken.decision)
        write_decision(session, one, payer_id=aside.payer_id, decided_on=aside.decided_on)
        _tell_before(session, taken.notice.remittance_id, taken.notice.paid_cents)
    write_decision(session, again, payer_id=aside.payer_id, decided_on=aside.decided_on)
    store_changes(session, known, again.changes, reason=_DECIDED_AGAIN, now=act.now)
    _settle_doubts(session, again, act=act)
    _tell(session, aside, again, act=act)
    put_deposits_to(session, known, act=act)
    _resolve(session, aside, what, again, reason=reason, act=act)
    return Resolution(known.claim_id, decision.disposition)


def _tell_before(session: Session, remittance_id: UUID, cents: int) -> None:
    """So much of a payment is told by another."""
    session.execute(
        update(Remittance)
        .where(
            Remittance.practice_id == practice_of(session),
            Remittance.remittance_id == remittance_id,
        )
        .values(told_before_cents=Remittance.told_before_cents + cents)
    )


def _take_out_of_suspense(session: Session, aside: SetAside, *, act: Act) -> None:
    """Undo the entry that put its money aside: what is posted instead brings it anew."""
    if not aside.claim.paid_cents:
        return
    entry_id = session.scalars(
        select(JournalEntryRow.entry_id).where(
            JournalEntryRow.practice_id == practice_of(session),
            JournalEntryRow.business_event == BusinessEvent.REMITTANCE_SUSPENDED.value,
            JournalEntryRow.source_key == str(aside.quarantine_id),
        )
    ).one()
    reverse(
        session,
        entry_id,
        business_event=BusinessEvent.REMITTANCE_SUSPENDED,
        effective_on=act.today,
        now=act.now,
    )


def _settle_doubts(session: Session, again: DecidedAgain, *, act: Act) -> None:
    """Hold, or let go, what may be one claim with this one."""
    for one, doubted in list(doubted_with(session, again.known)):
        changes = reconsider_doubts(
            one.position, is_doubtful=bool(doubted), cause_id=new_id(), today=act.today
        )
        if changes is not None:
            store_changes(session, one, changes, reason=_DECIDED_AGAIN, now=act.now)


def _tell(session: Session, aside: SetAside, again: DecidedAgain, *, act: Act) -> None:
    """Tasks for money that belongs to somebody else now: the payer, or the patient."""
    new, position = again.decision.adjudication, again.decision.position
    for kind, message in tasks_of(again.claim, again.decision, today=act.today):
        open_task(session, kind=kind, subject_id=new.adjudication_id, message=message, now=act.now)
    kept_cents = 0
    if new.outcome is Outcome.REVERSAL and new.voids is not None:
        taken = next(one for one in again.before.adjudications if one.adjudication_id == new.voids)
        kept_cents = taken.paid_cents + new.paid_cents
    number = aside.claim.number
    tell_of_payer_credit(session, number, new.adjudication_id, kept_cents, now=act.now)
    tell_of_freed_credit(session, again.before, position, now=act.now)


def _resolve(
    session: Session,
    aside: SetAside,
    what: QuarantineAct,
    again: DecidedAgain | None,
    *,
    reason: str,
    act: Act,
) -> None:
    practice_id = practice_of(session)
    session.execute(
        insert(QuarantineDecision).values(
            practice_id=practice_id,
            quarantine_id=aside.quarantine_id,
            act=what.value,
            reason=reason.strip(),
            adjudication_id=again and again.decision.adjudication.adjudication_id,
            disposition=again and again.decision.disposition.value,
            decided_at=act.now,
            decided_by=actor_of(session),
        )
    )
    session.execute(
        update(QuarantinedClaim)
        .where(
            QuarantinedClaim.practice_id == practice_id,
            QuarantinedClaim.quarantine_id == aside.quarantine_id,
        )
        .values(resolved_at=act.now)
    )
    record(
        session,
        action=f"quarantine_{what.value}",
        object_kind="quarantined_claim",
        object_id=aside.quarantine_id,
        guarantor_id=aside.guarantor_id,
        now=act.now,
        request_id=act.request_id,
    )

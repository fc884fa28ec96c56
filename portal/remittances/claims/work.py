"""What staff do about a claim that waits: release a hold, say whose or which claim it is.

Under the lock of the guarantor, as payments are, and never while a remittance is imported.
"""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.auth.roles import Role
from portal.db import Database, Principal, new_id, practice_of, principal_of
from portal.domain.claim_draft import ClaimChanges
from portal.domain.claim_joining import NotJoinableError
from portal.domain.claim_joining import join_claims as joined_claims
from portal.domain.claim_review import NotReleasableError, assign_guarantor, reconsider_doubts
from portal.domain.claim_review import release_hold as released
from portal.domain.hold_kinds import HOLDS, HoldKind, Releaser
from portal.domain.hold_rules import holds_of
from portal.domain.second_decisions import Undone, first_stands, last_stands
from portal.ledger.credit_moves import MOVES_CREDIT, move_credit
from portal.ledger.journal import post
from portal.ledger.visit_deposits import meet_deposits
from portal.practice.import_lock import import_is_running
from portal.practice.models import Charge, Claim, Guarantor, Hold, Patient
from portal.practice.sent_claims import SentClaimRow
from portal.practice.viewing_acts import keep_as_private
from portal.remittances.claims.joining import (
    doubted_with,
    doubtful_claims,
    guarantors_of_number,
    in_order,
    lock_number,
    possible_partners,
    tell_of_credit,
    whose_claims,
    write_moved,
)
from portal.remittances.claims.standing_decision import tell_of_freed_credit, undo
from portal.remittances.posting.known_claims import KnownClaim, in_force
from portal.remittances.posting.positions import claims_with_ids, coverages_of
from portal.remittances.posting.rows import waiting_credit_json, waiting_let_off_json

__all__ = [
    "ClaimNotFoundError",
    "ImportRunningError",
    "NotJoinableError",
    "NotReleasableError",
    "PatientKnownError",
    "join_claims",
    "let_last_stand",
    "match_patient",
    "may_release",
    "release_hold",
]

DENIAL_REVIEW_JOB = "end denial reviews"  # after ten days

_ANOTHERS = "The other claim is another patient's."
_ONE_CLAIM = "The two claims are one."
_MAY_RELEASE = {
    Releaser.POSTER: frozenset({Role.POSTER, Role.MANAGER, Role.ADMIN}),
    Releaser.MANAGER: frozenset({Role.MANAGER, Role.ADMIN}),
    Releaser.NOBODY: frozenset[Role](),
}


class ClaimNotFoundError(LookupError):
    """No such claim, or no such patient, in this practice."""


class ImportRunningError(RuntimeError):
    """A remittance is being imported: what is known of the claim changes. Try again later."""


class PatientKnownError(ValueError):
    """The claim has its patient already."""


@dataclass(frozen=True, slots=True)
class Act:
    """When somebody does something, and in which request."""

    now: datetime
    today: date
    request_id: str


def may_release(kind: HoldKind, role: str) -> bool:
    """Whether this role may release such a hold by hand."""
    if role == DENIAL_REVIEW_JOB:
        return kind is HoldKind.DENIAL_REVIEW
    return role in _MAY_RELEASE[HOLDS[kind].released_by]


def release_hold(
    database: Database,
    principal: Principal,
    claim_id: UUID,
    kind: HoldKind,
    *,
    reason: str,
    act: Act,
) -> None:
    """End one hold; when none is left, the patient's share may be billed.

    Of a claim decided twice that says that the first decision stands: what was paid on the other
    is owed back.
    Raises ClaimNotFoundError, NotReleasableError (nobody of this role may, or it does not stand)
    and ImportRunningError.
    """
    if not reason.strip():
        raise ValueError("a hold is released with a reason")
    with database.transaction(principal) as session:
        known = _locked(session, claim_id)  # first: nobody learns whether another's claim exists
        if not may_release(kind, principal.role):
            raise NotReleasableError(kind)
        undone: tuple[Undone, ...] = ()
        if kind is HoldKind.DECIDED_AGAIN:
            undone = first_stands(known.position, today=act.today, new_id=new_id)
            _undo(session, known, undone, reason=reason, act=act)
        if not undone or kind in known.position.holds:
            _release(session, known, kind, reason=reason, act=act)
        put_deposits_to(session, known, act=act)
        _note(session, known, action="release_hold", act=act)


def let_last_stand(
    database: Database, principal: Principal, claim_id: UUID, *, reason: str, act: Act
) -> None:
    """Say that of two decisions of a payer the last one stands: what the first paid is owed back.

    Raises as ``release_hold`` does; NotReleasableError also where the last one cannot be posted.
    """
    if not reason.strip():
        raise ValueError("a decision is undone with a reason")
    with database.transaction(principal) as session:
        known = _locked(session, claim_id)
        undone = last_stands(known.position, today=act.today, new_id=new_id)
        if not undone or not may_release(HoldKind.DECIDED_AGAIN, principal.role):
            raise NotReleasableError(HoldKind.DECIDED_AGAIN)
        _undo(session, known, undone, reason=reason, act=act)
        put_deposits_to(session, known, act=act)
        _note(session, known, action="let_last_stand", act=act)


def match_patient(
    database: Database, principal: Principal, claim_id: UUID, *, patient_id: UUID, act: Act
) -> None:
    """Say whose claim it is: the patient's guarantor owes its share from now on.

    Raises ClaimNotFoundError, PatientKnownError and ImportRunningError.
    """
    with database.transaction(principal) as session:
        practice_id = practice_of(session)
        guarantor_id = session.scalar(
            select(Patient.guarantor_id).where(
                Patient.practice_id == practice_id, Patient.patient_id == patient_id
            )
        )
        known = locked_with_number(session, claim_id, also=guarantor_id)
        if known.patient_id is not None:
            raise PatientKnownError(claim_id)
        if guarantor_id is None:
            raise ClaimNotFoundError(patient_id)
        coverages = coverages_of(session.connection(), practice_id, {patient_id})
        known.patient_id = patient_id
        position = replace(
            known.position, coverages=in_force(coverages[patient_id], known.service_on)
        )
        changes = assign_guarantor(position, guarantor_id, cause_id=new_id(), today=act.today)
        _give_rows(session, claim_id, guarantor_id)
        store_changes(session, known, changes, reason="The patient was found.", now=act.now)
        _note(session, known, action="match_patient", act=act)
        _settle_doubts_of_matched(session, known, act=act)
        put_deposits_to(session, known, act=act)


def join_claims(
    database: Database,
    principal: Principal,
    claim_id: UUID,
    *,
    partner_id: UUID,
    reason: str,
    act: Act,
) -> UUID:
    """Say that two claims are one: ``moves_into`` says which is emptied. The claim that stays.

    Raises ClaimNotFoundError, NotJoinableError (also for claims that are not in doubt, or two
    patients' of the practice) and ImportRunningError.
    """
    if not reason.strip():
        raise ValueError("two claims are joined with a reason")
    with database.transaction(principal) as session:
        known = locked_with_number(session, claim_id)
        partners = {one.claim_id: one for one in possible_partners(session, known)}
        if partner_id not in partners:
            raise NotJoinableError(partner_id)
        partner = partners[partner_id]
        other, first = in_order(known, partner, whose_claims(session, [known, partner]))
        _join(session, other, first, reason=f"{_ONE_CLAIM} {reason.strip()}", act=act)
        keep_as_private(session, first.claim_id, other.claim_id)
        put_deposits_to(session, first, act=act)
        return first.claim_id


def put_deposits_to(session: Session, known: KnownClaim, *, act: Act) -> None:
    """Money taken for a visit meets the share that an act released; the act's last step."""
    if known.position.guarantor_id is not None:
        meet_deposits(
            session.connection(),
            practice_of(session),
            today=act.today,
            now=act.now,
            guarantor_ids=[known.position.guarantor_id],
        )


def lock_guarantor(session: Session, guarantor_id: UUID) -> None:
    """Payments of this guarantor wait until this transaction ends."""
    session.execute(
        select(Guarantor.guarantor_id)
        .where(
            Guarantor.practice_id == practice_of(session), Guarantor.guarantor_id == guarantor_id
        )
        .with_for_update(key_share=True)
    ).one()


def require_no_import(session: Session) -> None:
    """Raises ImportRunningError; else imports wait until this transaction ends."""
    if import_is_running(session):
        raise ImportRunningError


def _locked(session: Session, claim_id: UUID) -> KnownClaim:
    require_no_import(session)
    practice_id = practice_of(session)
    owner = session.execute(
        select(Claim.guarantor_id).where(
            Claim.practice_id == practice_id, Claim.claim_id == claim_id
        )
    ).one_or_none()
    if owner is None:
        raise ClaimNotFoundError(claim_id)
    if owner.guarantor_id is not None:
        lock_guarantor(session, owner.guarantor_id)
    session.execute(
        select(Claim.claim_id)
        .where(Claim.practice_id == practice_id, Claim.claim_id == claim_id)
        .with_for_update(key_share=True)
    )
    return claims_with_ids(session.connection(), practice_id, [claim_id])[0]


def locked_with_number(session: Session, claim_id: UUID, *, also: UUID | None = None) -> KnownClaim:
    """A claim, while nobody else changes it or one of its number: any of those may change with it.

    Whoever owes for one of them, and ``also``, comes first and in one order, so that nobody waits
    for somebody who waits.
    """
    require_no_import(session)
    practice_id = practice_of(session)
    row = session.execute(
        select(Claim.claim_number, Claim.guarantor_id).where(
            Claim.practice_id == practice_id, Claim.claim_id == claim_id
        )
    ).one_or_none()
    if row is None:
        raise ClaimNotFoundError(claim_id)
    owing = {row.guarantor_id, also, *guarantors_of_number(session, row.claim_number)} - {None}
    for guarantor_id in sorted(owing):
        lock_guarantor(session, guarantor_id)
    lock_number(session, claim_id, row.claim_number)
    for newcomer in sorted({*guarantors_of_number(session, row.claim_number)} - owing):
        lock_guarantor(session, newcomer)  # found their patient meanwhile; nobody else can now
    return claims_with_ids(session.connection(), practice_id, [claim_id])[0]


def _join(session: Session, other: KnownClaim, first: KnownClaim, *, reason: str, act: Act) -> None:
    joined = joined_claims(first.position, other.position, new_id=new_id, today=act.today)
    write_moved(session, joined, other=other, first=first, today=act.today)
    for known, changes in ((other, joined.other), (first, joined.first)):
        store_changes(session, known, changes, reason=reason, now=act.now)
        _note(session, known, action="join_claims", act=act)
    tell_of_credit(session, joined, other=other, first=first, now=act.now)
    for known, doubted in list(doubted_with(session, first)):
        eased = reconsider_doubts(
            known.position, is_doubtful=bool(doubted), cause_id=new_id(), today=act.today
        )
        if eased is not None:
            store_changes(session, known, eased, reason=reason, now=act.now)


def _settle_doubts_of_matched(session: Session, matched: KnownClaim, *, act: Act) -> None:
    """Of the same patient it is the claim it was doubted with; of another patient it is not."""
    connection, practice_id = session.connection(), practice_of(session)
    known = claims_with_ids(connection, practice_id, [matched.claim_id])[0]
    partners = doubtful_claims(session, known)
    ours = [one for one in partners if one.patient_id == known.patient_id]
    if len(ours) == 1:
        with suppress(NotJoinableError):  # then they stay in doubt, for the poster to see
            _join(session, known, ours[0], reason=_ONE_CLAIM, act=act)
        return
    others = [one for one in partners if one.patient_id not in {None, known.patient_id}]
    others_ids = {one.claim_id for one in others}
    for one, doubted in list(doubted_with(session, known)):
        is_itself = one.claim_id == known.claim_id
        if doubted and (is_itself or one.claim_id in others_ids):
            beside = others if is_itself else [known]
            if doubted <= {
                decided.adjudication_id for other in beside for decided in other.position.live
            }:
                _release(session, one, HoldKind.POSSIBLY_ONE_CLAIM, reason=_ANOTHERS, act=act)


def _release(session: Session, known: KnownClaim, kind: HoldKind, *, reason: str, act: Act) -> None:
    waived = sorted(_waived(session, known, kind))
    changes = released(known.position, kind, cause_id=new_id(), today=act.today)
    _end_hold(session, known.standing.pop(kind), waived, reason=reason, now=act.now)
    store_changes(session, known, changes, reason=f"{kind.value}: {reason}", now=act.now)


def _undo(
    session: Session, known: KnownClaim, undone: tuple[Undone, ...], *, reason: str, act: Act
) -> None:
    if undone:
        before = known.position
        changes = undo(session, known, undone, now=act.now)
        words = f"{HoldKind.DECIDED_AGAIN.value}: {reason}"
        store_changes(session, known, changes, reason=words, now=act.now)
        tell_of_freed_credit(session, before, changes.position, now=act.now)


def _waived(session: Session, known: KnownClaim, kind: HoldKind) -> frozenset[UUID]:
    """The decisions for which a released hold stays released."""
    if kind is HoldKind.POSSIBLY_ONE_CLAIM:
        of_claims = doubted_with(session, known)
        return next((ids for one, ids in of_claims if one.claim_id == known.claim_id), frozenset())
    return frozenset(one for _, one in holds_of(known.position, kind))


def _end_hold(
    session: Session, hold_id: UUID, waived: list[UUID], *, reason: str, now: datetime
) -> None:
    session.execute(
        update(Hold)
        .where(Hold.practice_id == practice_of(session), Hold.hold_id == hold_id)
        .values(
            released_at=now,
            released_by=actor_of(session),
            release_reason=reason,
            waived_ids=waived,
        )
    )


def _give_rows(session: Session, claim_id: UUID, guarantor_id: UUID) -> None:
    """What of a claim can be changed becomes the guarantor's; decisions are append-only."""
    for table in (Charge, Hold, SentClaimRow):
        session.execute(
            update(table)
            .where(table.practice_id == practice_of(session), table.claim_id == claim_id)
            .values(guarantor_id=guarantor_id)
        )


def store_changes(
    session: Session, known: KnownClaim, changes: ClaimChanges, *, reason: str, now: datetime
) -> None:
    """Write what an act changed: entries, holds, the claim's own row."""
    known.position = position = changes.position
    for entry in changes.entries:
        entry_id = post(session, entry, now=now)
        if entry.business_event in MOVES_CREDIT:
            move_credit(session.connection(), practice_of(session), entry, entry_id)
    for kind in changes.holds_released & known.standing.keys():
        _end_hold(session, known.standing.pop(kind), [], reason=reason, now=now)
    for kind in sorted(changes.holds_placed):
        session.execute(
            insert(Hold).values(
                practice_id=practice_of(session),
                hold_id=new_id(),
                guarantor_id=position.guarantor_id,
                claim_id=known.claim_id,
                kind=kind.value,
                reason=reason if kind is HoldKind.STAFF else HOLDS[kind].means,
                placed_at=now,
                placed_by=actor_of(session),
            )
        )
    session.execute(
        update(Claim)
        .where(Claim.practice_id == practice_of(session), Claim.claim_id == known.claim_id)
        .values(
            guarantor_id=position.guarantor_id,
            patient_id=known.patient_id,
            denied=position.denied,
            waiting_credit=waiting_credit_json(known),
            waiting_let_off=waiting_let_off_json(known),
        )
    )


def actor_of(session: Session) -> str:
    """Who acts, as it is kept beside what they did."""
    principal = principal_of(session)
    return str(principal.actor_id or principal.role)


def _note(session: Session, known: KnownClaim, *, action: str, act: Act) -> None:
    record(
        session,
        action=action,
        object_kind="claim",
        object_id=known.claim_id,
        guarantor_id=known.position.guarantor_id,
        now=act.now,
        request_id=act.request_id,
    )

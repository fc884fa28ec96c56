"""A yes that staff write down: spoken, after every sentence was read out, or signed on paper.

What is charged by itself is agreed to in writing only, on paper or by the person's own link
(12 CFR 1005.10(b)); more than four payments only after the disclosure is in their hands.
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.auth.account_mail import queue_mail
from portal.db import Database, Principal, practice_of
from portal.domain.plan_script_texts import SpokenScript, spoken_script
from portal.domain.plans.states import PlanState
from portal.messages.service import MessageTemplate
from portal.plans.changing.service import Moment, Ports
from portal.plans.moves import PlanNotFoundError, lock_plan, note_plan
from portal.plans.offering import service as offering
from portal.plans.offering.footing import practice_today
from portal.plans.offering.service import NotUndecidedError
from portal.plans.offering.terms import PAPER, SPOKEN, GivenConsent, Terms
from portal.plans.staff.acts import audit
from portal.plans.store import load
from portal.practice.models import Guarantor


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidYes:
    """Spoken. ``read``: places of the sentences that were read; ``known_by``: how staff knew."""

    seal: str
    read: frozenset[int]
    who: str
    known_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedPaper:
    """On paper. ``filed``: where it lies."""

    seal: str
    who: str
    signed_on: date
    filed: str


WrittenYes = SaidYes | SignedPaper


class NotAllReadError(ValueError):
    """A sentence of the script was left out."""


class NotInWritingError(ValueError):
    """What is charged by itself is not agreed to by word of mouth."""


class SignedLaterError(ValueError):
    """Nothing is signed on a day that is to come."""


def sentences_to_read(terms: Terms, script: SpokenScript) -> tuple[str, ...]:
    """The whole script, in its order."""
    return (*script.before, *terms.agreement.all_sentences, *script.after)


def language_of(session: Session, guarantor_id: UUID) -> str:
    """What the person reads, and is read to. Raises PlanNotFoundError."""
    found = session.scalar(
        select(Guarantor.language).where(
            Guarantor.practice_id == practice_of(session), Guarantor.guarantor_id == guarantor_id
        )
    )
    if found is None:
        raise PlanNotFoundError(guarantor_id)
    return found


def written_consent(given: WrittenYes, terms: Terms, *, language: str, today: date) -> GivenConsent:
    """As it is kept. Raises NotAllReadError, NotInWritingError, SignedLaterError."""
    if isinstance(given, SignedPaper):
        if given.signed_on > today:
            raise SignedLaterError(given.signed_on)
        note = f"signed {given.signed_on.isoformat()}; filed: {given.filed}"
        return GivenConsent(given.seal, b"", language, kind=PAPER, given_by=given.who, note=note)
    if terms.method is not None:
        raise NotInWritingError(terms.method.name)
    script = spoken_script(language=language)
    if given.read != frozenset(range(len(sentences_to_read(terms, script)))):
        raise NotAllReadError
    return GivenConsent(
        given.seal,
        b"",
        language,
        kind=SPOKEN,
        given_by=given.who,
        note=f"script {script.version}; known by: {given.known_by}",
        before=script.before,
        after=script.after,
    )


def agree_for(
    database: Database,
    principal: Principal,
    plan_id: UUID,
    given: WrittenYes,
    *,
    ports: Ports,
    at: Moment,
) -> bool:
    """The plan begins, and whether a mail tells them; ``at.language`` is the one it was read in.

    Raises as `written_consent` and `offering.service.agree`.
    """
    with database.transaction(principal) as session:
        today = practice_today(session, at.now)
        terms = offering.offered_terms(
            session,
            load(session, plan_id),
            methods=ports.methods,
            language=at.language,
            today=today,
        )
    return offering.agree(
        database,
        principal,
        plan_id,
        written_consent(given, terms, language=at.language, today=today),
        methods=ports.methods,
        coming=ports.coming,
        follow=ports.follow,
        now=at.now,
        request_id=at.request_id,
    )


def send_to_agree(database: Database, principal: Principal, plan_id: UUID, *, at: Moment) -> bool:
    """Ask them by mail to agree on their own pages; false for who may not be written to.

    Raises PlanNotFoundError, NotUndecidedError.
    """
    with database.transaction(principal) as session:
        plan = lock_plan(session, plan_id)
        if plan.state != PlanState.PENDING_CONSENT.value:
            raise NotUndecidedError(plan_id)
        message_id = queue_mail(
            session, MessageTemplate.PLAN_OFFERED, guarantor_id=plan.guarantor_id, now=at.now
        )
        if message_id is not None:
            note_plan(session, plan, now=at.now, detail="asked by mail to agree")
            audit(session, plan, "send_plan_to_agree", at=at)
        return message_id is not None

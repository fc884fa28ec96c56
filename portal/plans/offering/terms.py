"""The words of an agreement with its figures, and what has to be disclosed before it.

The same words are shown, agreed to, kept and printed: they are made here and nowhere else.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from portal.auth.keys import keyed_hash
from portal.db import new_id, practice_of
from portal.domain.payment_channel import MethodKind
from portal.domain.plan_agreement_texts import PlanAgreement, PlanFacts, plan_agreement
from portal.domain.plans.cadence import Cadence
from portal.domain.plans.disclosure import ClosedEnd, closed_end
from portal.domain.plans.policy import WITHOUT_DISCLOSURE
from portal.domain.plans.schedule import Installment
from portal.plans.models import Plan, PlanConsent, PlanEvent
from portal.plans.moves import actor_of, note_plan
from portal.plans.policies import pack_of, policy_for
from portal.plans.ports import MethodOnFile
from portal.practice.contact import practice_contact
from portal.web.reviewed import is_reviewed

ONLINE: Final = "online"
SPOKEN: Final = "spoken"
PAPER: Final = "paper"
ASKED: Final = "asked"
"""A consent's kind: what people did themselves, which the rules let them do without agreeing."""

CHARGED: Final = "charged"
BY_HAND: Final = "by_hand"
_ADDRESS_PURPOSE: Final = "plan-consent-address.v1"
_DISCLOSED: Final = "disclosed"


@dataclass(frozen=True, slots=True)
class ToPay:
    """What is agreed to be paid from now on: of a plan that runs, what is still open.

    ``counted``: how many the law counts. Money on its way may come back, so its installments count.
    """

    installments: Sequence[Installment]
    cadence: Cadence
    schedule_hash: str
    counted: int
    is_changed: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """All that somebody reads before they agree. ``disclosure``: where the law asks for one."""

    agreement: PlanAgreement
    disclosure: ClosedEnd | None
    method: MethodOnFile | None
    schedule_hash: str

    @property
    def seal(self) -> str:
        """Of every word: who agreed to other words than these is asked again."""
        return sha256("\n".join(self.agreement.all_sentences).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class GivenConsent:
    """A yes. ``seal``: of the words it is to; ``address_hash``: where a box was ticked.

    What staff write down of one that was spoken or signed: ``given_by`` is who said it, ``note``
    how and where; ``before`` and ``after`` stood around the terms when they were read out.
    """

    seal: str
    address_hash: bytes
    language: str
    kind: str = ONLINE
    given_by: str = ""
    note: str = ""
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


class OtherWordsError(ValueError):
    """The box was ticked beside other words than those of now."""


class NotDisclosedError(ValueError):
    """More than four installments are agreed to only after the disclosure was shown."""


def terms_of(
    session: Session,
    guarantor_id: UUID,
    to_pay: ToPay,
    *,
    method: MethodOnFile | None,
    language: str,
    policy_on: date,
    today: date,
) -> Terms:
    """``policy_on``: the day of the plan's first consent, whose policy it keeps."""
    practice = practice_contact(session)
    facts = PlanFacts(
        practice=practice.name,
        phone=practice.phone,
        installments=to_pay.installments,
        policy=policy_for(session, guarantor_id, on=policy_on),
        notices=pack_of(session, guarantor_id, on=today).notices,
        method=method.name if method else "",
        is_bank_account=method is not None and method.kind == MethodKind.BANK_DEBIT,
        is_changed=to_pay.is_changed,
    )
    disclosure = None
    if to_pay.counted > WITHOUT_DISCLOSURE:
        disclosure = closed_end(
            to_pay.installments, creditor=practice.name, frequency=to_pay.cadence.frequency
        )
    return Terms(
        agreement=plan_agreement(
            facts, language=language, is_reviewed=is_reviewed("plan_agreements", language)
        ),
        disclosure=disclosure,
        method=method,
        schedule_hash=to_pay.schedule_hash,
    )


def keep_consent(
    session: Session, plan: Plan, terms: Terms, consent: GivenConsent, *, now: datetime
) -> UUID:
    """Write down what was agreed to; the id of the consent.

    Raises OtherWordsError, NotDisclosedError.
    """
    if consent.seal != terms.seal:
        raise OtherWordsError(plan.plan_id)
    if terms.disclosure is not None and not was_disclosed(session, plan.plan_id, terms):
        raise NotDisclosedError(plan.plan_id)
    agreement = terms.agreement
    told = agreement.all_sentences if consent.kind == SPOKEN else agreement.in_writing
    return _write(
        session,
        plan,
        consent,
        now=now,
        kind=consent.kind,
        text_version=terms.agreement.version,
        language=terms.agreement.language,
        sentences=[*consent.before, *told, *consent.after],
        disclosure=disclosure_as_json(terms.disclosure) if terms.disclosure else None,
        schedule_hash=terms.schedule_hash,
        method_id=terms.method.method_id if terms.method else None,
    )


def keep_asked(
    session: Session, plan: Plan, consent: GivenConsent, *, schedule_hash: str, now: datetime
) -> UUID:
    """Write down what somebody did themselves, by which no word of theirs is another one."""
    return _write(
        session,
        plan,
        consent,
        now=now,
        kind=ASKED,
        text_version=0,
        language=consent.language,
        sentences=[],
        disclosure=None,
        schedule_hash=schedule_hash,
        method_id=plan.method_id,
    )


def _write(
    session: Session,
    plan: Plan,
    consent: GivenConsent,
    *,
    now: datetime,
    method_id: UUID | None,
    **values: Any,
) -> UUID:
    consent_id = new_id()
    session.flush()
    session.execute(
        insert(PlanConsent).values(
            practice_id=practice_of(session),
            consent_id=consent_id,
            plan_id=plan.plan_id,
            guarantor_id=plan.guarantor_id,
            given_at=now,
            given_by=consent.given_by or actor_of(session),
            recorded_by=actor_of(session),
            address_hash=consent.address_hash,
            note=consent.note,
            way=CHARGED if method_id else BY_HAND,
            method_id=method_id,
            **values,
        )
    )
    return consent_id


def note_disclosed(session: Session, plan: Plan, terms: Terms, *, now: datetime) -> None:
    """The disclosure was read through to its end, before the agreement was shown."""
    if not was_disclosed(session, plan.plan_id, terms):
        note_plan(session, plan, now=now, detail=_disclosed(terms))


def was_disclosed(session: Session, plan_id: UUID, terms: Terms) -> bool:
    """Whether the disclosure of this very schedule was shown."""
    found = session.scalar(
        select(PlanEvent.event_id)
        .where(
            PlanEvent.practice_id == practice_of(session),
            PlanEvent.plan_id == plan_id,
            PlanEvent.detail == _disclosed(terms),
        )
        .limit(1)
    )
    return found is not None


def disclosure_as_json(disclosure: ClosedEnd) -> dict[str, Any]:
    """As a consent keeps it."""
    kept = asdict(disclosure)
    for group in kept["groups"]:
        group["first_on"] = group["first_on"].isoformat()
        group["last_on"] = group["last_on"].isoformat()
    return {**kept, "groups": list(kept["groups"]), "frequency": disclosure.frequency.value}


def address_hash(secret_key: str, address: str) -> bytes:
    """Where somebody agreed, so that two can be compared and none can be read."""
    return keyed_hash(secret_key, _ADDRESS_PURPOSE, address)


def _disclosed(terms: Terms) -> str:
    return f"{_DISCLOSED} {terms.schedule_hash}"

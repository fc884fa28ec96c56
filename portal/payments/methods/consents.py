"""What somebody agreed to is kept as it was shown; what happens to an agreement is kept beside."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from portal.auth.keys import keyed_hash
from portal.db import new_id, practice_of, principal_of
from portal.domain.agreement_texts import Agreement
from portal.payments.methods.models import AgreementEvent, PaymentConsent

_PURPOSE = "consent-address.v1"


class NotAgreedError(ValueError):
    """The box was not ticked, or the wording is another by now."""


@dataclass(frozen=True, slots=True)
class Consent:
    """A ticked box: the wording beside it, and where it was ticked (`address_hash`)."""

    agreement: Agreement
    address_hash: bytes


def address_hash(secret_key: str, address: str) -> bytes:
    """Where somebody agreed, so that two can be compared and none can be read."""
    return keyed_hash(secret_key, _PURPOSE, address)


def keep_consent(session: Session, consent: Consent, *, guarantor_id: UUID, now: datetime) -> UUID:
    """Write it down; the id of the consent."""
    consent_id = new_id()
    session.execute(
        insert(PaymentConsent).values(
            practice_id=practice_of(session),
            consent_id=consent_id,
            guarantor_id=guarantor_id,
            kind=consent.agreement.kind.value,
            text_version=consent.agreement.version,
            language=consent.agreement.language,
            sentences=list(consent.agreement.sentences),
            given_at=now,
            given_by=principal_of(session).actor_id,
            address_hash=consent.address_hash,
        )
    )
    return consent_id


def note(
    session: Session,
    *,
    guarantor_id: UUID,
    subject_id: UUID,
    state: str,
    now: datetime,
    detail: str = "",
) -> None:
    """Append what happened to a setup, a saved method, a charge or an autopay agreement."""
    session.flush()
    session.execute(
        insert(AgreementEvent).values(
            practice_id=practice_of(session),
            event_id=new_id(),
            guarantor_id=guarantor_id,
            subject_id=subject_id,
            state=state,
            occurred_at=now,
            detail=detail,
        )
    )

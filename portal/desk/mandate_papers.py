"""The copy of an autopay agreement that goes by mail: its words, as they were agreed to.

Whoever is to be charged by itself gets a copy of what they signed (12 CFR 1005.10(b)).
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from flask_babel import gettext
from sqlalchemy import select

from portal.audit.record import record
from portal.connectors.pdf import Facts, Paper, Words
from portal.db import Database, Principal, practice_of
from portal.messages.letters import letter
from portal.payments.methods.models import PaymentConsent
from portal.payments.scheduled.endings import standing_agreement
from portal.practice.contact import PracticeContact, practice_contact
from portal.practice.models import Guarantor
from portal.statements.papers.reading import addressee_of
from portal.web import i18n


class NoMandateError(LookupError):
    """This person, if there is one, has no autopay."""


@dataclass(frozen=True, slots=True)
class Mandate:
    """``agreed_at`` is where the practice is; ``sentences`` are in ``language``."""

    practice: PracticeContact
    account_number: str
    address_lines: tuple[str, ...]
    cap_cents: int
    agreed_at: datetime
    language: str
    text_version: int
    sentences: tuple[str, ...]


def view_mandate(
    database: Database,
    principal: Principal,
    guarantor_id: UUID,
    *,
    now: datetime,
    request_id: str,
) -> Mandate:
    """The one that counts now, with a row in the audit log. Raises NoMandateError."""
    with database.transaction(principal) as session:
        standing = standing_agreement(session, guarantor_id)
        if standing is None:
            raise NoMandateError(guarantor_id)
        practice_id, practice = practice_of(session), practice_contact(session)
        consent = session.scalars(
            select(PaymentConsent).where(
                PaymentConsent.practice_id == practice_id,
                PaymentConsent.consent_id == standing.consent_id,
            )
        ).one()
        account_number = session.scalars(
            select(Guarantor.account_number).where(
                Guarantor.practice_id == practice_id, Guarantor.guarantor_id == guarantor_id
            )
        ).one()
        record(
            session,
            action="view_paper",
            object_kind="autopay",
            object_id=standing.agreement_id,
            guarantor_id=guarantor_id,
            now=now,
            request_id=request_id,
        )
        return Mandate(
            practice=practice,
            account_number=account_number,
            address_lines=addressee_of(session, guarantor_id).lines,
            cap_cents=standing.cap_cents,
            agreed_at=consent.given_at.astimezone(ZoneInfo(practice.time_zone)),
            language=consent.language,
            text_version=consent.text_version,
            sentences=tuple(consent.sentences),
        )


def mandate_paper(mandate: Mandate) -> Paper:
    """To be made in the language of the agreement."""
    at = mandate.agreed_at
    agreed = f"{i18n.long_day(at.date())}, {i18n.clock_time(at)}"
    return letter(
        mandate.practice,
        title=gettext("Autopay: your agreement"),
        lead=gettext("The most that one charge may be"),
        amount_cents=mandate.cap_cents,
        blocks=(
            Facts(
                "",
                (
                    (gettext("For"), ", ".join(mandate.address_lines)),
                    (gettext("Account"), mandate.account_number),
                    (gettext("Agreed on"), agreed),
                    (
                        gettext("Wording"),
                        gettext("Version %(version)s", version=mandate.text_version),
                    ),
                ),
            ),
            Words("", heading=gettext("What you agreed to")),
            *(Words(sentence) for sentence in mandate.sentences),
            Words(gettext("Keep this copy.")),
        ),
    )

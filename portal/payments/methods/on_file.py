"""A person's ways to pay, for a feature beside this one: it is handed over by whoever composes."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.method_setup import expires_soon, has_expired
from portal.payments.methods.apply import live_methods
from portal.payments.methods.models import SavedMethod
from portal.payments.methods.names import method_name
from portal.payments.methods.successors import successors


@dataclass(frozen=True, slots=True)
class MethodOnFile:
    """``name`` is for sentences: "Visa ending 4242"; ``expires``: "", "soon" or "over".

    ``stands_for``: ids of the same number as it was saved before.
    """

    method_id: UUID
    name: str
    kind: str
    brand: str
    last4: str
    exp_month: int | None
    exp_year: int | None
    is_default: bool
    expires: str
    stands_for: frozenset[UUID] = frozenset()


def methods_on_file(
    session: Session, guarantor_id: UUID, /, *, language: str, today: date
) -> tuple[MethodOnFile, ...]:
    """Those kept now, oldest first. ``today`` is the practice's day."""
    now_kept = successors(session, guarantor_id=guarantor_id)
    return tuple(
        MethodOnFile(
            method_id=one.method_id,
            name=method_name(one, language=language),
            kind=one.kind,
            brand=one.brand or "",
            last4=one.last4 or "",
            exp_month=one.exp_month,
            exp_year=one.exp_year,
            is_default=one.is_default,
            expires=_expires(one, today),
            stands_for=now_kept.standing_in(one.method_id),
        )
        for one in live_methods(session, guarantor_id)
    )


def kinds_of_methods(session: Session, method_ids: Collection[UUID], /) -> Mapping[UUID, str]:
    """A card or a bank account, of those that are kept or were."""
    rows = session.execute(
        select(SavedMethod.method_id, SavedMethod.kind).where(
            SavedMethod.practice_id == practice_of(session),
            SavedMethod.method_id.in_(method_ids),
        )
    )
    return {row.method_id: row.kind for row in rows}


def _expires(method: SavedMethod, today: date) -> str:
    if has_expired(method.exp_month, method.exp_year, today=today):
        return "over"
    return "soon" if expires_soon(method.exp_month, method.exp_year, today=today) else ""

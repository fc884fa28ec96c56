"""Which payer speaks: the insurer of a remittance, remembered under the number it calls itself."""

from uuid import UUID

from sqlalchemy import Connection, func, select, update
from sqlalchemy.dialects.postgresql import insert

from portal.db import new_id
from portal.domain.remittance import Organization, RemittanceHeader
from portal.practice.models import Payer

_NAMELESS = "unknown payer"


def payer_identifier(header: RemittanceHeader) -> str:
    """N1*PR04; without it who sent the money (TRN03), or the payer's name."""
    payer = header.payer
    named = payer.identifier or header.payer_trace_identifier or payer.name.casefold()
    return named or _NAMELESS


def payer_of(connection: Connection, practice_id: UUID, header: RemittanceHeader) -> UUID:
    """The payer's id; one that was never heard of is added.

    One that was known by its name alone is known by its number from now on.
    """
    identifier, name = payer_identifier(header), header.payer.name.casefold()
    if identifier not in {name, _NAMELESS}:
        _learn_number(connection, practice_id, identifier, name=name)
    return _known_as(connection, practice_id, identifier, name=header.payer.name or identifier)


def _learn_number(connection: Connection, practice_id: UUID, identifier: str, *, name: str) -> None:
    """Of a payer whose name stood for it (see ``payer_called``), unless the number has its own."""
    numbered = select(Payer.payer_id).where(
        Payer.practice_id == practice_id, Payer.identifier == identifier
    )
    connection.execute(
        update(Payer)
        .where(Payer.practice_id == practice_id, Payer.identifier == name, ~numbered.exists())
        .values(identifier=identifier)
    )


def payer_called(connection: Connection, practice_id: UUID, name: str) -> UUID:
    """The id of the payer that people call so; one that was never heard of is added.

    Its number is not known before it sends something: until then its name is its number, as for a
    remittance that gives none.
    """
    known = connection.scalar(
        select(Payer.payer_id)
        .where(Payer.practice_id == practice_id, func.lower(Payer.name) == name.lower())
        .order_by(Payer.payer_id)
        .limit(1)
    )
    return known or _known_as(connection, practice_id, name.casefold(), name=name)


def payer_billed(connection: Connection, practice_id: UUID, payer: Organization) -> UUID:
    """The id of a payer that a claim was sent to: by the number it was billed under, or its name.

    A clearinghouse's number for a payer is often not the one the payer calls itself.
    """
    by_number = select(Payer.payer_id).where(
        Payer.practice_id == practice_id, Payer.identifier == payer.identifier
    )
    by_name = (
        select(Payer.payer_id)
        .where(Payer.practice_id == practice_id, func.lower(Payer.name) == payer.name.lower())
        .order_by(Payer.payer_id)
        .limit(1)
    )
    known = connection.scalar(by_number) if payer.identifier else None
    known = known or (connection.scalar(by_name) if payer.name else None)
    identifier = payer.identifier or payer.name.casefold() or _NAMELESS
    return known or _known_as(connection, practice_id, identifier, name=payer.name or identifier)


def _known_as(connection: Connection, practice_id: UUID, identifier: str, *, name: str) -> UUID:
    connection.execute(
        insert(Payer)
        .values(practice_id=practice_id, payer_id=new_id(), identifier=identifier, name=name)
        .on_conflict_do_nothing(index_elements=["practice_id", "identifier"])
    )
    return connection.execute(
        select(Payer.payer_id).where(
            Payer.practice_id == practice_id, Payer.identifier == identifier
        )
    ).scalar_one()

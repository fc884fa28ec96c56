"""A closed batch into the database: new people, updates of what was there, then all that is new.

An older claim may be given to somebody who is made with this batch: people go first.
"""

from collections.abc import Sequence

from sqlalchemy import Table, bindparam, update

from portal.db import Base, LoaderTransaction
from portal.ledger.credit_moves import move_credit
from portal.remittances.posting.batch import Changes
from portal.remittances.posting.copy_text import line
from portal.remittances.posting.patients import NewPatient, free_account_numbers
from portal.remittances.posting.rows import COLUMNS

_SCHEMA = Base.metadata.schema
_PEOPLE = ("guarantors", "patients")


def load(transaction: LoaderTransaction, changes: Changes) -> None:
    """Write a batch."""
    _add_patients(transaction, changes)
    for name in _PEOPLE:
        _copy(transaction, name, changes)
    _update(transaction, "claims", "claim_id", changes.claims)
    _update(transaction, "charges", "claim_id", changes.assigned)
    _update(transaction, "holds", "claim_id", changes.assigned)
    _update(transaction, "sent_claims", "claim_id", changes.assigned)
    _update(transaction, "holds", "hold_id", changes.released)
    _tell_before(transaction, changes.told_before)
    _update(transaction, "tasks", "subject_id", changes.reopened)
    _update(transaction, "tasks", "subject_id", changes.ended)
    for name in COLUMNS:
        if name not in _PEOPLE:
            _copy(transaction, name, changes)
    for entry, entry_id in changes.credit_moves:
        move_credit(transaction.connection, transaction.practice_id, entry, entry_id)


def _add_patients(transaction: LoaderTransaction, changes: Changes) -> None:
    """People made from the file, each their own guarantor, with numbers taken late."""
    made: Sequence[NewPatient] = changes.patients
    numbers = free_account_numbers(transaction.connection, transaction.practice_id, len(made))
    for one, number in zip(made, numbers, strict=True):
        owner, names = one.found.guarantor_id, (one.first_name, one.found.last_name)
        changes.lines["guarantors"].append(line((owner, number, *names)))
        member = one.member_identifier or None
        changes.lines["patients"].append(line((one.found.patient_id, owner, *names, member)))


def _copy(transaction: LoaderTransaction, name: str, changes: Changes) -> None:
    if changes.lines[name]:
        transaction.copy(_table(name), COLUMNS[name], changes.lines[name])


def _update(
    transaction: LoaderTransaction, name: str, key: str, values: Sequence[dict[str, object]]
) -> None:
    """Set the columns named ``new_…`` where ``key`` is ``one``."""
    if not values:
        return
    table = _table(name)
    columns = [column.removeprefix("new_") for column in values[0] if column != "one"]
    transaction.execute(
        update(table)
        .where(
            table.c.practice_id == transaction.practice_id,
            table.c[key] == bindparam("one"),
        )
        .values({column: bindparam(f"new_{column}") for column in columns}),
        values,
    )


def _tell_before(transaction: LoaderTransaction, values: Sequence[dict[str, object]]) -> None:
    """What others tell of a payment adds up."""
    if not values:
        return
    table = _table("remittances")
    transaction.execute(
        update(table)
        .where(
            table.c.practice_id == transaction.practice_id,
            table.c.remittance_id == bindparam("one"),
        )
        .values(told_before_cents=table.c.told_before_cents + bindparam("more_cents")),
        values,
    )


def _table(name: str) -> Table:
    return Base.metadata.tables[f"{_SCHEMA}.{name}"]

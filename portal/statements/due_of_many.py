"""What statements ask many people for, in as many statements of SQL as for one."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Row,
    Select,
    Uuid,
    bindparam,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.ledger.models import PlanLine
from portal.ledger.plan_standing import PlanStanding, plan_standings
from portal.statements.due import AccountNow, AskedFor, account_of, asked_of
from portal.statements.due_rows import account_sums, asked_lines

_AT_A_TIME: Final = 1_000
_PEOPLE: Final = bindparam("people", type_=ARRAY(Uuid))
_WHOSE: Final[ColumnElement[UUID]] = literal_column("people.guarantor_id", Uuid)


def asked_of_many(
    session: Session, guarantor_ids: Collection[UUID]
) -> Mapping[UUID, tuple[AccountNow, AskedFor]]:
    """Of each what `account_now` and `asked_for` read, a thousand at a time."""
    ids = sorted(guarantor_ids)
    found: dict[UUID, tuple[AccountNow, AskedFor]] = {}
    for first in range(0, len(ids), _AT_A_TIME):
        found |= _asked_of_some(session, ids[first : first + _AT_A_TIME])
    return found


def _asked_of_some(
    session: Session, ids: Sequence[UUID]
) -> dict[UUID, tuple[AccountNow, AskedFor]]:
    accounts = _by_person(session, _accounts(), ids)
    asked = _by_person(session, _asked(), ids)
    plans = _standing_plans(session, [one for one in ids if accounts[one][0].has_plans])
    return {one: (account_of(one, accounts[one], plans[one]), asked_of(asked[one])) for one in ids}


def _by_person(
    session: Session, rows_of_each: Select[Any], ids: Sequence[UUID]
) -> Mapping[UUID, Sequence[Row[Any]]]:
    whose = {"practice": practice_of(session), "people": ids}
    found: defaultdict[UUID, list[Row[Any]]] = defaultdict(list)
    for row in session.execute(rows_of_each, whose):
        found[row.person_id].append(row)
    return found


@cache
def _accounts() -> Select[Any]:
    return _of_each(account_sums(_WHOSE).lateral())


@cache
def _asked() -> Select[Any]:
    theirs = asked_lines(_WHOSE).lateral()
    return _of_each(theirs).order_by(theirs.c.as_of, theirs.c.share_number)


def _of_each(theirs: FromClause) -> Select[Any]:
    people = select(func.unnest(_PEOPLE).label("guarantor_id")).subquery("people")
    whose = people.c.guarantor_id.label("person_id")
    return select(whose, theirs).join_from(people, theirs, true())


def _standing_plans(
    session: Session, ids: Sequence[UUID]
) -> Mapping[UUID, tuple[PlanStanding, ...]]:
    """As `standing_plans` of one: in the order in which they were made."""
    found: defaultdict[UUID, tuple[PlanStanding, ...]] = defaultdict(tuple)
    if not ids:
        return found
    rows = session.execute(
        select(PlanLine.guarantor_id, PlanLine.plan_id)
        .where(
            PlanLine.practice_id == practice_of(session),
            PlanLine.guarantor_id.in_(ids),
            PlanLine.ended_at.is_(None),
        )
        .distinct()
        .order_by(PlanLine.plan_id)
    ).all()
    standings = plan_standings(session, {row.plan_id for row in rows})
    for row in rows:
        if row.plan_id in standings:
            found[row.guarantor_id] += (standings[row.plan_id],)
    return found

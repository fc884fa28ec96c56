"""The database: base of all tables, who is asking, and `transaction(principal)`, the only commit.

Row-level security is set here and nowhere else: what a principal may see is told to PostgreSQL at
the start of its transaction, and a transaction that was told nothing sees no rows.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID, SafeUUID

import uuid_utils
from psycopg import sql
from sqlalchemy import (
    BigInteger,
    Connection,
    DateTime,
    Engine,
    Executable,
    ForeignKeyConstraint,
    MetaData,
    Result,
    Table,
    Text,
    Uuid,
    create_engine,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from portal.domain.account_access import AccessKind

SCHEMA = "portal"
_PRINCIPAL = "principal"


class TableKind(StrEnum):
    """How a table would live on a cluster distributed by practice (docs/architecture.md)."""

    DISTRIBUTED = "distributed"  # a practice's rows; practice_id first in every key
    LOCAL = "local"  # known before the practice is; outside row-level security, no PHI


class Visibility(StrEnum):
    """Whose rows row-level security shows."""

    PRACTICE = "practice"  # whoever acts in the practice
    GUARANTOR = "guarantor"  # staff and jobs, and the guarantor the row belongs to
    STAFF = "staff"  # staff and jobs only
    STAFF_WRITTEN_BY_ALL = "staff_written_by_all"  # anybody in the practice inserts, staff read


class Base(DeclarativeBase):
    """Every table. Constraints are named, so that an error and a migration can name them."""

    metadata = MetaData(schema=SCHEMA, naming_convention={"pk": "%(table_name)s_pk"})
    type_annotation_map = {  # noqa: RUF012 — SQLAlchemy's own hook
        int: BigInteger,
        str: Text,
        datetime: DateTime(timezone=True),
        UUID: Uuid,
    }


class PracticeBase(Base):
    """A distributed table: ``practice_id`` is the first column of its primary key."""

    __abstract__ = True
    practice_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-100)


def table_facts(kind: TableKind, *, visible_to: Visibility | None = None) -> dict[str, Any]:
    """The ``info`` of a table: its kind, and for a distributed one who may see its rows."""
    return {"info": {"kind": kind, "visible_to": visible_to}}


PRACTICE_TABLE = table_facts(TableKind.DISTRIBUTED, visible_to=Visibility.PRACTICE)
GUARANTOR_TABLE = table_facts(TableKind.DISTRIBUTED, visible_to=Visibility.GUARANTOR)
STAFF_TABLE = table_facts(TableKind.DISTRIBUTED, visible_to=Visibility.STAFF)
AUDIT_TABLE = table_facts(TableKind.DISTRIBUTED, visible_to=Visibility.STAFF_WRITTEN_BY_ALL)
LOCAL_TABLE = table_facts(TableKind.LOCAL)


def belongs_to(parent: str, column: str, *, child: str, key: str = "") -> ForeignKeyConstraint:
    """A foreign key within the practice: ``child.column`` to the primary key of ``parent``."""
    return ForeignKeyConstraint(
        ["practice_id", column],
        [f"{SCHEMA}.{parent}.practice_id", f"{SCHEMA}.{parent}.{key or column}"],
        name=f"{child}_{column}_fk",
    )


class _NewId(UUID):
    """A UUID whose text and hash are worked out once: an import asks for them many times."""

    __slots__ = ("_hash", "hex")
    _hash: int

    def __init__(self, number: int) -> None:
        put = object.__setattr__  # a UUID refuses any other way
        put(self, "int", number)
        put(self, "is_safe", SafeUUID.unknown)
        put(self, "hex", f"{number:032x}")
        put(self, "_hash", hash(number))

    def __hash__(self) -> int:
        return self._hash

    def __str__(self) -> str:
        text = self.hex
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def __reduce__(self) -> tuple[type[UUID], tuple[str]]:
        return UUID, (self.hex,)


def new_id() -> UUID:
    """A UUIDv7: made by the client, sorted by time, never guessed from a neighbour."""
    return _NewId(uuid_utils.uuid7().int)


class PrincipalKind(StrEnum):
    """Who acts."""

    PATIENT = "patient"
    LINK = "link"
    STAFF = "staff"
    JOB = "job"
    ANONYMOUS = "anonymous"


_ACCOUNT: Final = "account"
"""The role of a link session of the guarantor's own."""

_APART: Final = "apart"
"""The role of a link session of a patient's, by a link that went to their own address."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who acts, in which practice, whose rows they see. Made from a session, never a request."""

    kind: PrincipalKind
    practice_id: UUID
    guarantor_id: UUID | None = None
    actor_id: UUID | None = None
    role: str = ""
    patient_id: UUID | None = None  # who opened a link with their own date of birth

    @classmethod
    def patient(
        cls,
        practice_id: UUID,
        *,
        guarantor_id: UUID,
        actor_id: UUID,
        access: AccessKind = AccessKind.HOLDER,
    ) -> "Principal":
        """A signed-in account: the guarantor's own, or one that may act for them, and how far."""
        return cls(PrincipalKind.PATIENT, practice_id, guarantor_id, actor_id, access.value)

    @classmethod
    def link(
        cls,
        practice_id: UUID,
        *,
        guarantor_id: UUID,
        link_id: UUID,
        is_guarantor: bool = False,
        patient_id: UUID | None = None,
        is_apart: bool = False,
    ) -> "Principal":
        """Whoever opened a statement link with a right date of birth: the guarantor's own, or not.

        Not only the guarantor's opens the statement, but only the guarantor's the account.
        ``patient_id``: the one patient of that date, when it is not the guarantor's;
        ``is_apart``: the link went to an address of their own.
        """
        role = _ACCOUNT if is_guarantor else _APART if is_apart else ""
        return cls(PrincipalKind.LINK, practice_id, guarantor_id, link_id, role, patient_id)

    @classmethod
    def staff(cls, practice_id: UUID, *, staff_id: UUID, role: str) -> "Principal":
        """A member of staff: every row of the practice, bounded by the role in the routes."""
        return cls(PrincipalKind.STAFF, practice_id, None, staff_id, role)

    @classmethod
    def job(cls, practice_id: UUID, *, role: str) -> "Principal":
        """The portal itself at work; ``role`` names the job or command."""
        return cls(PrincipalKind.JOB, practice_id, None, None, role)

    @classmethod
    def anonymous(cls, practice_id: UUID) -> "Principal":
        """Somebody at the door: the practice's name and address, nobody's rows."""
        return cls(PrincipalKind.ANONYMOUS, practice_id)

    @property
    def holds_account(self) -> bool:
        """Whether it is the person who pays, and not only somebody on a statement."""
        opened_theirs = self.kind is PrincipalKind.LINK and self.role == _ACCOUNT
        return opened_theirs or self.kind is PrincipalKind.PATIENT

    @property
    def is_holder(self) -> bool:
        """Whether it is the person who pays themselves, not somebody whom they let in."""
        is_let_in = self.kind is PrincipalKind.PATIENT and self.role != AccessKind.HOLDER.value
        return self.holds_account and not is_let_in

    @property
    def pays_only(self) -> bool:
        """Whether it is somebody who was let in to pay bills, and not to see what they are for."""
        return self.kind is PrincipalKind.PATIENT and self.role == AccessKind.PAY_ONLY.value

    @property
    def is_apart(self) -> bool:
        """Whether it is a patient who came by a link to an address of their own."""
        return self.kind is PrincipalKind.LINK and self.role == _APART

    @property
    def scope(self) -> str:
        """What ``app.guarantor`` is set to: everybody of the practice, one guarantor, or nobody."""
        if self.kind in (PrincipalKind.STAFF, PrincipalKind.JOB):
            return "*"
        return str(self.guarantor_id) if self.guarantor_id else ""


LOCK_WAIT: Final = timedelta(seconds=10)
"""Nobody waits longer for a row that somebody else has locked: their transaction hangs."""


class LoaderMissingError(LookupError):
    """This process has no role that may load files."""


class Database:
    """The engines of one process and the transactions they give."""

    def __init__(
        self,
        url: str,
        *,
        loader_url: str | None = None,
        pool_size: int = 5,
        lock_wait: timedelta = LOCK_WAIT,
    ) -> None:
        self.engine = _engine(url, pool_size=pool_size, lock_wait=lock_wait)
        self._loader_engine = _engine(loader_url, pool_size=1) if loader_url else None

    @contextmanager
    def transaction(self, principal: Principal) -> Iterator[Session]:
        """One transaction in one practice: commits at the end, rolls back when the block raises."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            session.info[_PRINCIPAL] = principal
            _tell_who_asks(session.connection(), principal.practice_id, principal.scope)
            yield session

    @contextmanager
    def local_transaction(self) -> Iterator[Session]:
        """For local tables only (sessions, directories): no practice is set, so no PHI is seen."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def loader_transaction(self, practice_id: UUID) -> Iterator["LoaderTransaction"]:
        """For the remittance importer alone: COPY is refused under row-level security.

        Raises LoaderMissingError when no loader is configured.
        """
        if self._loader_engine is None:
            raise LoaderMissingError(
                "DATABASE_LOADER_URL is missing: this process cannot import files."
            )
        with self._loader_engine.begin() as connection:
            _tell_who_asks(connection, practice_id, "*")
            yield LoaderTransaction(connection, practice_id)

    def close(self) -> None:
        """Give every connection back."""
        self.engine.dispose()
        if self._loader_engine is not None:
            self._loader_engine.dispose()


def principal_of(session: Session) -> Principal:
    """Who asked for this transaction. Raises KeyError in a local transaction."""
    principal: Principal = session.info[_PRINCIPAL]
    return principal


def practice_of(session: Session) -> UUID:
    """The practice of this transaction: what every statement binds as ``practice_id``."""
    return principal_of(session).practice_id


class LoaderTransaction:
    """A transaction that may bypass row-level security and therefore stamps the practice."""

    def __init__(self, connection: Connection, practice_id: UUID) -> None:
        self.connection = connection
        self.practice_id = practice_id

    def execute(self, statement: Executable, parameters: Any = None) -> Result[Any]:
        """Run a statement; it must bind ``practice_id`` like any other."""
        return self.connection.execute(statement, parameters)

    def copy(self, table: Table, columns: Sequence[str], lines: Sequence[str]) -> None:
        """Load rows into one table; ``practice_id`` is put before the given columns.

        ``lines`` are rows in COPY's text format, without their line ends.
        """
        raw = self.connection.connection.driver_connection
        if raw is None:
            raise LookupError("the connection is closed")
        statement = sql.SQL("COPY {}.{} ({}) FROM STDIN").format(
            sql.Identifier(SCHEMA),
            sql.Identifier(table.name),
            sql.SQL(", ").join(map(sql.Identifier, ("practice_id", *columns))),
        )
        practice = f"{self.practice_id}\t"
        with raw.cursor() as cursor, cursor.copy(statement) as copy:
            for start in range(0, len(lines), _COPY_LINES):
                block = f"\n{practice}".join(lines[start : start + _COPY_LINES])
                copy.write(f"{practice}{block}\n")


_COPY_LINES = 1000  # handed over at a time
_SCOPE = re.compile(r"\*|[0-9a-f-]{36}|")


def _tell_who_asks(connection: Connection, practice_id: UUID, scope: str) -> None:
    """SET LOCAL, not set_config: only that reaches the workers of a cluster (literals, checked)."""
    if _SCOPE.fullmatch(scope) is None:
        raise ValueError(scope)
    connection.exec_driver_sql(  # sent as one: every transaction begins with it
        f"SET LOCAL app.practice = '{UUID(str(practice_id))}'; SET LOCAL app.guarantor = '{scope}'"
    )


def _engine(url: str, *, pool_size: int, lock_wait: timedelta = timedelta(0)) -> Engine:
    """``lock_wait`` of nothing waits for ever: one import waits for the import before it."""
    milliseconds = lock_wait // timedelta(milliseconds=1)
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        connect_args={"options": f"-c timezone=UTC -c lock_timeout={milliseconds}"},
    )

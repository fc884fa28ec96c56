"""Who may come in: statement links and staff."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, SmallInteger, UniqueConstraint, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import GUARANTOR_TABLE, LOCAL_TABLE, STAFF_TABLE, Base, PracticeBase, belongs_to


class StatementLink(PracticeBase):
    """A pointer to one statement. Only the token's hash is kept; five wrong tries kill the link.

    The guarantor's date of birth opens it, or that of a patient on the statement; one made
    ``for_patient_id`` went to that patient's own address, and nobody else's date opens it.
    """

    __tablename__ = "statement_links"
    __table_args__ = (
        belongs_to("statements", "statement_id", child="statement_links"),
        UniqueConstraint("practice_id", "token_hash", name="statement_links_token"),
        CheckConstraint("wrong_tries BETWEEN 0 AND 5", name="statement_links_tries"),
        Index("statement_links_statement", "practice_id", "statement_id"),
        GUARANTOR_TABLE,
    )

    link_id: Mapped[UUID] = mapped_column(primary_key=True)
    guarantor_id: Mapped[UUID]
    statement_id: Mapped[UUID]
    patient_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))  # those on the statement
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    channel: Mapped[str]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    expires_at: Mapped[datetime]
    wrong_tries: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    state: Mapped[str]  # made, sent, delivered, bounced, tried, verified, part_paid, paid
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None]
    for_patient_id: Mapped[UUID | None]


class StatementLinkEvent(PracticeBase):
    """Every move of a link, append-only."""

    __tablename__ = "statement_link_events"
    __table_args__ = (
        belongs_to("statement_links", "link_id", child="statement_link_events"),
        Index("statement_link_events_link", "practice_id", "link_id"),
        GUARANTOR_TABLE,
    )

    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    guarantor_id: Mapped[UUID]
    link_id: Mapped[UUID]
    state: Mapped[str]
    occurred_at: Mapped[datetime]
    detail: Mapped[str] = mapped_column(server_default="")


class StaffMember(PracticeBase):
    """Somebody who works for the practice. No default account exists."""

    __tablename__ = "staff"
    __table_args__ = (UniqueConstraint("practice_id", "email", name="staff_email"), STAFF_TABLE)

    staff_id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str]
    name: Mapped[str]
    role: Mapped[str]
    password_hash: Mapped[str]
    totp_secret_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    totp_step_used: Mapped[int] = mapped_column(server_default="0")  # a code works once
    wrong_tries: Mapped[int] = mapped_column(SmallInteger, server_default="0")  # codes
    locked_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class SignInDirectoryEntry(Base):
    """From a sign-in name to its practice: a keyed hash, no name and no address."""

    __tablename__ = "sign_in_directory"
    __table_args__ = (LOCAL_TABLE,)

    login_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    practice_id: Mapped[UUID]
    user_id: Mapped[UUID]


class WrongTries(Base):
    """Wrong answers at one door, from one address or from anywhere: a keyed hash only."""

    __tablename__ = "sign_in_tries"
    __table_args__ = (Index("sign_in_tries_last_tried_at", "last_tried_at"), LOCAL_TABLE)

    door_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    wrong_tries: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    paused_until: Mapped[datetime | None]
    last_tried_at: Mapped[datetime]

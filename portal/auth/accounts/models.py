"""Accounts of patients: who signs in, with what, from where, and for whom they may act."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, LargeBinary, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import (
    AUDIT_TABLE,
    GUARANTOR_TABLE,
    LOCAL_TABLE,
    STAFF_TABLE,
    Base,
    PracticeBase,
    belongs_to,
)


class Account(PracticeBase):
    """Somebody who signs in to one practice. What they may open hangs on `AccountAccess`.

    ``credentials_version`` grows with every change of what signs in: a reset token names one.
    """

    __tablename__ = "accounts"
    __table_args__ = (
        Index(
            "accounts_email",
            "practice_id",
            "email",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        STAFF_TABLE,
    )

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str]  # in lower case
    language: Mapped[str]
    password_hash: Mapped[str | None]
    password_stands_alone: Mapped[bool]  # long enough without a second factor
    totp_secret_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_step_used: Mapped[int] = mapped_column(server_default="0")  # a code works once
    wrong_codes: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    codes_paused_until: Mapped[datetime | None]
    credentials_version: Mapped[int] = mapped_column(server_default="1")
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[UUID | None]


class Passkey(PracticeBase):
    """A public key of somebody's phone, computer or security key."""

    __tablename__ = "account_passkeys"
    __table_args__ = (
        belongs_to("accounts", "account_id", child="account_passkeys"),
        UniqueConstraint("practice_id", "credential_id", name="account_passkeys_credential"),
        Index("account_passkeys_account", "practice_id", "account_id"),
        STAFF_TABLE,
    )

    passkey_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    credential_id: Mapped[bytes] = mapped_column(LargeBinary)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int]
    device: Mapped[str]  # where it was made: "Chrome, Windows"
    made_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]


class RecoveryCode(PracticeBase):
    """A keyed hash of one of ten codes that stand in for a lost second factor, once each."""

    __tablename__ = "account_recovery_codes"
    __table_args__ = (
        belongs_to("accounts", "account_id", child="account_recovery_codes"),
        Index("account_recovery_codes_account", "practice_id", "account_id"),
        STAFF_TABLE,
    )

    code_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    code_hash: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime]
    used_at: Mapped[datetime | None]  # or replaced by new ones


class AccountAccess(PracticeBase):
    """An account may act for a guarantor; the guarantor's own is one of these, too."""

    __tablename__ = "account_access"
    __table_args__ = (
        belongs_to("guarantors", "guarantor_id", child="account_access"),
        belongs_to("accounts", "account_id", child="account_access"),
        Index("account_access_account", "practice_id", "account_id"),
        Index(
            "account_access_one_holder",
            "practice_id",
            "guarantor_id",
            unique=True,
            postgresql_where=text("kind = 'holder' AND state = 'active'"),
        ),
        Index(
            "account_access_once",
            "practice_id",
            "guarantor_id",
            "account_id",
            unique=True,
            postgresql_where=text("state = 'active'"),
        ),
        GUARANTOR_TABLE,
    )

    access_id: Mapped[UUID] = mapped_column(primary_key=True)
    guarantor_id: Mapped[UUID]
    account_id: Mapped[UUID | None]  # nobody's until the invitation is accepted
    kind: Mapped[str]
    state: Mapped[str]
    email: Mapped[str]  # who was invited, or signed in with when they accepted
    made_at: Mapped[datetime]
    made_by: Mapped[UUID | None]
    state_at: Mapped[datetime]


class EmailCheck(PracticeBase):
    """A code was mailed to an address, to see who reads there. The code follows from the id."""

    __tablename__ = "account_email_checks"
    __table_args__ = (
        belongs_to("guarantors", "guarantor_id", child="account_email_checks"),
        Index("account_email_checks_guarantor", "practice_id", "guarantor_id"),
        GUARANTOR_TABLE,
    )

    check_id: Mapped[UUID] = mapped_column(primary_key=True)
    guarantor_id: Mapped[UUID]
    email: Mapped[str]
    wrong_tries: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    made_at: Mapped[datetime]
    passed_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]


class KnownDevice(PracticeBase):
    """A browser that an account was signed in from: another one is worth a notice."""

    __tablename__ = "account_devices"
    __table_args__ = (
        belongs_to("accounts", "account_id", child="account_devices"),
        UniqueConstraint("practice_id", "account_id", "device_hash", name="account_devices_once"),
        STAFF_TABLE,
    )

    device_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    device_hash: Mapped[bytes] = mapped_column(LargeBinary)
    device: Mapped[str]
    first_seen_at: Mapped[datetime]


class AccountMail(PracticeBase):
    """A mail about signing in: to the address it was queued for. Its text is never kept."""

    __tablename__ = "account_mails"
    __table_args__ = (
        Index("account_mails_subject", "practice_id", "subject_id", "made_at"),
        AUDIT_TABLE,
    )

    mail_id: Mapped[UUID] = mapped_column(primary_key=True)
    template: Mapped[str]
    subject_id: Mapped[UUID]  # the account, check or access it is about
    to_address: Mapped[str]  # empty: somebody asked for nobody's, and nothing is sent
    language: Mapped[str]
    state: Mapped[str]
    made_at: Mapped[datetime]
    state_at: Mapped[datetime]
    detail: Mapped[str] = mapped_column(server_default="")


class KeptForm(Base):
    """What somebody had typed when their session ended, or before they were asked who they are.

    Sealed with a key that only that browser's cookie completes: nobody reads it without it.
    """

    __tablename__ = "kept_forms"
    __table_args__ = (Index("kept_forms_kept_at", "kept_at"), LOCAL_TABLE)

    form_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    kept_at: Mapped[datetime]

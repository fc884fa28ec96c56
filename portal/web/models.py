"""The table of browser sessions: local, outside row-level security, without PHI."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import LOCAL_TABLE, Base


class WebSession(Base):
    """One browser's session. The id itself is only in the cookie; here is its SHA-256.

    ``data`` holds ids (who signed in, which practice, which link) and a language, nothing else.
    ``account_id`` and ``device`` ("Chrome, Windows") let a signed-in person see and end theirs.
    """

    __tablename__ = "web_sessions"
    __table_args__ = (
        Index("web_sessions_expires_at", "expires_at"),
        Index("web_sessions_account", "account_id"),
        LOCAL_TABLE,
    )

    session_id_hash: Mapped[bytes] = mapped_column(primary_key=True)
    data: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    account_id: Mapped[UUID | None]
    device: Mapped[str] = mapped_column(server_default="")

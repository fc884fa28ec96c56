"""Tokens that are mailed: an invitation, and a reset that dies with any change of what signs in."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from itsdangerous import BadData, URLSafeSerializer

from portal.auth.keys import derive_key

INVITATION: Final = "account-invitation.v1"
_RESET = "account-reset.v1"
RESET_LIFETIME = timedelta(minutes=30)
_LONGEST = 400


@dataclass(frozen=True, slots=True)
class ResetPointer:
    """Whose sign-in may be set anew, as long as its credentials are of that version."""

    practice_id: UUID
    account_id: UUID
    version: int


class ResetTokens:
    """Made by the worker that mails them; the clock is the caller's."""

    def __init__(self, secret_key: str) -> None:
        self._serializer = URLSafeSerializer(
            derive_key(secret_key, _RESET), salt=_RESET, signer_kwargs={"key_derivation": "hmac"}
        )

    def make(self, practice_id: UUID, account_id: UUID, *, version: int, now: datetime) -> str:
        """Opens one reset, for half an hour."""
        ids = [practice_id.hex, account_id.hex, version, int(now.timestamp())]
        return str(self._serializer.dumps(ids))

    def read(self, token: str, *, now: datetime) -> ResetPointer | None:
        """What a token of ours points to; None for another's, or one that is over."""
        if len(token) > _LONGEST or not token.isascii():
            return None
        try:
            practice, account, version, made_at = self._serializer.loads(token)
        except BadData:
            return None
        if now.timestamp() - made_at > RESET_LIFETIME.total_seconds():
            return None
        return ResetPointer(UUID(practice), UUID(account), version)

"""The token of a statement link: signed, of one purpose, and made again whenever it is needed.

It holds the practice, the link and a nonce that follows from the link's id and the key. So a worker
can write it into a message though nobody kept it: a job carries the link's id, the database a hash.
"""

import hashlib
import hmac
from dataclasses import dataclass
from uuid import UUID

from itsdangerous import BadData, Signer
from itsdangerous.encoding import base64_decode, base64_encode

from portal.auth.keys import derive_key

STATEMENT_LINK = "statement-link.v1"
_ID_BYTES = 16
_NONCE_BYTES = 16
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class LinkPointer:
    """What a token points to; that it may be opened is said by the database."""

    practice_id: UUID
    link_id: UUID


class LinkTokens:
    """Makes and reads the tokens of one purpose."""

    def __init__(self, secret_key: str, *, purpose: str = STATEMENT_LINK) -> None:
        self._nonce_key = derive_key(secret_key, f"{purpose} nonce")
        self._signer = Signer(
            derive_key(secret_key, purpose),
            salt=purpose.encode(),
            key_derivation="hmac",
            digest_method=hashlib.sha256,
        )

    def make(self, practice_id: UUID, link_id: UUID) -> str:
        """The same token for the same link, every time."""
        nonce = hmac.digest(self._nonce_key, link_id.bytes, hashlib.sha256)[:_NONCE_BYTES]
        payload = practice_id.bytes + link_id.bytes + nonce
        return self._signer.sign(base64_encode(payload)).decode()

    def read(self, token: str) -> LinkPointer | None:
        """What a token of ours points to, else None.

        It is compared with the token made again: so no second spelling of one (base64 has some) is
        taken for it.
        """
        if len(token) > _LONGEST or not token.isascii():
            return None
        try:
            payload = base64_decode(self._signer.unsign(token))
        except BadData:
            return None
        if len(payload) != 2 * _ID_BYTES + _NONCE_BYTES:
            return None
        pointer = LinkPointer(
            UUID(bytes=payload[:_ID_BYTES]), UUID(bytes=payload[_ID_BYTES : 2 * _ID_BYTES])
        )
        made_again = self.make(pointer.practice_id, pointer.link_id)
        return pointer if hmac.compare_digest(made_again, token) else None


def token_hash(token: str) -> bytes:
    """What the database keeps of a token."""
    return hashlib.sha256(token.encode()).digest()

"""Keys and hashes: every purpose has a key derived from SECRET_KEY; passwords get Argon2id.

A key of one purpose opens nothing of another, so a token, a sealed secret or a directory entry
cannot be carried from where it belongs to where it does not.
"""

import base64
import hashlib
import hmac
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

# OWASP's least for Argon2id; a sign-in takes some 30 ms, and 20 at once take 400 MB.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_NOBODYS_HASH = _hasher.hash(secrets.token_urlsafe(24))

PASSWORD_LENGTH_MIN = 15
_PASSWORD_LENGTH_MAX = 256  # hashing is work; nobody may order more of it
_GENERATED_BYTES = 18


class PasswordRefusedError(ValueError):
    """A password that would be too easy to guess; the message says what to do."""


def derive_key(secret_key: str, purpose: str) -> bytes:
    """32 bytes for one purpose, by HKDF-SHA256 (RFC 5869)."""
    kdf = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose.encode())
    return kdf.derive(secret_key.encode())


def keyed_hash(secret_key: str, purpose: str, text: str) -> bytes:
    """HMAC-SHA256: the same text gives the same hash, and nobody without the key can try names."""
    return hmac.digest(derive_key(secret_key, purpose), text.encode(), hashlib.sha256)


def seal_text(secret_key: str, purpose: str, text: str) -> bytes:
    """Encrypt and authenticate a short text (Fernet)."""
    return _fernet(secret_key, purpose).encrypt(text.encode())


def unseal_text(secret_key: str, purpose: str, sealed: bytes) -> str:
    """The text again. Raises cryptography.fernet.InvalidToken when key or bytes are others."""
    return _fernet(secret_key, purpose).decrypt(sealed).decode()


def seal_bytes(secret_key: str, purpose: str, content: bytes) -> bytes:
    """As ``seal_text``, for a file of some megabytes; a third longer than it was."""
    return _fernet(secret_key, purpose).encrypt(content)


def unseal_bytes(secret_key: str, purpose: str, sealed: bytes) -> bytes:
    """The file again. Raises as ``unseal_text`` does."""
    return _fernet(secret_key, purpose).decrypt(sealed)


def generate_password() -> str:
    """24 characters, 144 bits."""
    return secrets.token_urlsafe(_GENERATED_BYTES)


def hash_password(password: str, *, at_least: int = PASSWORD_LENGTH_MIN) -> str:
    """Argon2id. Raises PasswordRefusedError for one that is too short or too long.

    ``at_least`` may be less where a second factor is asked for as well.
    """
    if len(password) < at_least:
        raise PasswordRefusedError(f"Use a password of at least {at_least} characters.")
    if len(password) > _PASSWORD_LENGTH_MAX:
        raise PasswordRefusedError(f"Use at most {_PASSWORD_LENGTH_MAX} characters.")
    return _hasher.hash(password)


def password_fits(password_hash: str | None, password: str) -> bool:
    """Compare; without a hash (nobody by that name) the same work is done in vain."""
    try:
        _hasher.verify(password_hash or _NOBODYS_HASH, password[:_PASSWORD_LENGTH_MAX])
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def needs_new_hash(password_hash: str) -> bool:
    """Whether it was made with other parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


def _fernet(secret_key: str, purpose: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(derive_key(secret_key, purpose)))

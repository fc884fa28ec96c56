"""Passkeys (WebAuthn, level 2): made, and answered with. The only importer of py_webauthn.

The person is always asked for (a finger, a face or a PIN), so a passkey is two factors in one. The
challenge comes from the session and is taken out of it with the first answer.
"""

import ipaddress
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from portal.auth.accounts.models import Passkey
from portal.db import new_id, practice_of

_LONGEST = 16_384


class PasskeyRefusedError(ValueError):
    """What the browser sent is no right answer."""


@dataclass(frozen=True, slots=True)
class Site:
    """Whose passkeys these are: the address that people see."""

    origin: str

    @property
    def rp_id(self) -> str:
        """The host alone."""
        return urlsplit(self.origin).hostname or ""

    @property
    def can_have_passkeys(self) -> bool:
        """Browsers make none for an address that is only a number."""
        try:
            ipaddress.ip_address(self.rp_id)
        except ValueError:
            return True
        return False


@dataclass(frozen=True, slots=True)
class Offer:
    """What a browser is given to answer, and what has to come back in it."""

    options: str  # JSON
    challenge: bytes


def offer_to_make(
    site: Site, *, account_id: UUID, email: str, practice_name: str, known: tuple[bytes, ...] = ()
) -> Offer:
    """``known``: credentials that the account has; a device does not make a second one."""
    options = generate_registration_options(
        rp_id=site.rp_id,
        rp_name=practice_name,
        user_name=email,
        user_id=account_id.bytes,
        user_display_name=email,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
    )
    return Offer(options_to_json(options), options.challenge)


def offer_to_answer(site: Site) -> Offer:
    """Names nobody: the device asks whom to sign in as."""
    options = generate_authentication_options(
        rp_id=site.rp_id, user_verification=UserVerificationRequirement.REQUIRED
    )
    return Offer(options_to_json(options), options.challenge)


def live_passkeys(session: Session, account_id: UUID) -> Sequence[Passkey]:
    """Those that sign in, oldest first."""
    return session.scalars(
        select(Passkey)
        .where(
            Passkey.practice_id == practice_of(session),
            Passkey.account_id == account_id,
            Passkey.removed_at.is_(None),
        )
        .order_by(Passkey.passkey_id)
    ).all()


def known_credentials(session: Session, account_id: UUID) -> tuple[bytes, ...]:
    """The ids of those it has."""
    return tuple(one.credential_id for one in live_passkeys(session, account_id))


def keep_passkey(
    session: Session,
    account_id: UUID,
    answer: str,
    *,
    site: Site,
    challenge: bytes,
    device: str,
    now: datetime,
) -> UUID:
    """Raises PasskeyRefusedError."""
    try:
        made = verify_registration_response(
            credential=_read(answer),
            expected_challenge=challenge,
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except WebAuthnException as error:
        raise PasskeyRefusedError from error
    passkey_id = new_id()
    session.execute(
        insert(Passkey).values(
            practice_id=practice_of(session),
            passkey_id=passkey_id,
            account_id=account_id,
            credential_id=made.credential_id,
            public_key=made.credential_public_key,
            sign_count=made.sign_count,
            device=device,
            made_at=now,
        )
    )
    return passkey_id


def account_of_answer(
    session: Session, answer: str, *, site: Site, challenge: bytes, now: datetime
) -> UUID:
    """Whose passkey answered. Raises PasskeyRefusedError, for every reason alike."""
    credential = _read(answer)
    passkey = session.scalar(
        select(Passkey)
        .where(
            Passkey.practice_id == practice_of(session),
            Passkey.credential_id == _credential_id(credential),
            Passkey.removed_at.is_(None),
        )
        .with_for_update()
    )
    if passkey is None:
        raise PasskeyRefusedError
    try:
        verified = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except WebAuthnException as error:
        raise PasskeyRefusedError from error
    passkey.sign_count = verified.new_sign_count
    passkey.last_used_at = now
    return passkey.account_id


def _read(answer: str) -> dict[str, object]:
    try:
        credential = json.loads(answer) if len(answer) <= _LONGEST else None
    except (ValueError, RecursionError) as error:  # RecursionError: "[" some thousand times
        raise PasskeyRefusedError from error
    if not isinstance(credential, dict):
        raise PasskeyRefusedError
    return credential


def _credential_id(credential: dict[str, object]) -> bytes:
    try:
        return base64url_to_bytes(str(credential.get("rawId", "")))
    except ValueError as error:
        raise PasskeyRefusedError from error

"""Codes of authenticator apps (RFC 6238): each belongs to one half minute, and works once."""

from datetime import datetime

import pyotp

_STEP_SECONDS = 30
_STEPS_AROUND = 1  # clocks differ: the code before and the code after are taken too


def step_of(secret: str, code: str, *, now: datetime) -> int | None:
    """The 30-second step a code belongs to, near now; None for a wrong code.

    Whoever accepts it notes the step, and takes no code of it or of an earlier one again.
    """
    totp = pyotp.TOTP(secret, interval=_STEP_SECONDS)
    present = int(now.timestamp()) // _STEP_SECONDS
    for step in range(present - _STEPS_AROUND, present + _STEPS_AROUND + 1):
        if pyotp.utils.strings_equal(totp.generate_otp(step), code):
            return step
    return None


def new_secret() -> str:
    """What an app and the portal share: 160 bits in base 32."""
    return pyotp.random_base32()


def setup_address(secret: str, *, name: str, issuer: str) -> str:
    """The otpauth:// address that an app reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=issuer)

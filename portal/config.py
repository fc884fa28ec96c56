"""Settings: one frozen object, read once from the environment (names: docs/operations.md)."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

_SECRET_LENGTH_MIN = 32
_STRIPE_CHECKOUT_ORIGIN = "https://checkout.stripe.com"
_DEMO_STRIPE_KEY = "sk_test_simulator"
_DEMO_WEBHOOK_SECRET = "whsec_simulator"  # noqa: S105 — opens nothing but the simulator on this machine
_DATABASES = ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_LOADER_URL")
_DRIVERS = ("postgresql", "postgresql+psycopg")
_MAIL_ADDRESS = re.compile(r"[^\s<>@\"]+@[^\s<>@\"]+")
_SECRETS: Mapping[str, tuple[str, ...]] = {  # and how they begin
    "SECRET_KEY": ("",),
    "STRIPE_SECRET_KEY": ("sk_", "rk_"),
    "STRIPE_WEBHOOK_SECRET": ("whsec_",),
}
_REFUSED_SECRETS = ("change", "secret", "default", "example", "password", "simulator")


class SettingsError(ValueError):
    """The environment cannot be used; each line of the message is one thing to mend."""


class Environment(StrEnum):
    """PORTAL_ENV."""

    DEMO = "demo"
    TEST = "test"
    PRODUCTION = "production"


@dataclass(frozen=True, slots=True)
class Settings:
    """What an installation decides. No ``database_url`` means the embedded PostgreSQL."""

    env: Environment
    home: Path
    port: int
    base_url: str
    secret_key: str
    database_url: str | None
    database_owner_url: str | None
    database_loader_url: str | None
    stripe_secret_key: str
    stripe_webhook_secret: str
    stripe_api_base: str | None
    smtp_url: str
    mail_from: str  # the sender of every message; reports of their fate go back to it
    proxy_hops: int  # how many proxies in front may say where a request comes from

    @property
    def is_production(self) -> bool:
        """Secure cookies, HSTS, JSON logs, no default secret."""
        return self.env is Environment.PRODUCTION

    @property
    def checkout_origin(self) -> str:
        """The one foreign origin a form may lead to: Stripe's Checkout, or the simulator's."""
        if self.stripe_api_base is None:
            return _STRIPE_CHECKOUT_ORIGIN
        return self.stripe_api_base.rstrip("/")

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """Read and check everything at once.

        Raises SettingsError naming each variable that is missing, default, too short or malformed.
        """
        problems: list[str] = []
        env = _environment(environ, problems)
        home = Path(environ.get("PORTAL_HOME", ".portal")).absolute()
        port = _port(environ, problems)
        base_url = environ.get("PORTAL_BASE_URL", f"http://127.0.0.1:{port}").rstrip("/")
        mail_from = _mail_from(environ, base_url, problems)
        proxy_hops = _proxy_hops(environ, problems)
        _require_database_addresses(environ, problems)
        if env is Environment.PRODUCTION:
            _require_production(environ, problems)
        if problems:
            raise SettingsError("\n".join(problems))
        in_production = env is Environment.PRODUCTION
        return cls(
            env=env,
            home=home,
            port=port,
            base_url=base_url,
            secret_key=environ.get("SECRET_KEY") or _secret_of_this_home(home),
            database_url=environ.get("DATABASE_URL"),
            database_owner_url=environ.get("DATABASE_OWNER_URL"),
            database_loader_url=environ.get("DATABASE_LOADER_URL"),
            stripe_secret_key=environ.get("STRIPE_SECRET_KEY", _DEMO_STRIPE_KEY),
            stripe_webhook_secret=environ.get("STRIPE_WEBHOOK_SECRET", _DEMO_WEBHOOK_SECRET),
            stripe_api_base=None if in_production else environ.get("STRIPE_API_BASE"),
            smtp_url=environ.get("SMTP_URL", "smtp://127.0.0.1:2525"),
            mail_from=mail_from,
            proxy_hops=proxy_hops,
        )


def _environment(environ: Mapping[str, str], problems: list[str]) -> Environment:
    text = environ.get("PORTAL_ENV", Environment.DEMO)
    try:
        return Environment(text)
    except ValueError:
        problems.append(f"PORTAL_ENV is {text!r}; it must be demo, test or production.")
        return Environment.DEMO


def _port(environ: Mapping[str, str], problems: list[str]) -> int:
    text = environ.get("PORT", "8000")
    port_max = 65535
    if text.isascii() and text.isdigit() and 0 < int(text) <= port_max:
        return int(text)
    problems.append(f"PORT is {text!r}; it must be a number from 1 to {port_max}.")
    return 0


def _mail_from(environ: Mapping[str, str], base_url: str, problems: list[str]) -> str:
    text = environ.get("MAIL_FROM") or f"billing@{urlsplit(base_url).hostname}"
    if not (text.isascii() and _MAIL_ADDRESS.fullmatch(text)):
        problems.append(f"MAIL_FROM is {text!r}; it must be an e-mail address alone.")
    return text


def _proxy_hops(environ: Mapping[str, str], problems: list[str]) -> int:
    text = environ.get("PORTAL_PROXY_HOPS", "0")
    if text.isascii() and text.isdigit():
        return int(text)
    problems.append(f"PORTAL_PROXY_HOPS is {text!r}; it must be 0 or more: how many proxies.")
    return 0


def _require_database_addresses(environ: Mapping[str, str], problems: list[str]) -> None:
    problems.extend(
        f"{name} must look like postgresql://portal_app:password@host:5432/portal."
        for name in _DATABASES
        if environ.get(name) and not _is_database_address(environ[name])
    )


def _is_database_address(text: str) -> bool:
    try:
        return make_url(text).drivername in _DRIVERS
    except (ArgumentError, ValueError):  # the latter for its port
        return False


def _require_production(environ: Mapping[str, str], problems: list[str]) -> None:
    required = (
        "DATABASE_URL",
        "SECRET_KEY",
        "PORTAL_BASE_URL",
        "STRIPE_SECRET_KEY",
        "STRIPE_WEBHOOK_SECRET",
        "SMTP_URL",
    )
    problems.extend(
        f"{name} is missing; production does not start without it."
        for name in required
        if not environ.get(name)
    )
    for name, beginnings in _SECRETS.items():
        secret = environ.get(name, "")
        if not secret:
            continue  # said above
        if not secret.startswith(beginnings):
            problems.append(f"{name} does not begin with {' or '.join(beginnings)}.")
        if len(secret) < _SECRET_LENGTH_MIN:
            problems.append(f"{name} is too short; it takes {_SECRET_LENGTH_MIN} characters.")
        if any(word in secret.lower() for word in _REFUSED_SECRETS):
            problems.append(f"{name} looks like a default or an example; make your own.")
    base_url = environ.get("PORTAL_BASE_URL", "")
    if base_url and urlsplit(base_url).scheme != "https":
        problems.append("PORTAL_BASE_URL must begin with https:// in production.")
    if environ.get("STRIPE_API_BASE"):
        problems.append("STRIPE_API_BASE is for the simulator; production talks to Stripe itself.")


def _secret_of_this_home(home: Path) -> str:
    """Demo and tests: a random key, kept beside the embedded database so that sessions survive."""
    path = home / "secret_key"
    try:
        if not path.exists():
            home.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(48), encoding="ascii")
        return path.read_text(encoding="ascii")
    except OSError as error:
        message = f"Cannot write to {home}: {error.strerror}. Set PORTAL_HOME to a folder of yours."
        raise SettingsError(message) from error

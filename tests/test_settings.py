"""Settings read from the environment: what is taken, and what refuses to start."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask, request, request_started

from portal.app import create_app
from portal.config import Settings, SettingsError
from portal.db import Database, LoaderMissingError, new_id
from portal.runtime import open_configured
from tests.auth.running import settings_for_tests
from tests.conftest import DatabaseUrls

FORWARDED = {"X-Forwarded-For": "198.51.100.7, 203.0.113.9"}
_NO_DATABASE = "postgresql+psycopg://portal_app@127.0.0.1:1/nowhere"


def read(home: Path, **environ: str) -> Settings:
    return Settings.from_environ({"PORTAL_ENV": "test", "PORTAL_HOME": str(home), **environ})


@contextmanager
def app_behind(hops: int) -> Iterator[Flask]:
    database = Database(_NO_DATABASE)
    yield create_app(replace(settings_for_tests(), proxy_hops=hops), database)
    database.close()


def source_address(app: Flask, headers: Mapping[str, str]) -> str | None:
    """Whom the app takes a request to come from."""
    seen: list[str | None] = []

    def note(_app: Flask) -> None:
        seen.append(request.remote_addr)

    with request_started.connected_to(note, app):
        app.test_client().get("/static/none.css", headers=headers)
    (address,) = seen
    return address


@pytest.mark.parametrize(
    ("hops", "address"), [(0, "127.0.0.1"), (1, "203.0.113.9"), (2, "198.51.100.7")]
)
def test_only_as_many_forwarded_addresses_as_there_are_proxies_are_believed(
    hops: int, address: str
) -> None:
    with app_behind(hops) as app:
        assert source_address(app, FORWARDED) == address
        assert source_address(app, {}) == "127.0.0.1"


def test_no_proxy_is_believed_unless_somebody_says_so(tmp_path: Path) -> None:
    assert read(tmp_path).proxy_hops == 0
    assert read(tmp_path, PORTAL_PROXY_HOPS="2").proxy_hops == 2


@pytest.mark.parametrize("text", ["-1", "one", "1.0", "", "²"])
def test_a_number_of_proxies_that_is_none_refuses_to_start(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsError, match=r"PORTAL_PROXY_HOPS is .*must be 0 or more"):
        read(tmp_path, PORTAL_PROXY_HOPS=text)


def test_mail_comes_from_the_portals_own_host_unless_somebody_says_otherwise(
    tmp_path: Path,
) -> None:
    ours = read(tmp_path, PORTAL_BASE_URL="https://pay.riverbend.example")
    assert ours.mail_from == "billing@pay.riverbend.example"
    assert read(tmp_path, MAIL_FROM="mail@riverbend.example").mail_from == "mail@riverbend.example"


@pytest.mark.parametrize(
    "text",
    [
        "riverbend.example",
        "a@",
        "@b.example",
        "A <a@b.example>",
        "a@b\r\nRCPT TO:<c@d>",
        "ä@b.example",
    ],
)
def test_a_sender_that_is_no_address_refuses_to_start(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsError, match="MAIL_FROM"):
        read(tmp_path, MAIL_FROM=text)


PRODUCTION = {
    "PORTAL_ENV": "production",
    "DATABASE_URL": "postgresql://portal_app@db/portal",
    "SECRET_KEY": "kR7vQ2mZ9xT4wB8nL3pD6sF1gH5jC0yA",
    "PORTAL_BASE_URL": "https://bills.riverbend.example",
    "STRIPE_SECRET_KEY": "sk_live_" + "a1B2c3D4" * 4,
    "STRIPE_WEBHOOK_SECRET": "whsec_" + "a1B2c3D4" * 4,
    "SMTP_URL": "smtps://mail.riverbend.example:465",
}


def test_production_starts_with_secrets_of_its_own(tmp_path: Path) -> None:
    settings = Settings.from_environ({**PRODUCTION, "PORTAL_HOME": str(tmp_path)})
    assert settings.is_production


@pytest.mark.parametrize("name", ["SECRET_KEY", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"])
def test_production_refuses_a_missing_short_or_made_up_secret_and_says_which(
    tmp_path: Path, name: str
) -> None:
    environ = {**PRODUCTION, "PORTAL_HOME": str(tmp_path)}
    for secret in ("", PRODUCTION[name][:20], PRODUCTION[name] + "example"):
        with pytest.raises(SettingsError, match=name):
            Settings.from_environ({**environ, name: secret})


@pytest.mark.parametrize("name", ["STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"])
def test_production_refuses_what_is_no_secret_of_stripes(tmp_path: Path, name: str) -> None:
    environ = {**PRODUCTION, "PORTAL_HOME": str(tmp_path), name: "x" * 64}
    with pytest.raises(SettingsError, match=f"{name} does not begin with"):
        Settings.from_environ(environ)


def test_the_web_has_no_role_that_may_load_files(
    tmp_path: Path, database_urls: DatabaseUrls
) -> None:
    """Even where the same environment serves the worker."""
    settings = read(
        tmp_path, DATABASE_URL=database_urls.app, DATABASE_LOADER_URL=database_urls.loader
    )
    _, web = open_configured(settings)
    with pytest.raises(LoaderMissingError), web.loader_transaction(new_id()):
        pass
    _, worker = open_configured(settings, loads_files=True)
    with worker.loader_transaction(new_id()):
        pass
    web.close()
    worker.close()

"""`make demo`: database, made-up practice, Stripe simulator, worker and web server, together."""

import shutil
from datetime import UTC, datetime

from portal.config import Settings
from portal.demo.load import load
from portal.demo.processes import Processes, answers, free_port, processes, require_free
from portal.demo.staff import read_staff
from portal.runtime import Runtime, running

_LOOPBACK = "127.0.0.1"
_SIMULATOR_STATE = "stripe-simulator.db"
_FORGOTTEN = ("postgres", "mailbox", "outbox", "replies", _SIMULATOR_STATE, "demo-staff.json")


def reset(settings: Settings) -> None:
    """Forget the demo's data; keys stay."""
    for name in _FORGOTTEN:
        path = settings.home / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def run(settings: Settings) -> None:
    """Until Ctrl-C. Raises DemoError with one sentence when it cannot go on."""
    require_free(settings.port)
    _say("Starting PostgreSQL and bringing its tables up to date …")
    with running(settings) as runtime, processes() as group:
        _say("Loading the made-up practice, where it is missing …")
        practice = load(runtime, now=datetime.now(UTC))
        _say("Starting the Stripe simulator, the job worker and the web server …")
        environment = _environment(runtime)
        if settings.stripe_secret_key.startswith("sk_test_simulator"):
            environment["STRIPE_API_BASE"] = _start_simulator(group, runtime, practice.slug)
        group.start("worker", ["-m", "portal.demo.worker"], environment)
        group.start("web server", _web_server(settings), environment)
        address = f"http://{_LOOPBACK}:{settings.port}"
        group.until(lambda: answers(f"{address}/healthz"), what="The portal")
        _greet(settings, address)
        try:
            group.wait()
        except KeyboardInterrupt:
            _say("\nStopping …")


def _environment(runtime: Runtime) -> dict[str, str]:
    """What the children need to meet the same database."""
    settings = runtime.settings
    return {
        "PORTAL_ENV": settings.env.value,
        "PORTAL_HOME": str(settings.home),
        "PORTAL_BASE_URL": settings.base_url,
        "PORT": str(settings.port),
        "SECRET_KEY": settings.secret_key,
        "DATABASE_URL": settings.database_url or "",
        "DATABASE_OWNER_URL": settings.database_owner_url or "",
        "DATABASE_LOADER_URL": settings.database_loader_url or "",
        "STRIPE_SECRET_KEY": settings.stripe_secret_key,
        "STRIPE_WEBHOOK_SECRET": settings.stripe_webhook_secret,
    }


def _start_simulator(group: Processes, runtime: Runtime, slug: str) -> str:
    settings = runtime.settings
    port = free_port()
    group.start(
        "Stripe simulator",
        [
            "-m",
            "portal.demo.stripe_simulator",
            f"--port={port}",
            f"--state={settings.home / _SIMULATOR_STATE}",
            f"--webhook=http://{_LOOPBACK}:{settings.port}/webhooks/stripe/{slug}",
            f"--webhook-secret={settings.stripe_webhook_secret}",
            "--merchant=Riverbend Family Health",
        ],
        {},
    )
    address = f"http://{_LOOPBACK}:{port}"
    group.until(lambda: answers(f"{address}/_sim/health"), what="The Stripe simulator")
    return address


def _web_server(settings: Settings) -> list[str]:
    return [
        "-m",
        "granian",
        "--interface=wsgi",
        f"--host={_LOOPBACK}",
        f"--port={settings.port}",
        "--workers=1",
        "--blocking-threads=4",
        "--no-ws",
        "--log-level=warning",
        "--factory",
        "portal.demo.web:create_demo_app",
    ]


def _greet(settings: Settings, address: str) -> None:
    _say(f"\nPortal ready at {address}")
    _say(f"  What to try   {address}/demo  (codes for the staff's second step, too)")
    _say(f"  Mailbox       {address}/demo/mailbox")
    _say(f"  Staff         {address}/staff/sign-in")
    for member in read_staff(settings.home):
        _say(f"    {member.email}  {member.password}  ({member.role.replace('_', ' ')})")
    _say("Ctrl-C stops everything; the data stays. `make demo-reset` forgets it.")


def _say(sentence: str) -> None:
    print(sentence, flush=True)  # noqa: T201 — the demo talks to whoever started it

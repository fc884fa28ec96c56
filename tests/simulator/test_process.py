"""The simulator as a process: what it refuses, what survives it, and what it never touches."""

import ast
import socket
import subprocess
import sys
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

import portal.demo.stripe_simulator
from tests.contracts.hosted_page import Cardholder
from tests.contracts.openapi import OpenApiChecker
from tests.contracts.stripe_wire import WEBHOOK_SECRET, Control, running_simulator
from tests.contracts.webhook_receiver import receiving_webhooks
from tests.simulator.api_caller import CHECKOUT, ApiCaller

PACKAGE = Path(portal.demo.stripe_simulator.__file__).parent
NUMBER = "4242424242424242"


def test_money_and_keys_and_open_pages_survive_a_restart(
    tmp_path: Path, openapi_checker: OpenApiChecker
) -> None:
    state = tmp_path / "stripe.sqlite"
    with running_simulator(["--state", str(state)]) as address:
        api = ApiCaller(address, openapi_checker)
        paid, kept = api.checkout(), api.checkout()
        Cardholder(paid["url"]).pay(NUMBER)
        keyed = api.post("/v1/customers", Idempotency_Key="k").body["id"]
        Control(address).advance_clock(seconds=60)
    with running_simulator(["--state", str(state)]) as address:
        api = ApiCaller(address, openapi_checker)
        assert api.get(f"{CHECKOUT}/{paid['id']}").body["payment_status"] == "paid"
        assert api.post("/v1/customers", Idempotency_Key="k").body["id"] == keyed
        url = api.get(f"{CHECKOUT}/{kept['id']}").body["url"]
        assert url.startswith(address)
        assert Cardholder(url).pay(NUMBER).status == 303
        assert len(api.get("/v1/charges").body["data"]) == 2
    written = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert paid["id"].encode() in written
    assert NUMBER.encode() not in written


def test_a_webhook_nobody_took_is_delivered_after_a_restart(
    tmp_path: Path, openapi_checker: OpenApiChecker
) -> None:
    options = ["--state", str(tmp_path / "state"), "--webhook-secret", WEBHOOK_SECRET]
    options += ["--webhook-retries", "600"]
    with receiving_webhooks() as receiver:
        options += ["--webhook", receiver.url]
        receiver.answers.append(503)
        with running_simulator(options) as address:
            ApiCaller(address, openapi_checker).post("/v1/customers")
            receiver.wait_for(1)
        with running_simulator(options) as address:
            Control(address).advance_clock(seconds=601)
            Control(address).wait_for_webhooks()
        assert len(receiver.received) == 2


def test_the_same_seed_gives_the_same_ids(openapi_checker: OpenApiChecker) -> None:
    def first_id(seed: str) -> str:
        with running_simulator(["--seed", seed]) as address:
            identifier: str = ApiCaller(address, openapi_checker).checkout()["id"]
            return identifier

    assert first_id("a") == first_id("a") != first_id("b")


def test_it_listens_on_the_loopback_address_only() -> None:
    with running_simulator() as address, socket.socket() as elsewhere:
        port = int(address.rpartition(":")[2])
        elsewhere.bind(("127.0.0.2", port))  # free, so it has not taken every address


def test_a_port_in_use_and_a_webhook_without_secret_are_said_in_one_sentence() -> None:
    def refusal(*arguments: str) -> str:
        command = [sys.executable, "-m", "portal.demo.stripe_simulator", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
        assert done.returncode == 2
        return done.stderr

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert refusal("--port", str(port)) == f"Port {port} is in use. Choose another, or 0.\n"
    assert refusal("--webhook", "http://127.0.0.1:1/") == "--webhook needs --webhook-secret.\n"


def test_it_stops_when_whoever_started_it_is_gone(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    with subprocess.Popen(
        [
            *(sys.executable, "-m", "portal.demo.stripe_simulator", "--exit-with-parent"),
            *("--ready-file", str(ready)),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline().startswith("Stripe simulator at http://127.0.0.1:")
        process.stdin.close()
        assert process.wait(timeout=20) == 0
    assert '"address": "http://127.0.0.1:' in ready.read_text(encoding="utf-8")


def test_a_web_page_cannot_use_the_control_interface() -> None:
    with running_simulator() as address:
        form = Request(f"{address}/_sim/reset", b"{}", {"Content-Type": "text/plain"})  # noqa: S310 - as below
        with pytest.raises(HTTPError) as refusal:
            urlopen(form, timeout=20)  # noqa: S310 - our own address
        assert refusal.value.code == 400
        refusal.value.close()


@pytest.mark.parametrize("file", sorted(PACKAGE.glob("*.py")), ids=lambda file: file.name)
def test_it_imports_the_standard_library_werkzeug_jinja_and_itself(file: Path) -> None:
    allowed = {*sys.stdlib_module_names, "werkzeug", "jinja2", "_typeshed"}
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        modules = []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            modules = [node.module or ""]
        for module in modules:
            own = module.startswith("portal.demo.stripe_simulator")
            assert own or module.partition(".")[0] in allowed, module

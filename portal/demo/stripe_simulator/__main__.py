"""Start the simulator: `python -m portal.demo.stripe_simulator --help`."""

# ruff: noqa: T201 - a command line prints

import argparse
import json
import os
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from portal.demo.stripe_simulator.server import LOOPBACK, RunningServer, Tls, bind, serve
from portal.demo.stripe_simulator.simulation import Simulation
from portal.demo.stripe_simulator.store import Store
from portal.demo.stripe_simulator.webhooks import USUAL_RETRIES, Behaviour, Endpoint, Outbox


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    if options.webhook and not options.webhook_secret:
        print("--webhook needs --webhook-secret.", file=sys.stderr)
        return 2
    if (options.tls_port is None) != (options.tls_certificate is None):
        print("--tls-port and --tls-certificate go together.", file=sys.stderr)
        return 2
    try:
        listening = bind(options.port)
        secure = None if options.tls_port is None else bind(options.tls_port)
    except OSError:
        ports = [str(port) for port in (options.port, options.tls_port) if port]
        print(f"Port {' or '.join(ports)} is in use. Choose another, or 0.", file=sys.stderr)
        return 2
    address = f"http://{LOOPBACK}:{listening.getsockname()[1]}"
    endpoints = [_endpoint(given, options.webhook_secret) for given in options.webhook]
    behaviour = Behaviour(retry_seconds=tuple(options.webhook_retries))
    store = Store(options.state, seed=options.seed)
    simulation = Simulation(
        store=store,
        outbox=Outbox(store, endpoints, behaviour, seed=options.seed),
        public_base=(options.public_base or address).rstrip("/"),
        merchant=options.merchant,
    )
    tls_port = None if secure is None else secure.getsockname()[1]
    server = serve(simulation, listening, tls=_tls(options, secure))
    _stop_on_signals(server)
    if options.exit_with_parent:
        threading.Thread(target=_stop_when_stdin_ends, args=(server,), daemon=True).start()
    _announce(address, tls_port, options.ready_file)
    server.run()
    server.close()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m portal.demo.stripe_simulator",
        description="A simulated Stripe on this machine only. Test keys and test cards only.",
    )
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free one")
    parser.add_argument("--state", type=Path, help="file that survives restarts (default: none)")
    parser.add_argument(
        "--webhook",
        action="append",
        default=[],
        metavar="[ACCOUNT=]URL",
        help="where events go; with an account (acct_…) only that account's. May be repeated",
    )
    parser.add_argument("--webhook-secret", help="whsec_…, signs the webhooks")
    parser.add_argument(
        "--webhook-retries",
        type=_seconds,
        default=USUAL_RETRIES,
        metavar="SECONDS,…",
        help="how long after each failed delivery the next is tried",
    )
    parser.add_argument("--merchant", default="Sample practice", help="name on the hosted page")
    parser.add_argument("--public-base", help="address of the hosted page, if not our own")
    parser.add_argument("--tls-port", type=int, help="also listen here, under Stripe's own names")
    parser.add_argument(
        "--tls-certificate",
        type=Path,
        nargs=2,
        metavar=("CERTIFICATE", "KEY"),
        help="files for that, for checkout.stripe.com and api.stripe.com",
    )
    parser.add_argument("--seed", help="same seed and same calls: same ids")
    parser.add_argument("--ready-file", type=Path, help="written with our address when we listen")
    parser.add_argument(
        "--exit-with-parent", action="store_true", help="stop when standard input ends"
    )
    return parser


def _seconds(given: str) -> tuple[float, ...]:
    return tuple(float(part) for part in given.split(",") if part)


def _endpoint(given: str, secret: str) -> Endpoint:
    account, separator, url = given.partition("=")
    if separator and account.startswith("acct_"):
        return Endpoint(url, secret, account)
    return Endpoint(given, secret)


def _tls(options: argparse.Namespace, secure: socket.socket | None) -> Tls | None:
    if secure is None:
        return None
    certificate, key = options.tls_certificate
    return Tls(secure, certificate, key)


def _announce(address: str, tls_port: int | None, ready_file: Path | None) -> None:
    also = f", TLS at port {tls_port}" if tls_port else ""
    print(f"Stripe simulator at {address} (test mode, this machine only{also})", flush=True)
    if ready_file is not None:
        ready = {"address": address, "tls_port": tls_port}
        ready_file.write_text(json.dumps(ready), encoding="utf-8")


def _stop_on_signals(server: RunningServer) -> None:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        # serve_forever runs in this thread, so shutting it down must happen in another.
        threading.Thread(target=server.stop, daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)


def _stop_when_stdin_ends(server: RunningServer) -> None:
    # Unbuffered: a buffered read would hold a lock that the interpreter needs to exit.
    while os.read(sys.stdin.fileno(), 1024):
        pass
    server.stop()


if __name__ == "__main__":
    sys.exit(main())

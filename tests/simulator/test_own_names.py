"""Under Stripe's own host names and over TLS, so that pages and their rules need no test branch."""

import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.contracts.openapi import OpenApiChecker
from tests.contracts.stripe_wire import running_simulator
from tests.simulator.api_caller import ApiCaller

NAMES = ("checkout.stripe.com", "api.stripe.com")


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """For Stripe's names, signed by nobody but itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "made up")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(one) for one in NAMES]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = tmp_path / "certificate.pem", tmp_path / "key.pem"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def get(port: int, name: str, target: str, *, trusted: Path) -> str:
    """What a browser that finds `name` at that port is answered."""
    context = ssl.create_default_context(cafile=str(trusted))
    with (
        socket.create_connection(("127.0.0.1", port), timeout=20) as plain,
        context.wrap_socket(plain, server_hostname=name) as secure,
    ):
        secure.sendall(
            f"GET {target} HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n".encode()
        )
        parts = iter(lambda: secure.recv(65_536), b"")
        return b"".join(parts).decode()


def test_the_page_is_found_under_stripes_name_and_a_silent_connection_blocks_nobody(
    certificate: tuple[Path, Path], openapi_checker: OpenApiChecker
) -> None:
    port = free_port()
    options = ["--tls-port", str(port), "--tls-certificate", *map(str, certificate)]
    options += ["--public-base", "https://checkout.stripe.com"]
    with (
        running_simulator(options) as address,
        socket.create_connection(("127.0.0.1", port)),  # says nothing
    ):
        url = ApiCaller(address, openapi_checker).checkout()["url"]
        assert url.startswith("https://checkout.stripe.com/c/pay/")
        target = url.removeprefix("https://checkout.stripe.com")
        page = get(port, "checkout.stripe.com", target, trusted=certificate[0])
        assert page.startswith("HTTP/1.1 200")
        assert "simulated Stripe" in page
        refused = get(port, "api.stripe.com", "/v1/balance", trusted=certificate[0])
        assert refused.startswith("HTTP/1.1 401")

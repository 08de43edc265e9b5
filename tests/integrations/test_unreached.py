"""What an administrator reads where a system cannot be reached: name, certificate, TLS or port."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.rasa_service import free_port
from casework.tables import utc_now
from integrations.drivers import AmbiguousError, TemporaryError
from integrations.drivers.wire import Wire
from integrations.system import Limits

LIMITS = Limits(connect=2.0, read=2.0, total=3.0, answer_bytes=1000)


@asynccontextmanager
async def listening(context: ssl.SSLContext | None) -> AsyncIterator[str]:
    async def hangs_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"no TLS here\r\n")
        writer.close()

    server = await asyncio.start_server(hangs_up, "127.0.0.1", 0, ssl=context)
    async with server:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def own_certificate(folder: Path) -> ssl.SSLContext:
    """A server's, signed by nobody but itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(utc_now() - timedelta(days=1))
        .not_valid_after(utc_now() + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    file = folder / "both"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


async def said_of(address: str, *, files: bool = True) -> str:
    wire = Wire(address, LIMITS)
    try:
        with pytest.raises(
            TemporaryError
        ) as wrong:  # nothing has left us: not ambiguous, also where it files
            await wire.call("POST" if files else "GET", "/requests", files=files)
    finally:
        await wire.aclose()
    assert not isinstance(wrong.value, AmbiguousError)
    return str(wrong.value)


async def test_a_name_that_does_not_exist() -> None:
    assert await said_of("https://nobody.invalid") == "no connection: the name cannot be resolved"


async def test_a_port_where_nobody_listens() -> None:
    assert await said_of(f"http://127.0.0.1:{free_port()}") == "no connection: refused at this port"


async def test_a_certificate_that_nobody_vouches_for(tmp_path: Path) -> None:
    async with listening(own_certificate(tmp_path)) as address:
        said = await said_of(address)
    assert said == "no connection: the certificate is not accepted (self-signed certificate)"


async def test_a_port_without_tls() -> None:
    async with listening(None) as address:
        assert (await said_of(address)).startswith("no connection: TLS fails (")

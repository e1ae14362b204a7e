"""A store that all tests of a session share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from object_store import ENVIRONMENT, OBJECTS, Proxy, s3_server, upload


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    pytest.importorskip("moto", reason="the S3 server comes from moto[server], in the extra dev")
    pytest.importorskip("obstore", reason="obstore is in the extra storage")
    with s3_server() as address:
        upload(address, "bucket", OBJECTS)
        yield address


@pytest.fixture
def proxy(server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """The way to the server; the environment leads clients through it."""
    found = Proxy(server)
    with found.running() as address:
        for name, value in ENVIRONMENT.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        yield found


@pytest.fixture
def s3(server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of the bucket, reached directly."""
    for name, value in {**ENVIRONMENT, "AWS_ENDPOINT_URL": server}.items():
        monkeypatch.setenv(name, value)
    return "s3://bucket"

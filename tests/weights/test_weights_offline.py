"""No network but for fetching: proved on real sockets, in this process and in a fresh one."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from qualkit.errors import QualkitError
from qualkit.weights.offline import NO_NETWORK, NO_TELEMETRY, block_network

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# Addresses set aside for documentation (RFC 5737, RFC 3849): nobody is there.
FAR, FAR6 = "192.0.2.1", "2001:db8::1"


def ask(call: Callable[[socket.socket], object], kind: int = socket.SOCK_STREAM) -> None:
    with socket.socket(socket.AF_INET, kind) as made:
        made.settimeout(0.2)
        call(made)


@pytest.mark.parametrize(
    "attempt",
    [
        lambda: ask(lambda s: s.connect((FAR, 80))),
        lambda: ask(lambda s: s.connect_ex((FAR, 80))),
        lambda: ask(lambda s: s.sendto(b"x", (FAR, 53)), socket.SOCK_DGRAM),
        lambda: ask(lambda s: s.sendmsg([b"x"], [], 0, (FAR, 53)), socket.SOCK_DGRAM),
        lambda: socket.create_connection((FAR, 443), timeout=0.2),
        lambda: socket.create_connection((FAR6, 443), timeout=0.2),
        lambda: socket.getaddrinfo("huggingface.co", 443),
        lambda: socket.getaddrinfo(b"huggingface.co", 443),
        lambda: socket.gethostbyname("huggingface.co"),
        lambda: socket.gethostbyname_ex("huggingface.co"),
        lambda: asyncio.run(asyncio.wait_for(asyncio.open_connection(FAR, 80), 0.5)),
    ],
    ids=[
        "connect",
        "connect_ex",
        "sendto",
        "sendmsg",
        "create",
        "create6",
        "lookup",
        "bytes",
        "by-name",
        "by-name-ex",
        "asyncio",
    ],
)
# create_connection closes its socket only when an OSError stops it.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_nobody_outside_is_reached(attempt: Callable[[], object]) -> None:
    with pytest.raises(QualkitError, match=r"stopped: only `qualkit models fetch` may use the network"):
        attempt()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_this_machine_is_reached(host: str) -> None:
    family = socket.AF_INET6 if host == "::1" else socket.AF_INET
    with socket.socket(family) as server:
        try:
            server.bind((host, 0))
        except OSError:
            pytest.skip("no IPv6 here")
        server.listen()
        with socket.create_connection((host, server.getsockname()[1]), timeout=5) as client:
            assert client.getpeername()[1] == server.getsockname()[1]


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no Unix sockets here")
def test_a_unix_socket_is_reached(tmp_path: Path) -> None:
    address = os.path.relpath(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind(address)
        server.listen()
        client.connect(address)


def test_blocking_twice_is_no_fault() -> None:
    block_network()
    block_network()


def test_libraries_and_children_are_told() -> None:
    for name, value in {**NO_NETWORK, **NO_TELEMETRY}.items():
        assert os.environ[name] == value


SCRIPT = """
import sys
from qualkit.weights.offline import block_network
{block}
import socket, urllib.request
try:
    urllib.request.urlopen("http://192.0.2.1/", timeout=0.2)
except BaseException as error:
    print(type(error).__name__)
"""


def test_the_block_is_what_stops_a_fresh_process() -> None:
    """Without it the same call fails too, but at the network: the difference is the proof."""

    def says(block: str) -> str:
        script = SCRIPT.format(block=block)
        return subprocess.run(
            [sys.executable, "-c", script], check=True, capture_output=True, text=True
        ).stdout.strip()

    assert says("block_network()") == "QualkitError"
    assert says("") in {"URLError", "TimeoutError"}


def test_the_hub_library_gives_up_at_once() -> None:
    from huggingface_hub import snapshot_download

    with pytest.raises((QualkitError, OSError)):
        snapshot_download("Systran/faster-whisper-base", local_dir="/nonexistent/x")

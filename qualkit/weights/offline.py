"""No network for anything but ``qualkit models fetch``.

An audit hook sees every address that Python code in this process is about to look up, connect
or send to, whatever library asks. It cannot be taken out again. Native code that opens sockets
of its own is out of its sight; for the libraries used here that is one (the hub's transfer
library), and the environment variables set beside the hook switch it off.
"""

from __future__ import annotations

import ipaddress
import os
import sys
from typing import TYPE_CHECKING, Any

from qualkit.errors import QualkitError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NO_TELEMETRY: Mapping[str, str] = {
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1",
    "DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "PYANNOTE_METRICS_ENABLED": "0",
    "ANONYMIZED_TELEMETRY": "False",
    "SCARF_NO_ANALYTICS": "true",
    "WANDB_MODE": "disabled",
    "ORT_DISABLE_TELEMETRY": "1",
}
"""What tells libraries, here and in child processes, to report nothing to anybody."""

NO_NETWORK: Mapping[str, str] = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "HF_HUB_DISABLE_XET": "1",
}
"""What tells libraries, here and in child processes, to look for everything on this machine."""


def block_network() -> None:
    """Make every connection of this process to another machine fail with a QualkitError, from now on.

    Loopback and Unix sockets stay open. Child processes inherit the environment variables, not the
    hook: a worker process calls this itself.
    """
    silence()
    os.environ.update(NO_NETWORK)
    if not _state["blocked"]:
        _state["blocked"] = True
        sys.addaudithook(_watch)


def silence() -> None:
    """Switch off the telemetry of every library that has any, in this process and its children."""
    os.environ.update(NO_TELEMETRY)


_state = {"blocked": False}


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event.startswith("socket."):
        check = _CHECKS.get(event)
        if check is not None:
            check(*arguments)


def _address(_socket: object, address: object) -> None:
    """Connecting and sending: an Internet address is a tuple that begins with a host."""
    if isinstance(address, tuple) and address and isinstance(address[0], str) and not _here(address[0]):
        raise _refusal(address[0])


def _look_up(host: object, *_rest: object) -> None:
    """A numeric address is looked up without a network; using it is another event."""
    if isinstance(host, (bytes, bytearray)):
        host = bytes(host).decode("ascii", "replace")
    if isinstance(host, str) and host and not _here(host) and not _is_number(host):
        raise _refusal(host)


def _peer(address: object) -> None:
    if isinstance(address, tuple) and address:
        _look_up(address[0])


_CHECKS: Mapping[str, Callable[..., None]] = {
    "socket.connect": _address,
    "socket.sendto": _address,
    "socket.sendmsg": _address,
    "socket.getaddrinfo": _look_up,
    "socket.gethostbyname": _look_up,
    "socket.gethostbyaddr": _look_up,
    "socket.getnameinfo": _peer,
}


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _here(host: str) -> bool:
    """Whether a host is this machine."""
    name = host.partition("%")[0].rstrip(".").lower()
    if name in {"", "localhost", "ip6-localhost", "localhost.localdomain"}:
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool(address.is_loopback or address.is_unspecified or (mapped and mapped.is_loopback))


def _refusal(host: str) -> QualkitError:
    return QualkitError(
        f"A connection to {host} was stopped: only `qualkit models fetch` may use the network.",
        "If a model is missing, fetch it first: `qualkit models fetch NAME`.",
    )

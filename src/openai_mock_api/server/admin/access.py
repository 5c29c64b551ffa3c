"""Who may use the admin routes."""

from __future__ import annotations

import re
from hmac import compare_digest
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

from openai_mock_api.errors import ApiError

if TYPE_CHECKING:
    from openai_mock_api.http import Request

#: The header that carries ``admin_key``.
HEADER: Final = b"x-mock-admin-key"

_PORT: Final = re.compile(r":\d*$")


def check(request: Request, admin_key: str | None) -> None:
    """Let programs of this machine in, and whoever sends the key. Raises ``ApiError`` 403 for all others."""
    sent = request.header(HEADER)
    if sent is not None and admin_key is not None and compare_digest(sent, admin_key.encode()):
        return
    if sent is not None or not (_is_loopback(request.peer) and _is_no_page(request)):
        raise _refusal(admin_key)


def _is_loopback(peer: str) -> bool:
    """Whether an address is this machine's own; an empty one is of this process, or of a Unix socket."""
    if not peer:
        return True
    try:
        address = ip_address(peer.partition("%")[0])
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def _is_no_page(request: Request) -> bool:
    """Whether it is no page of another site that a browser on this machine shows.

    Such a page says where it comes from, or calls the server by a name of its own.
    """
    host, origin = (_text(request.header(name)) for name in (b"host", b"origin"))
    if origin is not None and origin.partition("://")[2] != host:
        return False
    if host is None:  # HTTP/1.0, which browsers do not speak
        return True
    name = _PORT.sub("", host).strip("[]").lower()
    return name == "localhost" or name.endswith(".localhost") or _is_address(name)


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("latin-1")


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _refusal(admin_key: str | None) -> ApiError:
    said = "Send its `admin_key`" if admin_key is not None else "Set `admin_key` in the configuration, and send it"
    return ApiError(
        403,
        "The admin routes are open to programs on the server's own machine, which call it localhost or by its address. "
        f"{said} in the header {HEADER.decode()} to use them from elsewhere.",
        code="admin_forbidden",
    )

"""What can go wrong, as exceptions.

::

    MockError                    everything this package raises on purpose
    ├── ConfigError              what the user wrote cannot be served (also a ValueError)
    ├── PortInUseError           the port is taken (also an OSError)
    ├── ReplyError               a function of a test, which makes a reply, has failed
    ├── ServerError              the server could not start or is not running (also a RuntimeError)
    ├── AdminError               an admin route has refused what an ``AdminClient`` asked for
    └── ApiError                 an OpenAI error body on its way to the client
        ├── ScriptError          the script cannot be followed for this request
        └── AzureError           an error body of Azure's gateway

Nothing here imports anything else of the package.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class MockError(Exception):
    """The root of the tree."""


class Problem(NamedTuple):
    """One thing that is wrong in a configuration.

    ``path`` is the place in the data (``responses[1].messages[0].matcher``, empty for the whole),
    ``source`` the file's name or None, ``line`` and ``column`` count from 1 and are 0 when unknown.
    """

    message: str
    path: str = ""
    source: str | None = None
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        where = self.source or ""
        if self.line:
            where = f"{where or '<config>'}:{self.line}:{self.column}"
        what = f"{self.path}: {self.message}" if self.path else self.message
        return f"{where}  {what}" if where else what


class ConfigError(MockError, ValueError):
    """The configuration cannot be used. ``problems`` holds every fault that was found, in file order."""

    def __init__(self, problems: Sequence[Problem] | str) -> None:
        if isinstance(problems, str):
            problems = (Problem(problems),)
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class PortInUseError(MockError, OSError):
    """Another program listens on the port. ``port`` and ``host`` say where; ``errno`` is EADDRINUSE."""

    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.port = port
        super().__init__(
            errno.EADDRINUSE,
            f"EADDRINUSE: port {port} on {host} is already in use; stop the other program, "
            "choose another port, or use port 0 for a free one",
        )


class ServerError(MockError, RuntimeError):
    """The server could not start, or was used while it was not running."""


class AdminError(MockError):
    """An admin route has refused a request: with ``status``, and ``code`` to tell it by."""

    def __init__(self, status: int, message: str, code: str | None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class ReplyError(MockError):
    """A function of a test, which makes a reply, has failed. ``__cause__`` is what it has raised."""


class ApiError(MockError):
    """An answer that is an error, in the words of OpenAI's API.

    Raised anywhere below ``App.handle``, which turns it into the body
    ``{"error": {"message", "type", "param", "code", **extra}}`` with ``status`` and ``headers``.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        type: str = "invalid_request_error",  # noqa: A002 - the wire's own name
        param: str | None = None,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.type = type
        self.param = param
        self.code = code
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})

    def body(self) -> dict[str, Any]:
        """Return what stands under ``error``."""
        return {"message": self.message, "type": self.type, "param": self.param, "code": self.code, **self.extra}


class ScriptError(ApiError):
    """The script cannot be followed: it contradicts the request, or a part of it failed.

    Status 400, which the SDKs do not retry, and code ``script_error``. The message begins with what is wrong, and
    says where (``response``) and what to do.
    """

    def __init__(self, message: str, *, param: str | None = None) -> None:
        super().__init__(400, message, param=param, code="script_error")


class AzureError(ApiError):
    """An answer of Azure's gateway, with the body ``{"error": {"code", "message"}}``; ``code`` may be the status."""

    def __init__(self, status: int, message: str, *, code: str | None = None) -> None:
        super().__init__(status, message, code=code or str(status))

    def body(self) -> dict[str, Any]:
        """Return what stands under ``error``."""
        return {"code": self.code, "message": self.message}

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest

from openai_mock_api.server import workers
from openai_mock_api.server.workers import READY, Supervisor

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection


def hear_nothing(_: socket.socket, pipe: Connection, *__: Any) -> None:
    """What a worker does that hangs."""
    pipe.send(READY)
    threading.Event().wait()


@pytest.mark.parametrize("end", [Supervisor.stop, Supervisor.cut])
def test_a_worker_that_hears_nothing_is_killed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, end: Callable[[Supervisor], None]
) -> None:
    monkeypatch.setattr(workers, "PATIENCE", 0.0)
    monkeypatch.setattr(workers, "work", hear_nothing)
    supervisor = Supervisor(1, socket.socket(), str, "", grace=0.0)  # type: ignore[arg-type]

    def stop() -> None:
        supervisor.stopping = True
        end(supervisor)

    assert supervisor.run(stop)
    assert "does not end, and is killed" in caplog.text

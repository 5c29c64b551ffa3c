"""The gates of a room: keep answers back, and let them go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from openai_mock_api.errors import ApiError
from openai_mock_api.server.admin.responses import known
from openai_mock_api.server.admin.shapes import Cancelled, Gates, GateState, Hold, Release, ReleaseChunks
from openai_mock_api.server.admin.visit import AdminRoute

if TYPE_CHECKING:
    from openai_mock_api.server.admin.visit import Visit
    from openai_mock_api.server.gates import Gate


def everything(visit: Visit) -> Gates:
    """List the gates that have not been closed."""
    return Gates(gates=[_state(gate) for gate in visit.room.gates.shut])


def hold(visit: Visit) -> GateState:
    """Keep answers back from now on."""
    for id_ in visit.said.responses:
        known(visit.room.answering.script, id_)
    return _state(visit.room.gates.hold(*visit.said.responses, timeout=visit.said.timeout))


def one(visit: Visit) -> GateState:
    """Tell what has happened at a gate."""
    return _state(_gate(visit))


def release(visit: Visit) -> GateState:
    """Let answers go: so many, or all and those to come."""
    gate = _gate(visit)
    gate.release(visit.said.count)
    return _state(gate)


def release_chunks(visit: Visit) -> GateState:
    """Let so many more events go of each stream that is kept back."""
    gate = _gate(visit)
    gate.release_chunks(visit.said.count)
    return _state(gate)


def disconnect(visit: Visit) -> GateState:
    """Cut the connections of all answers that are kept back."""
    gate = _gate(visit)
    gate.disconnect()
    return _state(gate)


def close(visit: Visit) -> GateState:
    """Let all answers go, and be a gate no more."""
    gate = _gate(visit)
    state = _state(gate)
    gate.end()
    return msgspec.structs.replace(state, open=True, held=[])


def _gate(visit: Visit) -> Gate:
    for gate in visit.room.gates.shut:
        if gate.id == visit.name:
            return gate
    raise ApiError(404, f"There is no gate '{visit.name}', or it has been closed.", code="gate_not_found")


def _state(gate: Gate) -> GateState:
    tale = gate.tale
    return GateState(
        id=gate.id,
        responses=[wanted if isinstance(wanted, str) else "a function" for wanted in tale.wanted],
        open=tale.open,
        came=[exchange.id for exchange in tale.came],
        held=[exchange.id for exchange in tale.held],
        cancelled=[Cancelled(request=left.exchange.id, at=left.at, after=left.after) for left in tale.cancelled],
        expired=[exchange.id for exchange in tale.expired],
        passed=[exchange.id for exchange in tale.passed],
    )


ROUTES: Final = (
    AdminRoute("GET", "/gates", everything, gives=Gates),
    AdminRoute("POST", "/gates", hold, takes=Hold, gives=GateState, status=201, refuses=(404,)),
    AdminRoute("GET", "/gates/{gate}", one, gives=GateState, refuses=(404,)),
    AdminRoute("DELETE", "/gates/{gate}", close, gives=GateState, refuses=(404,)),
    AdminRoute("POST", "/gates/{gate}/release", release, takes=Release, gives=GateState, refuses=(404,)),
    AdminRoute(
        "POST", "/gates/{gate}/release_chunks", release_chunks, takes=ReleaseChunks, gives=GateState, refuses=(404,)
    ),
    AdminRoute("POST", "/gates/{gate}/disconnect", disconnect, gives=GateState, refuses=(404,)),
)

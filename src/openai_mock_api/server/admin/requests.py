"""What has been asked: the journal of a room, and what it tells about the script."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from openai_mock_api.config.plain import plain
from openai_mock_api.errors import ApiError
from openai_mock_api.script.diagnosis import nearest, report
from openai_mock_api.server.admin.shapes import Done, Recorded, Requests, RequestsQuery
from openai_mock_api.server.admin.visit import AdminRoute, Responses

if TYPE_CHECKING:
    from openai_mock_api.journal import Exchange
    from openai_mock_api.script.matching.expectations import Unmet
    from openai_mock_api.server.admin.visit import Visit
    from openai_mock_api.server.room import Room


def everything(visit: Visit) -> Requests:
    """List requests with their answers, oldest first."""
    query: RequestsQuery = visit.said
    fitting = [exchange for exchange in visit.room.journal if _fits(exchange, query)]
    newest = fitting[max(0, len(fitting) - query.limit) :]
    return Requests(requests=[recorded(exchange, visit.room) for exchange in newest], total=len(fitting))


def one(visit: Visit) -> Recorded:
    """Show one request with its answer; its id is the answer's ``x-request-id``."""
    for exchange in visit.room.journal:
        if exchange.id == visit.name:
            return recorded(exchange, visit.room)
    raise ApiError(404, f"The journal has no request '{visit.name}'.", code="request_not_found")


def clear(visit: Visit) -> Done:
    """Forget the requests, and nothing else."""
    visit.room.journal.clear()
    return Done()


def misses(visit: Visit) -> Requests:
    """List the requests that got an error because nothing matched, with a report of what came nearest."""
    missed = [recorded(exchange, visit.room) for exchange in visit.room.journal.notable() if exchange.missed]
    return Requests(requests=missed, total=len(missed))


def unused(visit: Visit) -> Responses:
    """List the responses that have answered none of the requests in the journal."""
    used = {exchange.matched for exchange in visit.room.journal}
    return Responses([plain(flow.written) for flow in visit.room.answering.script.flows if flow.id not in used])


def reset(visit: Visit) -> Done:
    """Forget what happened: requests, stored objects, sequences, limits, gates and what was added to the script."""
    for gate in visit.room.gates.shut:
        gate.end()
    visit.room.reset()
    return Done()


def recorded(exchange: Exchange, room: Room) -> Recorded:
    """Tell an exchange as JSON can."""
    return Recorded(
        id=exchange.id,
        method=exchange.method,
        path=exchange.path,
        headers=exchange.headers,
        json=exchange.json,
        status=exchange.status,
        response_headers=exchange.response_headers,
        response_json=exchange.response_json,
        events=exchange.events,
        text=exchange.text,
        matched=exchange.matched,
        turn=exchange.turn,
        missed=exchange.missed,
        unmet=[_told(unmet) for unmet in exchange.unmet],
        report=report(nearest(exchange.response.outcome, room.answering.plays)) if exchange.missed else None,
        started=exchange.started,
        duration=exchange.duration,
        chunks_sent=exchange.chunks_sent,
        finished=exchange.finished,
        hung_up=exchange.hung_up,
        namespace=exchange.namespace,
    )


def _told(unmet: Unmet) -> str:
    return f"{unmet.name}: expected {unmet.difference.expected}, got {unmet.difference.got}"


def _fits(exchange: Exchange, query: RequestsQuery) -> bool:
    """Whether all that was asked for holds."""
    patterns = ((exchange.path, query.path), (exchange.model or "", query.model))
    equals = (
        (exchange.method, query.method),
        (exchange.matched, query.matched),
        (exchange.status, query.status),
        (exchange.missed, query.missed),
        (exchange.hung_up, query.hung_up),
    )
    return all(wanted is None or fnmatchcase(got, wanted) for got, wanted in patterns) and all(
        wanted is None or got == wanted for got, wanted in equals
    )


ROUTES: Final = (
    AdminRoute("GET", "/requests", everything, takes=RequestsQuery, gives=Requests),
    AdminRoute("DELETE", "/requests", clear, gives=Done),
    AdminRoute("GET", "/requests/{request}", one, gives=Recorded, refuses=(404,)),
    AdminRoute("GET", "/misses", misses, gives=Requests),
    AdminRoute("GET", "/unused", unused, gives=Responses),
    AdminRoute("POST", "/reset", reset, gives=Done),
)

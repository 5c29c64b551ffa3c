"""The responses of a room's script: list, add, replace, remove."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from openai_mock_api.config.compiler import flow_of
from openai_mock_api.config.load import load_responses
from openai_mock_api.config.model import MockResponse
from openai_mock_api.config.plain import plain
from openai_mock_api.errors import ApiError
from openai_mock_api.server.admin.visit import AdminRoute, Responses

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openai_mock_api.script.flows import Flow
    from openai_mock_api.script.script import Script
    from openai_mock_api.server.admin.visit import Visit

#: So many responses are named to who asks for another.
NAMED: Final = 20


def everything(visit: Visit) -> Responses:
    """List all responses, as a configuration writes them."""
    return _listed(visit.room.answering.script.flows)


def one(visit: Visit) -> dict[str, Any]:
    """Show one response."""
    return _written(known(visit.room.answering.script, visit.name))


def add(visit: Visit) -> Responses:
    """Add responses, in YAML or JSON. They win over older ones that fit as well."""
    added = _sent(visit)
    visit.room.add(added)
    return _listed(added)


def replace(visit: Visit) -> Responses:
    """Put responses in the place of all that there are."""
    sent = _sent(visit)
    visit.room.edit(lambda _: sent)
    return _listed(sent)


def replace_one(visit: Visit) -> dict[str, Any]:
    """Put a response in the place of the one that has its id."""
    sent = _sent(visit)
    if [flow.id for flow in sent] != [visit.name]:
        raise ApiError(400, f"Send one response, with the id '{visit.name}'.", code="invalid_responses")
    visit.room.edit(lambda script: _exchanged(script, visit.name, sent))
    return _written(sent[0])


def remove(visit: Visit) -> Responses:
    """Remove all responses: then every call is a miss."""
    visit.room.edit(lambda _: ())
    return _listed(())


def remove_one(visit: Visit) -> Responses:
    """Remove one response, and return it."""
    removed = known(visit.room.answering.script, visit.name)
    visit.room.edit(lambda script: _exchanged(script, visit.name, ()))
    return _listed([removed])


def _sent(visit: Visit) -> list[Flow]:
    """Read the body: JSON is data as it is, all else YAML like a file's. Raises ``ConfigError``."""
    try:
        source = msgspec.json.decode(visit.request.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        source = visit.request.body.decode("utf-8", "replace")
    loaded = load_responses(source)
    reply = visit.room.settings.reply
    return [flow_of(response, reply, loaded.origins.get(response.id)) for response in loaded.config.responses]


def _exchanged(script: Script, id_: str, flows: Iterable[Flow]) -> list[Flow]:
    """Return the flows of a script with others in the place of one. Raises ``ApiError`` 404."""
    old = known(script, id_)
    return [new for flow in script.flows for new in (flows if flow is old else (flow,))]


def known(script: Script, id_: str) -> Flow:
    """Return the flow of an id. Raises ``ApiError`` 404."""
    flow = script.by_id.get(id_)
    if flow is None:
        there = f"There are: {', '.join(list(script.by_id)[:NAMED])}." if script.by_id else "There is none."
        raise ApiError(404, f"There is no response '{id_}'. {there}", code="response_not_found")
    return flow


def _listed(flows: Iterable[Flow]) -> Responses:
    return Responses([_written(flow) for flow in flows])


def _written(flow: Flow) -> dict[str, Any]:
    written: dict[str, Any] = plain(flow.written)
    return written


ROUTES: Final = (
    AdminRoute("GET", "/responses", everything, gives=Responses),
    AdminRoute("POST", "/responses", add, takes=Responses, gives=Responses, status=201),
    AdminRoute("PUT", "/responses", replace, takes=Responses, gives=Responses),
    AdminRoute("DELETE", "/responses", remove, gives=Responses),
    AdminRoute("GET", "/responses/{response}", one, gives=MockResponse, refuses=(404,)),
    AdminRoute("PUT", "/responses/{response}", replace_one, takes=MockResponse, gives=MockResponse, refuses=(404,)),
    AdminRoute("DELETE", "/responses/{response}", remove_one, gives=Responses, refuses=(404,)),
)

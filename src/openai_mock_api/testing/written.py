"""A script as YAML, so that it can grow out of a test into a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET

from openai_mock_api.config.plain import plain
from openai_mock_api.config.settings import DEFAULT_KEY
from openai_mock_api.config.writing import yaml_of
from openai_mock_api.errors import MockError
from openai_mock_api.script.flows import Turn

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openai_mock_api.config.model import MockConfig
    from openai_mock_api.script.flows import Flow

#: What stands above a script in which functions answer.
_FUNCTIONS = (
    "# Functions of a test answer in {}.\n# They stand here as errors that name them: write what they say instead.\n"
)


def written(config: MockConfig, flows: Iterable[Flow]) -> str:
    """Write a configuration with these flows. Loading it gives the same script, but for functions that answer.

    Raises ``MockError`` when there is nothing to write.
    """
    flows = list(flows)
    if not flows:
        raise MockError("there are no responses to write; add some by `script` or `reply`")
    key = DEFAULT_KEY if config.api_key is UNSET and not config.api_keys else config.api_key
    whole = msgspec.structs.replace(config, responses=[flow.written for flow in flows], include=[], api_key=key)
    working = ", ".join(flow.id for flow in flows if _works(flow))
    data = plain(whole)
    responses = data.pop("responses")
    return (_FUNCTIONS.format(working) if working else "") + yaml_of({**data, "responses": responses})


def _works(flow: Flow) -> bool:
    turns = [step for step in flow.steps if isinstance(step, Turn)]
    return any(reply.work is not None for turn in turns for reply in turn.replies)

"""The pages on namespaces and admin routes tell all that there is, and nothing else."""

from __future__ import annotations

import inspect
import re

from openai_mock_api import AdminClient, AsyncAdminClient, Namespace
from openai_mock_api.mock import Mock
from openai_mock_api.server import namespaces
from openai_mock_api.server.admin import access, desk, gates, requests, responses
from openai_mock_api.server.admin.access import HEADER
from openai_mock_api.server.admin.desk import ROUTES
from openai_mock_api.server.namespaces import REMEMBERED
from openai_mock_api.server.room import LATE
from tests.docs.test_completeness import codes, names, page, public_names, table


def test_what_a_namespace_has_beside_the_verbs_of_a_mock() -> None:
    listed = names(table(page("namespaces.md"), "## Reference"))
    assert sorted(listed) == sorted({*public_names(Namespace)} - {*public_names(Mock)} | {"api_key"})


def test_the_verbs_of_the_client() -> None:
    listed = sorted(names(table(page("admin.md"), "## From Python")))
    assert listed == sorted(public_names(AdminClient)) == sorted(public_names(AsyncAdminClient))


def test_every_route() -> None:
    listed = codes(row[0] for row in table(page("admin.md"), "## The routes"))
    assert sorted(listed) == sorted(f"{route.method} /_mock{route.path}" for route in ROUTES)


def test_every_code_of_an_error() -> None:
    sources = "".join(map(inspect.getsource, (access, desk, gates, requests, responses, namespaces)))
    rows = [row for name in ("admin.md", "namespaces.md") for row in table(page(name), "## Errors")]
    assert set(re.findall(r'code="(\w+)"', sources)) == set(codes(row[1] for row in rows))


def test_the_numbers() -> None:
    assert f"last {REMEMBERED} closed namespaces" in page("namespaces.md")
    assert f"last {LATE} late requests" in page("namespaces.md")
    assert f"`{HEADER.decode()}`" in page("admin.md")

"""Commands that tests start serve through the adapter that the tests were told to use (``--adapter``)."""

from __future__ import annotations

import os
import sys

#: How a command of ours begins, or a worker of one.
OURS = ("openai_mock_api", "from multiprocessing.spawn")

if any(argument.startswith(OURS) for argument in sys.orig_argv[1:]):
    from tests.adapters import ADAPTERS

    from openai_mock_api.server import runner

    setattr(runner, "FastProtocol", ADAPTERS[os.environ["MOCK_TEST_ADAPTER"]])  # noqa: B010 - the name is not for writing

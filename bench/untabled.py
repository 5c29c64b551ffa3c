"""The command, but without the token tables, which it otherwise loads in the background: to see what they weigh."""

from __future__ import annotations

from openai_mock_api.cli import main
from openai_mock_api.script.tokens import counting as tokens

if __name__ == "__main__":
    tokens.load = lambda: None
    main()

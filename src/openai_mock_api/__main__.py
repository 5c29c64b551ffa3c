"""``python -m openai_mock_api`` is the command ``openai-mock-api``."""

from openai_mock_api.cli import main

if __name__ == "__main__":
    main()

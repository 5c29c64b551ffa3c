"""Commands that hold the mock to programs of others: OpenAI's own test suite, and the clients that people use.

Each installs what it needs into a virtual environment of its own below ``.scratch``, so that the project's stays as it
is.
"""

"""The wire formats of OpenAI's API: one folder for each family, and what they share.

A surface parses a request into a ``Call`` and renders a ``Reply`` into a ``Response``. Bad input leaves as
``ApiError`` in the words of the real API.
"""

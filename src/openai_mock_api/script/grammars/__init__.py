"""Grammars of custom tools, and texts that they accept."""

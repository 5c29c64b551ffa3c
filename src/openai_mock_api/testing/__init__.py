"""What a test does with a mock: it builds a script, and verifies what came. Pure Python over a room of the server."""

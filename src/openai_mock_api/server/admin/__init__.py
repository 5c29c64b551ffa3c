"""The admin routes: what a test in another process does with a mock, below ``/_mock``."""

"""The parts, one for each row of the budgets. Each has ``TITLE`` and ``measure(effort)``."""

"""Benchmarks: each budget of the design, measured, with a verdict.

``python -m bench [part …]`` runs them from the root of the repository; ``QUICK=1`` makes the rounds short. Results are
printed, kept as JSON in ``bench/results``, and placed into ``docs/benchmarks.md`` by ``python -m bench report``.
"""

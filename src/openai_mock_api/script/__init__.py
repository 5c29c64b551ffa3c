"""The conversation engine: pure functions from a call to what the assistant says.

Nothing here does I/O, knows a wire format, or reads configuration files. Built up in this order:
``messages`` and ``replies`` (values), ``matchers`` and ``conditions`` (one comparison each), ``flows`` (a
conversation), ``index`` (which flows are worth comparing), ``script`` (the choice), ``diagnosis`` (why nothing
was chosen), and beside them ``tokens``, ``pacing`` and ``generate``.
"""

"""The conversation engine: pure functions from a call to what the assistant says.

Nothing here does I/O, knows a wire format, or reads configuration files. Built up in this order:
``messages`` and ``replies`` (values), ``matching`` (one comparison each), ``flows`` (a conversation), ``search``
(which flows are worth comparing), ``script`` (the choice), ``diagnosis`` (why nothing was chosen), ``speech`` (a
reply within the limits of a call), and beside them ``templates``, ``tokens``, ``schemas``, ``inputs``, ``generate``.
"""

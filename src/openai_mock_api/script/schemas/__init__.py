"""JSON Schema: whether a value satisfies one, and values that do."""

"""What users write: the typed model, the reading of YAML, the checks, and the translation into a script."""

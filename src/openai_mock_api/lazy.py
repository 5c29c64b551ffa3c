"""Modules that are loaded when they are first used: they take longer to load than most commands take to run."""

from __future__ import annotations

import importlib
from typing import Any


class Lazy:
    """Stands for the module ``name``. Its first use loads the module; later ones find what they want right here."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        module = importlib.import_module(self._name)
        self.__dict__.update(vars(module))
        return getattr(module, attribute)

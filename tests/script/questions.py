"""Questions about fifty pages of Python's documentation (``pydoc_data.topics``), in other words than theirs."""

from __future__ import annotations

from typing import Final

#: For so many questions at least the right page comes first, and for so many it is among the first three.
FIRST: Final = 18
THREE: Final = 28

QUESTIONS: Final = {
    "assert": "Check that a condition holds while debugging, and fail otherwise",
    "assignment": "How do I bind a name to a value, or several names at once?",
    "augassign": "Adding to a variable in place with plus-equals",
    "await": "Pausing a coroutine until something finishes",
    "binary": "What do multiplication, division and modulo give for numbers?",
    "bitwise": "Combining integers bit by bit with and, or and xor",
    "booleans": "Which operand is returned by `and` and `or`?",
    "break": "Leaving a loop early",
    "calls": "Passing positional and keyword arguments when invoking a function",
    "class": "Defining my own class with base classes and decorators",
    "comparisons": "Is one object equal to, or smaller than, another?",
    "context-managers": "Writing an object that does something on entering and leaving a block",
    "continue": "Skipping to the next round of the loop",
    "conversions": "Which type results when an integer meets a float or a complex number?",
    "debugger": "Stepping through a program line by line with breakpoints",
    "del": "Removing a name or an item",
    "dict": "Making a dictionary out of keys and values",
    "exceptions": "What happens when an error occurs and nobody handles it?",
    "floating": "Writing decimal numbers with an exponent",
    "for": "Going over all elements of a list, one after the other",
    "formatstrings": "Aligning and padding text in replacement fields",
    "function": "Declaring a function with default values for parameters",
    "global": "Changing a module-level variable inside of a function",
    "identifiers": "Which characters may a variable name consist of?",
    "if": "Doing something only under a condition",
    "imaginary": "How to write complex numbers",
    "import": "Loading a module, or some names from a package",
    "in": "Testing whether a list contains an element",
    "integers": "Writing numbers in hexadecimal, octal or binary with underscores",
    "lambda": "A small anonymous function within an expression",
    "nonlocal": "Rebinding a variable of the enclosing function",
    "numeric-types": "Overloading the plus operator for my own class",
    "objects": "When are objects destroyed, and what is their identity?",
    "operator-summary": "Which operators bind most tightly?",
    "pass": "A placeholder that does nothing",
    "power": "Raising a number to an exponent",
    "raise": "Throwing an exception with a cause",
    "return": "Giving a result back to the caller",
    "shifting": "Moving bits to the left or to the right",
    "slicings": "Taking a part of a sequence from a start to a stop",
    "string-methods": "Upper case, splitting and stripping of text",
    "strings": "Escape sequences, raw strings and triple quotes",
    "try": "Catching errors and cleaning up in the end",
    "typesmapping": "Looking up, updating and removing the keys of a dictionary",
    "typesmodules": "Attributes of a loaded module and its namespace",
    "typesseq-mutable": "Appending to, extending and reversing a list",
    "unary": "The negative of a number, and inverting its bits",
    "while": "Repeating as long as an expression is true",
    "with": "Executing a block while a file or a lock is held open",
    "yield": "Producing values lazily from a generator",
}

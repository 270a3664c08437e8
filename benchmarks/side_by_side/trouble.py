"""The error that stops a comparison, and messages about its progress."""

import sys


class Trouble(Exception):
    """An error that leaves nothing to report. The text says what it is."""


def say(text):
    """Prints a message to standard error: only results go to standard output."""
    print(text, file=sys.stderr, flush=True)

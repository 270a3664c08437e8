"""What stops a comparison, and words on the way."""

import sys


class Trouble(Exception):
    """Something that leaves nothing to report; the text says what."""


def say(text):
    """A notice for whoever waits; results alone go to standard output."""
    print(text, file=sys.stderr, flush=True)

"""The error that ends a start: one clear sentence for whoever started it, exit code 2.

``frontend/__main__.py`` prints it; nothing else turns it into words.
"""


class StartError(Exception):
    """The server cannot start; the text says in one sentence why, and what to do."""

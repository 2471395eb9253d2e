"""Has a command know the modules of other packages, or not start at all: URLs and pipelines may depend on them."""

from __future__ import annotations

from frontend.start_error import StartError
from shared.plugins import Plugin, load_plugins


def start_with_plugins() -> tuple[Plugin, ...]:
    """Return them, added to the operations there are. Raises StartError when one is not what it should be."""
    found = load_plugins()
    if found.refusals:
        raise StartError("\n".join(f"{refusal}; mend or uninstall the package" for refusal in found.refusals))
    return found.plugins

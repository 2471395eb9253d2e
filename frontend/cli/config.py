"""``tintype config``: prints the settings in force and where each came from, secrets masked."""

import json

from frontend.settings_check import SETTINGS
from frontend.settings_sources import LoadedSettings

_HEADINGS = ("setting", "value", "origin")


def run(loaded: LoadedSettings, *, as_json: bool) -> int:
    """Print a table for people, or JSON for machines: seconds and bytes as plain numbers."""
    print(_json(loaded) if as_json else _table(loaded))
    return 0


def _table(loaded: LoadedSettings) -> str:
    rows = [_HEADINGS] + [
        (setting.key, setting.show(getattr(loaded.settings, name)), str(loaded.origins[name]))
        for name, setting in SETTINGS.items()
    ]
    key_width, value_width = (max(len(row[column]) for row in rows) for column in (0, 1))
    return "\n".join(f"{key:{key_width}}  {value:{value_width}}  {origin}" for key, value, origin in rows)


def _json(loaded: LoadedSettings) -> str:
    # The dump masks secrets by itself: that is what SecretStr is for.
    values = loaded.settings.model_dump(mode="json")
    described = {
        name: {"value": values[name], "origin": loaded.origins[name].kind, "from": loaded.origins[name].name}
        for name in SETTINGS
    }
    return json.dumps(described, indent=2)

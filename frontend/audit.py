"""The audit log: one line for each change to keys and images, and for each purge, saying who did what to what.

Who asked, from where and under which request id is bound to the log's context by the lane; a command of the shell
has neither.
"""

from __future__ import annotations

import structlog

_log = structlog.get_logger("audit")


def record(action: str, **facts: object) -> None:
    """Write the line of an action that is done, such as ``record("key.created", username="ada")``.

    Facts name what was changed; a key, a signature or a password is never one of them.
    """
    _log.info("audit", action=action, **facts)

"""Tells SVG by how a file begins; whether it is well-formed is for a worker to find out.

Extensions prove nothing: what is called .svg and begins like HTML is HTML.
"""

from __future__ import annotations

import re

_BOM = b"\xef\xbb\xbf"
# Each piece is possessive, and no piece begins like another: the time this takes grows with the text's length.
_BLANK = rb"[ \t\r\n]++"
_COMMENT = rb"<!--(?:[^-]|-(?!->))*+-->"
_INSTRUCTION = rb"<\?(?:[^?]|\?(?!>))*+\?>"
_DOCTYPE = rb"<!DOCTYPE[ \t\r\n]++(?:[\w.-]++:)?svg\b[^\[>]*+(?:\[[^\]]*+\][ \t\r\n]*+)?+>"
_ROOT = rb"<(?:[A-Za-z_][\w.-]*+:)?+svg[ \t\r\n/>]"
_SVG = re.compile(rb"(?:%s|%s|%s|%s)*+%s" % (_BLANK, _COMMENT, _INSTRUCTION, _DOCTYPE, _ROOT))


def is_svg(head: bytes) -> bool:
    """Whether a text begins so whose first element is ``svg``, after what XML allows to stand before it."""
    return _SVG.match(head.removeprefix(_BOM)) is not None

"""Reads the parameters of a query: the modern spelling, the classic one, and both mixed.

Names and ranges come from the declarations of the operations; only the classic spelling, in which a verb
(``filter=blur``) and its argument (``f_param=2``) are two parameters, is told here. What presets and pipelines
there are is ``shared/grammar.py``'s business.

In which order parameters stand says nothing: a signature is that of all orders. What is said twice is said alike.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from shared.composition import Composition
from shared.errors import BadParameterError
from shared.operation import Operation
from shared.operations import (
    Blur,
    Brightness,
    Contrast,
    Encode,
    Flip,
    Grayscale,
    Hue,
    Invert,
    Open,
    Resize,
    Rotate,
    Unsharp,
)
from shared.operations.registry import OPERATIONS, Target, target
from shared.parameters import parse_number
from shared.plan import parse_operations

MAX_PARAMETERS = 100
MAX_DOWNLOAD_CHARS = 200
MAX_PRESETS = 32
"""Each is as much work as a query of its own, and a name may be short."""

# Of the address, not of the image: what signs it.
_SIGNING = ("sig", "exp")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a query says, on its own.

    ``ignored`` are the names in it that mean nothing here, in order, each once. ``download`` is the name under
    which the result is to be saved: empty for the image's own, None where it is not to be saved.
    """

    composition: Composition
    presets: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    download: str | None = None

    @property
    def is_free(self) -> bool:
        """Whether it asks for something of its own, and not only for presets."""
        return bool(self.composition.values) or self.composition.chain is not None


def read_query(query: str) -> Asked:
    """Read the part of a URL behind ``?``, still percent-encoded.

    Raises BadParameterError for a value that is not allowed, for contradictions, and for more than
    ``MAX_PARAMETERS`` parameters.
    """
    reader = _Reader()
    for name, text in _pairs(query):
        reader.read(name, text)
    return reader.result()


def _pairs(query: str) -> list[tuple[str, str]]:
    count = query.count("&") + 1
    if count > MAX_PARAMETERS:
        raise BadParameterError.of("query", f"{count} parameters", f"at most {MAX_PARAMETERS} parameters")
    try:
        return parse_qsl(query, keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise BadParameterError.of("query", query, "percent-encoded UTF-8") from None


class _Argument(NamedTuple):
    """One field set by a classic verb: from the query parameter ``name``, or always to ``text``."""

    target: Target
    name: str = ""
    text: str = ""
    is_needed: bool = True


_CLASSIC_SIDES = {"resx": target(Resize, "width"), "resy": target(Resize, "height")}
_CLASSIC: dict[str, dict[str, tuple[_Argument, ...]]] = {
    "filter": {
        "blur": (_Argument(target(Blur, "sigma"), "f_param"),),
        "bw": (_Argument(target(Grayscale, "on"), text="1"),),
        "brighten": (_Argument(target(Brightness, "amount"), "f_param"),),
        "contrast": (_Argument(target(Contrast, "amount"), "f_param"),),
    },
    "transform": {
        "fliph": (_Argument(target(Flip, "axes"), text="h"),),
        "flipv": (_Argument(target(Flip, "axes"), text="v"),),
        "rotate": (_Argument(target(Rotate, "angle"), "t_param"),),
        "hue_rotate": (_Argument(target(Hue, "angle"), "t_param"),),
    },
    "process": {
        "invert": (_Argument(target(Invert, "on"), text="1"),),
        "unsharpen": (
            _Argument(target(Unsharp, "sigma"), "p1"),
            _Argument(target(Unsharp, "threshold"), "p2", is_needed=False),
        ),
    },
}
_CLASSIC_ARGUMENTS = ("f_param", "t_param", "p1", "p2")


class _Reader:
    """Collects parameters one by one and notices contradictions."""

    def __init__(self) -> None:
        self._values: dict[type[Operation], dict[str, Any]] = {}
        self._set_by: dict[tuple[type[Operation], str], str] = {}
        self._chain: tuple[Operation, ...] | None = None
        self._presets: tuple[str, ...] = ()
        self._download: str | None = None
        self._verbs: dict[str, str] = {}
        self._arguments: dict[str, str] = {}
        self._ignored: dict[str, None] = {}

    def read(self, name: str, text: str) -> None:
        """Take one parameter."""
        if name in OPERATIONS.targets:
            for each in OPERATIONS.targets[name]:
                self._set(each, name, text)
        elif name in _CLASSIC_SIDES:
            if not _is_zero(text):
                self._set(_CLASSIC_SIDES[name], name, text)
        elif name in _CLASSIC or name in _CLASSIC_ARGUMENTS:
            self._note_classic(name, text)
        elif name in _OF_THE_WHOLE:
            _OF_THE_WHOLE[name](self, text)
        elif name not in _SIGNING:
            self._ignored[name] = None

    def _note_classic(self, name: str, text: str) -> None:
        """Keep a verb or an argument until both are known."""
        if name in _CLASSIC:
            self._note(self._verbs, name, text.strip().lower())
        else:
            self._note(self._arguments, name, text)
            self._ignored[name] = None  # until a verb wants it

    def read_chain(self, text: str) -> None:
        """Take ``ops``."""
        chain = tuple(parse_operations(text))
        if self._chain not in (None, chain):
            raise BadParameterError.of("ops", text, "another ops is given too")
        self._chain = chain

    def read_presets(self, text: str) -> None:
        """Take ``preset``: a name, or several, of which each adds to the ones before."""
        presets = tuple(text.split(","))
        if len(presets) > MAX_PRESETS:
            raise BadParameterError.of("preset", text, f"at most {MAX_PRESETS} names with commas between")
        if self._presets not in ((), presets):
            raise BadParameterError.of("preset", text, "another preset is given too: join them by commas")
        self._presets = presets

    def read_download(self, text: str) -> None:
        """Take ``download``: the name of a file, or nothing for the image's own."""
        if len(text) > MAX_DOWNLOAD_CHARS or not text.isprintable() or "/" in text or "\\" in text:
            allowed = f"the name of a file, at most {MAX_DOWNLOAD_CHARS} characters without slashes, or nothing"
            raise BadParameterError.of("download", text, allowed)
        if self._download not in (None, text):
            raise BadParameterError.of("download", text, "another download is given too")
        self._download = text

    def result(self) -> Asked:
        """Apply the classic verbs, now that their arguments are known."""
        for name, verb in self._verbs.items():
            self._apply(name, verb)
        if self._chain is not None:
            self._check_chain_is_alone()
        return Asked(
            composition=Composition(values=self._values, chain=self._chain),
            presets=self._presets,
            ignored=tuple(self._ignored),
            download=self._download,
        )

    def _check_chain_is_alone(self) -> None:
        """A step beside the chain would have no place in its order."""
        for (kind, _), name in self._set_by.items():
            if kind not in (Open, Encode):
                raise BadParameterError(f"{name} stands beside ops: give it within ops, where its place is told")

    def _apply(self, name: str, verb: str) -> None:
        """Set what one classic verb says, with its arguments."""
        if verb not in _CLASSIC[name]:
            raise BadParameterError.of(name, verb, f"one of {', '.join(_CLASSIC[name])}")
        for argument in _CLASSIC[name][verb]:
            if not argument.name:
                self._set(argument.target, name, argument.text, shown=verb)
            elif argument.name in self._arguments:
                self._set(argument.target, argument.name, self._arguments[argument.name])
                self._ignored.pop(argument.name, None)
            elif argument.is_needed:
                allowed = f"{name}={verb} needs it, {argument.target.parameter.kind.allowed}"
                raise BadParameterError.of(argument.name, "", allowed)

    def _set(self, each: Target, name: str, text: str, *, shown: str | None = None) -> None:
        operation, item = each
        value = item.parse(text, given_as=name)
        values = self._values.setdefault(operation, {})
        if values.get(item.name, value) != value:
            shown = text if shown is None else shown
            raise BadParameterError.of(name, shown, f"{self._set_by[operation, item.name]} says otherwise")
        values[item.name] = value
        self._set_by[operation, item.name] = name

    def _note(self, notes: dict[str, str], name: str, text: str) -> None:
        if notes.setdefault(name, text) != text:
            raise BadParameterError.of(name, text, f"another {name} is given too")


_OF_THE_WHOLE: dict[str, Callable[[_Reader, str], None]] = {
    "ops": _Reader.read_chain,
    "preset": _Reader.read_presets,
    "p": _Reader.read_presets,
    "download": _Reader.read_download,
}


def _is_zero(text: str) -> bool:
    try:
        return parse_number(text) == 0
    except ValueError:
        return False

"""The most striking part of a picture: where there are edges, colours and skin that the rest of it has less of.

Every pixel scores for three things, each from 0 to 1:

* detail: the gradient of its lightness;
* colour: how far its strongest and its weakest channel are apart;
* skin: how near its colour is to that of skin, if it is bright enough: earth and asphalt are much like it.

Of each the picture's mean is taken away, for what is everywhere tells nothing: not the blue of a large sky, nor
the brown of an old print. A window scores the sum of its pixels, those at its edge half as much as those in its
middle, which brings what is striking to the middle. The three things, and the colour of skin, are those of
smartcrop.js by J. Wagner (MIT); the means, the weights and the search are not.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from shared.parameters import Point
from workers.focus.sliding import Numbers, best_centre, window_starts, window_sums

_DETAIL, _COLOUR, _SKIN = 2.0, 0.5, 2.0
_LUMA = np.array((0.299, 0.587, 0.114))
_SKIN_COLOUR = np.array((0.78, 0.57, 0.44))
_LEAST_LIKE_SKIN = 0.9
"""Colours farther from skin's score nothing; at 1 they are the same."""
_DARK, _BRIGHT = 0.3, 0.6
"""Up to the first lightness nothing is taken for skin, from the second on all that looks like it."""
_EDGE_LOSS = 0.5
_NOISE = 0.03
"""What the scores of an even texture vary by."""


def find(picture: Image.Image, share: Point) -> Point:
    """Say where the centre of the most striking window is, which is so large a share of the picture's sides."""
    importance = _importance(picture)
    return Point(_along(importance.sum(axis=0), share.x), _along(importance.sum(axis=1), share.y))


def _importance(picture: Image.Image) -> Numbers:
    """What each pixel scores."""
    colours = np.asarray(picture.convert("RGB"), np.float64) / 255
    detail = np.minimum(_gradient(colours @ _LUMA), 1.0)
    chroma = colours.max(axis=2) - colours.min(axis=2)
    return _DETAIL * _beyond_mean(detail) + _COLOUR * _beyond_mean(chroma) + _SKIN * _beyond_mean(_skin(colours))


def _gradient(luma: Numbers) -> Numbers:
    """How much lightness changes from a pixel's neighbours on one side to those on the other."""
    framed = np.pad(luma, 1, "edge")
    across = framed[1:-1, 2:] - framed[1:-1, :-2]
    down = framed[2:, 1:-1] - framed[:-2, 1:-1]
    gradient: Numbers = np.hypot(across, down) / 2
    return gradient


def _skin(colours: Numbers) -> Numbers:
    length = np.linalg.norm(colours, axis=2, keepdims=True)
    directions = colours / np.maximum(length, 1e-6)
    likeness = 1.0 - np.linalg.norm(directions - _SKIN_COLOUR / np.linalg.norm(_SKIN_COLOUR), axis=2)
    like = np.clip((likeness - _LEAST_LIKE_SKIN) / (1.0 - _LEAST_LIKE_SKIN), 0.0, 1.0)
    skin: Numbers = like * np.clip((colours @ _LUMA - _DARK) / (_BRIGHT - _DARK), 0.0, 1.0)
    return skin


def _beyond_mean(plane: Numbers) -> Numbers:
    beyond: Numbers = np.maximum(plane - plane.mean(), 0.0)
    return beyond


def _along(scores: Numbers, share: float) -> float:
    """Where the best window's centre is along one side, whose lines have these scores."""
    places = (np.arange(len(scores)) + 0.5) / len(scores)
    moments = np.stack((scores, scores * places, scores * places**2), axis=1)
    all_of_it, first, second = window_sums(moments, share).T
    centres = window_starts(share) + share / 2
    off_centre = (second - 2 * centres * first + centres**2 * all_of_it) / (share / 2) ** 2
    return best_centre(np.maximum(all_of_it - _EDGE_LOSS * off_centre, 0.0), share, noise=_NOISE)

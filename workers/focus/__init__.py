"""Gravity that looks at the picture: ``smart``, ``entropy`` and ``face`` find what a crop is to keep in view.

One question, one answer: ``focus_point`` in ``point.py``. The pixels that are looked at are ``glance.py``'s, each
way of looking has a file of its own, and ``sliding.py`` compares the places where the crop's window can lie.
"""

from workers.focus.point import focus_point, least_px

__all__ = ["focus_point", "least_px"]

"""What browsers and CDNs are told about keeping an image. Sources: RFC 9111, RFC 5861, RFC 8246."""

from __future__ import annotations

import math

from frontend.originals import Standing
from frontend.settings import DeliverySettings


class CachePolicy:
    """``Cache-Control`` by what an image's name promises."""

    def __init__(self, settings: DeliverySettings) -> None:
        self._ages_s = {
            Standing.DROP_IN: settings.max_age_s,
            Standing.NAMED: settings.library_max_age_s,
            Standing.GENERATED: settings.generated_max_age_s,
            Standing.PRIVATE: settings.library_max_age_s,
        }
        stale = f", stale-while-revalidate={settings.stale_while_revalidate_s:.0f}"
        self._more = {Standing.PRIVATE: "", Standing.DROP_IN: stale, Standing.NAMED: stale}

    def control(self, *standings: Standing, ends_in_s: float | None = None) -> str:
        """The field's value, for an image and those laid upon it: what each of them allows.

        ``ends_in_s`` is how long the address is good for, if it ends at all.
        """
        whom = "private" if Standing.PRIVATE in standings else "public"
        age_s = min(self._ages_s[standing] for standing in standings)
        more = next((more for standing, more in self._more.items() if standing in standings), ", immutable")
        if ends_in_s is not None and ends_in_s < age_s:
            # Nothing stale either: who may not ask any more shall not be given it by a cache.
            age_s, more = max(0.0, ends_in_s), ""
        # Whole seconds, and none that there is not.
        return f"{whom}, max-age={math.floor(age_s)}{more}"

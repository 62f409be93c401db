"""The part of the car's power that is worth importing, from the prices."""

from __future__ import annotations

from optimizer.model.state import Prices

LARGEST = 0.9


def grid_share_of(import_ct: float, feed_in_ct: float, alternative_ct: float) -> float:
    """Largest part of the car's power that is worth importing, 0–0.9, at these prices in ct/kWh.

    An imported kWh costs λ = (import − alternative) / (alternative − feed-in) times the gain of a kWh of surplus.
    The share is 1 / (1 + λ). It is 0 if a kWh of surplus gains nothing.
    """
    loss, gain = import_ct - alternative_ct, alternative_ct - feed_in_ct
    if loss <= 0.0:
        return LARGEST
    if gain <= 0.0:
        return 0.0
    share = gain / (gain + loss)
    return share if share < LARGEST else LARGEST


def grid_share_now(prices: Prices, usual: float) -> float:
    """The share at the prices of the moment. `usual` while one of them is unknown."""
    import_ct, feed_in_ct = prices.import_ct.value, prices.feed_in_ct.value
    alternative_ct = prices.alternative_ct.value
    if import_ct is None or feed_in_ct is None or alternative_ct is None:
        return usual
    return grid_share_of(import_ct, feed_in_ct, alternative_ct)

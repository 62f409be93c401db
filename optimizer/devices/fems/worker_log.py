"""`ApiWorkerLog` of the REST controller: which written values stand, as the last cycle of the Edge applied them."""

from __future__ import annotations

from optimizer.devices.fems.channels import LOG, Channels


def standing(channels: Channels) -> dict[str, str] | None:
    """The value in force by address (`ess0/SetActivePowerEquals`); None where the Edge does not tell.

    An Edge before its first cycle, or without the channel, does not tell. The log stands still while the map holds a
    value that is no number: what it shows then is what stood before.
    """
    logs = [text for address, text in channels.items() if address.endswith(f"/{LOG}") and isinstance(text, str)]
    if not logs:
        return None
    found: dict[str, str] = {}
    for entry in "|".join(logs).split("|"):
        address, colon, value = entry.partition(":")
        if colon and "/" in address:
            found[address] = value
    return found

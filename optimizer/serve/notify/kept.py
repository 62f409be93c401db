"""KeptNotices: the memory of the policy in a small file, so that a restart sends nothing twice."""

from __future__ import annotations

import json
import logging
from typing import Any

from optimizer.journal.kept_file import KeptFiles
from optimizer.serve.notify.policy import Followed, Open
from optimizer.serve.trouble_kinds import KINDS
from optimizer.words.text import from_json, to_json

log = logging.getLogger(__name__)

FILE_NAME = "notifications.json"
MAX_BYTES = 1_048_576


class KeptNotices:
    """The file. Without a disk the service goes on, and may repeat messages after a restart."""

    def __init__(self, files: KeptFiles) -> None:
        self._file = files.file(FILE_NAME, MAX_BYTES, "notifications may come twice after a restart")
        self._kept: object = None

    def load(self) -> Followed:
        """The memory. Empty if there is no file, or if it is damaged."""
        try:
            found = json.loads(self._file.read())
            open_ = {str(key): _open(one) for key, one in found["open"].items() if one["kind"] in KINDS}
            return Followed(str(found["day"]), int(found["sent"]), open_, str(found.get("rules", "")))
        except FileNotFoundError:
            return Followed()
        except (OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
            log.error("%s cannot be read, so some notifications may come twice: %s", self._file.path, error)
            return Followed()

    def save(self, followed: Followed) -> None:
        """Replace the file if a message was sent or its trouble has ended. Figures and short troubles do not count."""
        sent = {key: one for key, one in followed.open.items() if one.told_s is not None}
        news = (followed.day, followed.sent, followed.rules, {key: one.told_s for key, one in sent.items()})
        if news == self._kept:
            return
        self._kept = news
        document = {
            "day": followed.day,
            "sent": followed.sent,
            "rules": followed.rules,
            "open": {
                key: {
                    "kind": one.kind,
                    "text": one.text,
                    "words": to_json(one.text),
                    "since_s": one.since_s,
                    "told_s": one.told_s,
                }
                for key, one in sent.items()
            },
        }
        self._file.replace(json.dumps(document).encode(), force=False)


def _open(document: Any) -> Open:
    return Open(
        kind=str(document["kind"]),
        text=from_json(str(document["text"]), document["words"]),
        since_s=float(document["since_s"]),
        told_s=float(document["told_s"]),
    )

"""Identity: the id of this installation in Home Assistant, and what was published there, kept in a small file."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from uuid import uuid4

from optimizer.journal.state_file import read_state_file, replace_state_file
from optimizer.serve.outputs.discovery import Components

log = logging.getLogger(__name__)

FILE_NAME = "home_assistant.json"
MAX_BYTES = 262_144
ID_LENGTH = 12


class Identity:
    """The file. It is made when it is first needed."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME
        self.id, self.published = self._read()

    def remember(self, published: Components) -> None:
        """Keep what is published now, so that a later start can remove it."""
        self.published = published
        document = {"id": self.id, "published": published}
        try:
            replace_state_file(self._path, json.dumps(document).encode())
        except OSError as error:
            log.error("the identity for Home Assistant cannot be kept, so a restart makes new entities: %s", error)

    def _read(self) -> tuple[str, Components]:
        try:
            found = json.loads(read_state_file(self._path, MAX_BYTES))
            identity = found["id"]
            published = {
                str(topic): {str(key): str(platform) for key, platform in components.items()}
                for topic, components in found["published"].items()
            }
            if not isinstance(identity, str) or not identity.isalnum() or not identity.isascii():
                raise ValueError("its id is damaged")
        except FileNotFoundError:
            return _new(), {}
        except (OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
            log.error("%s cannot be read (%s); Home Assistant gets new entities", self._path, error)
            return _new(), {}
        return identity, published


def _new() -> str:
    return uuid4().hex[:ID_LENGTH]

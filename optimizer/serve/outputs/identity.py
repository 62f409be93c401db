"""Identity: the id of this installation in Home Assistant, and what was published there, kept in a small file."""

from __future__ import annotations

import json
import logging
from uuid import uuid4

from optimizer.journal.kept_file import KeptFiles
from optimizer.serve.outputs.discovery import Components

log = logging.getLogger(__name__)

FILE_NAME = "home_assistant.json"
MAX_BYTES = 262_144
ID_LENGTH = 12


class Identity:
    """The file. It is made when it is first needed."""

    def __init__(self, files: KeptFiles) -> None:
        loss = "the identity for Home Assistant cannot be kept, so a restart makes new entities"
        self._file = files.file(FILE_NAME, MAX_BYTES, loss)
        self.id, self.published = self._read()

    def remember(self, published: Components) -> None:
        """Keep what is published now, so that a later start can remove it."""
        self.published = published
        self._file.replace(json.dumps({"id": self.id, "published": published}).encode())

    def _read(self) -> tuple[str, Components]:
        try:
            found = json.loads(self._file.read())
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
            log.error("%s cannot be read (%s); Home Assistant gets new entities", self._file.path, error)
            return _new(), {}
        return identity, published


def _new() -> str:
    return uuid4().hex[:ID_LENGTH]

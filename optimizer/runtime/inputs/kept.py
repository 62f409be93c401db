"""KeptInputs: the values that were set by hand, in a small file, with who set them and when."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from optimizer.journal.codec import CodecError, decode, encode
from optimizer.journal.kept_file import KeptFiles
from optimizer.model.state import InputValue
from optimizer.words.text import Text

FILE_NAME = "inputs.json"
BY_HAND = Text("Inputs set by hand are not on the disk yet")
MAX_BYTES = 262_144

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class KeptInput:
    """One value as the file has it."""

    value: InputValue
    by: str
    """Who set it."""
    at: datetime
    """When, aware UTC."""
    at_s: float = 0.0
    """When, in monotonic s of `boot`: exact while the machine has not been started anew."""
    boot: str = ""


class KeptInputs:
    """The file. Without a disk the service goes on."""

    def __init__(self, files: KeptFiles) -> None:
        self._file = files.file(FILE_NAME, MAX_BYTES, "inputs are not kept over a restart", BY_HAND)

    @property
    def failed(self) -> str:
        """The reason why the file cannot be written. Empty if it can."""
        return self._file.failed

    def load(self) -> dict[str, KeptInput]:
        """The values by the names of the inputs. Empty if there is no file, or if it is damaged."""
        try:
            kept: dict[str, KeptInput] = decode(Mapping[str, KeptInput], json.loads(self._file.read()))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError, CodecError) as error:
            log.error("inputs in %s cannot be read, so values set by hand are forgotten: %s", self._file.path, error)
            return {}
        return kept

    def save(self, kept: Mapping[str, KeptInput]) -> None:
        """Replace the file."""
        self._file.replace(json.dumps(encode(Mapping[str, KeptInput], kept)).encode())

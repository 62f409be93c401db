"""KeptInputs: the values that were set by hand, in a small file, with who set them and when."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from optimizer.journal.codec import CodecError, decode, encode
from optimizer.journal.state_file import read_state_file, replace_state_file
from optimizer.model.state import InputValue

FILE_NAME = "inputs.json"
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
    """The file. Without a disk the service goes on, and `failed` has the reason."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME
        self.failed = ""
        """Why the file cannot be written. Empty if it can."""

    def load(self) -> dict[str, KeptInput]:
        """The values by the names of the inputs. Empty if there is no file, or if it is damaged."""
        try:
            content = read_state_file(self._path, MAX_BYTES + 1)
            if len(content) > MAX_BYTES:
                raise CodecError(f"it is larger than {MAX_BYTES} bytes")
            kept: dict[str, KeptInput] = decode(Mapping[str, KeptInput], json.loads(content))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError, CodecError) as error:
            log.error("inputs in %s cannot be read, so values set by hand are forgotten: %s", self._path, error)
            return {}
        return kept

    def save(self, kept: Mapping[str, KeptInput]) -> None:
        """Replace the file."""
        document = encode(Mapping[str, KeptInput], kept)
        try:
            replace_state_file(self._path, json.dumps(document).encode())
        except OSError as error:
            log.error("inputs are not kept over a restart: %s", error)
            self.failed = str(error)
        else:
            self.failed = ""

"""The form of times in all documents of the JSON API."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

Time = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
"""ISO 8601 with offset."""

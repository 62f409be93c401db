"""Answers that are without a Prometheus document end in one clear error."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from optimizer.study.input.mapping import Source
from optimizer.study.input.prometheus import fetch
from optimizer.study.input.series import StudyError

START = datetime(2025, 6, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 200_000,
        b'{"status": "success", "data": {"result": [{"values": ' + b"[" * 200_000,
        b'{"a": ' * 100_000,
        b'{"status": "success", "data": {"result": {"a": 1}}}',
        b'{"status": "success", "data": {"result": [{"values": [[1]]}]}}',
        b'{"status": "success", "data": {"result": "x"}}',
        b'{"status": "success", "data": {"result": [{"values": [["1e999", "nan"], [1, [2]]]}]}}',
        b"null",
        b"\xff\xfe",
        b"",
    ],
    ids=range(10),
)
def test_a_hostile_answer_is_said_with_the_address(body: bytes) -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(200, content=body))
    with pytest.raises(StudyError, match=r"http://prom\.example/api/v1/query_range answered with status 200"):
        fetch("http://prom.example", {"grid": Source("g", 1.0)}, START, START + timedelta(hours=1), transport=transport)

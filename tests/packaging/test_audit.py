"""The audit of what is locked: it finds what it is meant to find, and says what it could not check."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).parents[2]


def _loaded() -> ModuleType:
    spec = importlib.util.spec_from_file_location("audit", ROOT / "requirements" / "audit.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


audit = _loaded()
Handler = Callable[[httpx.Request], httpx.Response]
BAD: dict[str, Any] = {"id": "PYSEC-0", "fixed_in": ["9.9"], "link": "https://example.org/0", "withdrawn": None}


def audited(handler: Handler, root: Path = ROOT) -> tuple[bool, str]:
    """Whether all is well with such an index, and what was said."""
    said: list[str] = []
    with httpx.Client(transport=httpx.MockTransport(handler)) as client:
        well = audit.audit(root, client, said.append)
    return well, "\n".join(said)


def knows(name: str = "", yanked: bool = False, **found: Any) -> Handler:
    """An index that knows something against one package."""

    def answer(request: httpx.Request) -> httpx.Response:
        hit = request.url.path.startswith(f"/pypi/{name}/") if name else False
        return httpx.Response(
            200, json={"info": {"yanked": hit and yanked}, "vulnerabilities": [BAD | found] if hit and found else []}
        )

    return answer


def test_the_lock_is_sound_and_nothing_is_known_against_it() -> None:
    well, said = audited(knows())
    assert well
    assert "nothing is known against them" in said
    assert "NOT CHECKED" not in said


def test_a_vulnerability_fails_and_one_that_was_withdrawn_does_not() -> None:
    well, said = audited(knows("httpx", id="PYSEC-1"))
    assert not well
    assert "PYSEC-1, mended in 9.9" in said
    assert audited(knows("httpx", id="PYSEC-1", withdrawn="2026-01-01"))[0]


def test_a_yanked_release_fails() -> None:
    well, said = audited(knows("lark", yanked=True))
    assert not well
    assert "was yanked" in said


def gone(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("no route", request=request)


@pytest.mark.parametrize(
    "handler",
    [
        gone,
        lambda request: httpx.Response(404, text="not here"),
        lambda request: httpx.Response(200, json={"info": {}}),
        lambda request: httpx.Response(200, text="<html>"),
    ],
)
def test_an_index_that_cannot_tell_is_said_and_asked_once(handler: Handler) -> None:
    asked: list[str] = []

    def counted(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return handler(request)

    well, said = audited(counted)
    assert well
    assert "NOT CHECKED for known vulnerabilities" in said
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("file", "before", "after", "what"),
    [
        ("requirements/run.txt", "--hash=sha256:", "--hash=md5:", "is not held by hashes alone"),
        ("requirements/run.txt", "httpx==", "httpx>=", "is not a package with its version"),
        ("requirements/dev.txt", "aiomqtt==", "--index-url https://example.org\naiomqtt==", "is not a package with"),
        ("uv.lock", "https://pypi.org/simple", "https://example.org/simple", "is from https://example.org/simple"),
        ("uv.lock", 'hash = "sha256:', 'hash = "', "has no hash"),
        ("pyproject.toml", '"httpx>=0.28"', '"httpx>=0.28", "left-pad>=1"', "left-pad>=1 is not locked"),
    ],
)
def test_a_lock_that_is_not_sound_fails_without_an_index_too(
    file: str, before: str, after: str, what: str, tmp_path: Path
) -> None:
    for name in ("pyproject.toml", "uv.lock", *(f"requirements/{name}.txt" for name in audit.FILES)):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    text = (tmp_path / file).read_text()
    assert before in text
    (tmp_path / file).write_text(text.replace(before, after, 1))
    well, said = audited(gone, tmp_path)
    assert not well
    assert what in said

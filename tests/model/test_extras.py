"""The advice to install parts that not every house needs."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import pytest

from optimizer.model import extras
from optimizer.study import bound
from optimizer.study.input.series import StudyError

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]


def test_the_hint_names_the_python_of_this_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda *_: True)
    assert extras.how_to_install("numpy>=2.0") == f"{sys.executable} -m pip install 'numpy>=2.0'"
    monkeypatch.setattr("os.access", lambda *_: False)
    assert extras.how_to_install("numpy>=2.0").startswith("sudo ")


def test_the_requirements_are_those_of_the_extras() -> None:
    assert PROJECT["optional-dependencies"] == {
        "study": [extras.NUMPY, extras.WEBSOCKETS],
        "dask": [extras.DASK],
        "notify": [extras.NOTIFY],
    }


def test_a_bound_without_numpy_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numpy", None)
    with pytest.raises(StudyError, match=r"the bound needs numpy: .* -m pip install 'numpy>=2\.0'"):
        bound.numpy()

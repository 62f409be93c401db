"""The docstrings under the fields of a class: the descriptions of the settings.

Python does not keep them. They are read from the source when somebody asks, because the service starts without them.
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Mapping
from functools import cache

from pydantic import BaseModel, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue


def described(kind: type[BaseModel], schema: JsonSchemaValue, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
    """The JSON schema of a section, with the docstrings of its fields as descriptions."""
    properties = handler.resolve_ref_schema(schema).get("properties", {})
    for name, text in meanings(kind).items():
        field = kind.model_fields.get(name)
        if field is not None and field.description is None:
            properties[field.alias or name]["description"] = text
    return schema


def meanings(kind: type) -> dict[str, str]:
    """The docstring of each field of a class and of its bases. A field that is declared again has its own or none."""
    found: dict[str, str] = {}
    for one in reversed(kind.__mro__):
        docs = _of_module(one.__module__).get(one.__qualname__)
        if docs is not None:  # a class that is made while the program runs has no source
            found = {name: text for name, text in found.items() if name not in inspect.get_annotations(one)} | docs
    return found


@cache
def _of_module(name: str) -> Mapping[str, dict[str, str]]:
    """The docstrings of the fields of each class in a module, by the qualified name of the class."""
    try:
        tree = ast.parse(inspect.getsource(sys.modules[name]))
    except (KeyError, OSError, TypeError):  # it has no source
        return {}
    return {one.name: _of_class(one) for one in tree.body if isinstance(one, ast.ClassDef)}


def _of_class(tree: ast.ClassDef) -> dict[str, str]:
    found: dict[str, str] = {}
    previous: ast.stmt | None = None
    for statement in tree.body:
        match previous, statement:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                found[name] = inspect.cleandoc(text)
        previous = statement
    return found

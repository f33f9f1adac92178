"""The JSON Schema (draft 2020-12) of the YAML form, from the keys and the parts: for editors.

It knows the skeleton, and how a part or a period is written; what stands in expressions `nlc check` knows.
"""

from __future__ import annotations

from typing import Any

from nlc.parts.describe import every
from nlc.parts.fields import Key, keys

Schema = dict[str, Any]

NAME = "^[A-Za-z][A-Za-z0-9_]{0,63}$"
DOTTED = r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z0-9_]+)*$"
PERIOD = r"^every\s+([\s\S]*\s)?(token|sequence|step)s?$"
LENGTH = r"^[\s\S]+\stokens?$"
PART = r"^[A-Za-z][A-Za-z0-9_]*(\s*\([\s\S]*\))?(\s+every\s[\s\S]*)?$"
TEXT: Schema = {"type": ["string", "number", "boolean"]}
SHAPE: Schema = {"type": ["string", "number", "null", "array"], "items": {"type": ["string", "number"]}}
WORDS: Schema = {"type": "array", "items": {"type": "string", "pattern": NAME}}
NEEDED = {"memory": ["structure", "objective", "update"], "model": ["objective"]}
"""Fields without a default."""


def schema() -> Schema:
    """The whole, as it is written to grammar/schema.json."""
    file, form = keys()["file"], keys()["form"]
    like = _said(form["like"], {"type": "string", "pattern": NAME})
    memory = _object({**_forms(form, "in", "for", "body"), "like": like, **_fields("memory")})
    memory["anyOf"] = [{"required": ["like"]}, {"required": NEEDED["memory"]}]
    inner = {**_forms(form, "in", "with", "body"), "memory": _said(form["memory"], _named(_ref("memory")))}
    kinds = {
        "block": _object({**inner, "scan": _said(form["scan"], {"type": "string", "pattern": LENGTH})}),
        "model": _object({**inner, **_fields("model")}, NEEDED["model"]),
        "optimizer": _object({**inner, **_fields("optimizer")}),
        "schedule": _named(TEXT, DOTTED),
    }
    top = {
        "nl": {"enum": [1, "1"]},
        "use": {"type": "object", "additionalProperties": WORDS},
        "dim": _named({"type": ["integer", "string"]}),
        "param": _named(_param()),
        **{kind: _named(found) for kind, found in kinds.items()},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A spec of nlc in YAML",
        **_object({name: _said(file[name], found) for name, found in top.items()}, ["nl"]),
        "$defs": {"memory": memory, **{f"{kind} part": _part(kind) for kind in _kinds()}},
    }


def _object(properties: Schema, required: list[str] | None = None) -> Schema:
    found: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**found, "required": required} if required else found


def _named(value: Schema, pattern: str = NAME) -> Schema:
    """A map from names to values of one kind."""
    return {"type": "object", "patternProperties": {pattern: value}, "additionalProperties": False}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name.replace(' ', '%20')}"}


def _said(key: Key, found: Schema) -> Schema:
    """With what an editor shows when one points at it."""
    return {"description": f"{key.about}\n\nDefault: {key.default}.", **found}


def _param() -> Schema:
    domain: Schema = {"type": ["string", "array"], "items": TEXT}
    return {"anyOf": [TEXT, _object({"default": TEXT, "in": domain}, ["default"])]}


def _forms(form: Any, *names: str) -> Schema:
    """Keys of a form that are no fields."""
    made: Schema = {
        "in": _named(SHAPE),
        "with": _named(TEXT),
        "for": {**_named({"type": [*TEXT["type"], "array"], "items": TEXT}), "maxProperties": 1},
        "body": {"type": "array", "items": {"type": "string"}},
    }
    return {name: _said(form[name], made[name]) for name in names}


def _fields(place: str) -> Schema:
    return {name: _said(key, _field(key)) for name, key in keys()[place].items()}


def _field(key: Key) -> Schema:
    if key.part:
        return _ref(f"{key.part} part")
    return {"type": "string", "pattern": PERIOD} if key.name in ("update", "anchor") else TEXT


def _kinds() -> list[str]:
    """The kinds of part that stand in a field."""
    return list(dict.fromkeys(key.part for found in keys().values() for key in found.values() if key.part))


def _part(kind: str) -> Schema:
    """Each part by its name, which an editor can offer; or a part with arguments, or a param for one."""
    offered = [
        {"const": part.name, "description": f"{part.signature}\n\n{part.about}\n\nSource: {part.source}."}
        for part in every(kind)
    ]
    return {"anyOf": [*offered, {"type": "string", "pattern": PART}]}

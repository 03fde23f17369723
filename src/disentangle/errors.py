"""What a user is told when something given to us cannot be used: one sentence, what is wrong and what to write instead."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

Model = TypeVar("Model", bound=BaseModel)


class InputError(Exception):
    """Bad input; the message is the sentence."""


def checked(model: type[Model], values: Any, place: str, beside: Sequence[str] = ()) -> Model:
    """Validate ``values`` against ``model``; ``place`` is the dotted prefix of the keys in the message.

    ``beside`` are keys that may stand at the same place and are read by somebody else.

    Raises InputError with one sentence on the first offence.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise InputError(_sentence(model, error.errors()[0], place, beside)) from None


def choose(name: str, known: Sequence[str], what: str) -> str:
    """``name`` if it is known.

    Raises InputError that lists what is known and suggests the nearest.
    """
    if name in known:
        return name
    raise InputError(f"{what} {name!r} does not exist; {_choice(name, known)}.")


# What to write instead, where pydantic's own words do not say it.
INSTEAD = {
    "missing": "write a value for it",
    "too_short": "write at least one entry",
    "string_pattern_mismatch": "write letters, digits, _ and -, the first a letter or digit",
    **dict.fromkeys(("model_type", "model_attributes_type", "dict_type"), "write names and values below it, as in name: value"),
}


def _sentence(model: type[BaseModel], error: Any, place: str, beside: Sequence[str]) -> str:
    key = ".".join([place, *map(str, error["loc"])])
    if error["type"] == "extra_forbidden":
        *above, last = error["loc"]
        there = _reached(model, above)
        inside = [f"{name}.{last}" for name in sorted(_fields(there)) if last in _fields(there.model_fields[name].annotation)]
        known = sorted(_fields(there) | (set() if above else set(beside)))
        return f"{key} is not a setting; {_choice(str(last), known, inside)}."
    said = "missing" if error["type"] == "missing" else repr(error["input"])
    return f"{key} is {said}; {INSTEAD.get(error['type'], error['msg'][0].lower() + error['msg'][1:])}."


def _reached(model: Any, location: Sequence[Any]) -> Any:
    """What is written at a place below a model: follows it down the models' annotations."""
    for step in location:
        annotation = model.model_fields[step].annotation if step in _fields(model) else model
        inner = (a for a in get_args(annotation) if hasattr(a, "model_fields"))
        model = annotation if hasattr(annotation, "model_fields") else next(inner, annotation)
    return model


def _fields(model: Any) -> set[str]:
    return set(getattr(model, "model_fields", {}))


def _choice(name: str, known: Sequence[str], elsewhere: Sequence[str] = ()) -> str:
    near = [*elsewhere, *get_close_matches(name, known, n=1)]
    allowed = "allowed: " + ", ".join(known)
    return f"did you mean {near[0]!r}? ({allowed})" if near else allowed

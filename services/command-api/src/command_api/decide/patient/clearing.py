"""Which fields of an update may be changed but not cleared: null is refused, and the document says so."""

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict

Update = TypeVar("Update", bound=BaseModel)


def refuse_clearing(command: Update, *fields: str) -> Update:
    """``command``, unless one of these fields is given as null. Raises ValueError."""
    for field in fields:
        if field in command.model_fields_set and getattr(command, field) is None:
            raise ValueError(f"{field} can be changed but not cleared")
    return command


def never_null(*fields: str) -> ConfigDict:
    """Says in the document what ``refuse_clearing`` does."""

    def say(schema: dict[str, Any]) -> None:
        for field in fields:
            described = schema["properties"][field]
            del described["default"]
            described |= next(kind for kind in described.pop("anyOf") if kind != {"type": "null"})

    return ConfigDict(json_schema_extra=say)

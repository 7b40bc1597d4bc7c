"""Bodies of changes: what is left out stays, and null clears it, but for what can't be without a value."""

from typing import Any, ClassVar, Self

from pydantic import BaseModel, GetJsonSchemaHandler, model_validator


class Changes(BaseModel):
    """Refuses null for the fields of ``never_null``; the document says so, too."""

    never_null: ClassVar[tuple[str, ...]] = ()

    @model_validator(mode="after")
    def _stay(self) -> Self:
        for field in self.never_null:
            if field in self.model_fields_set and getattr(self, field) is None:
                raise ValueError(f"{field} can be changed but not cleared")
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        schema = handler(core_schema)
        properties = handler.resolve_ref_schema(schema)["properties"]
        for field in cls.never_null:
            described = properties[field]
            if "anyOf" in described:
                del described["default"]
                described |= next(kind for kind in described.pop("anyOf") if kind != {"type": "null"})
        return schema

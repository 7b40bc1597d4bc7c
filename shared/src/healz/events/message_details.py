"""What a message holds that is no text: a place, a card, a tap on a button. Each says its ``kind``, the media type."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from healz.events.fields import NO_NUL
from healz.events.json_kinds import number, whole

MediaType = Literal[
    "text",
    "image",
    "audio",
    "document",
    "video",
    "sticker",
    "location",
    "contacts",
    "reaction",
    "button",
    "list",
    "order",
    "unsupported",
]
CONTACTS_MAX, PHONES_MAX, ITEMS_MAX = 20, 10, 50
TEXT_LENGTH_MAX = 255
Said = Annotated[str, StringConstraints(max_length=TEXT_LENGTH_MAX, pattern=NO_NUL)]
Number = BeforeValidator(number)


class Details(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FileDetails(Details):
    """A picture, a voice, a film, a paper or a sticker, as the provider names it; the file itself is not kept."""

    kind: Literal["image", "audio", "document", "video", "sticker"]
    """The media type."""
    file_id: Said | None = None
    """The provider's id of the file."""
    file_name: Said | None = None
    """What the sender calls it."""
    mime_type: Said | None = None
    """Its format, like ``image/jpeg``."""


class LocationDetails(Details):
    """A place."""

    kind: Literal["location"]
    """The media type."""
    latitude: Annotated[float, Field(ge=-90, le=90), Number]
    """Degrees north of the equator."""
    longitude: Annotated[float, Field(ge=-180, le=180), Number]
    """Degrees east of Greenwich."""
    name: Said | None = None
    """What is there."""
    address: Said | None = None
    """Where that is."""


class Card(Details):
    """One person's card."""

    name: Said
    """What they are called."""
    phones: Annotated[tuple[Said, ...], Field(max_length=PHONES_MAX)] = ()
    """Where they are reached, as the sender has it."""


class ContactsDetails(Details):
    """Cards of other people."""

    kind: Literal["contacts"]
    """The media type."""
    contacts: Annotated[tuple[Card, ...], Field(max_length=CONTACTS_MAX)]
    """Whose."""


class ReactionDetails(Details):
    """A sign that is put on another message."""

    kind: Literal["reaction"]
    """The media type."""
    whatsapp_message_id: Said
    """The provider's id of the message that it is put on."""
    emoji: Said | None = None
    """Which sign; null: it was taken back."""


class ReplyDetails(Details):
    """A tap on a button, or a choice from a list."""

    kind: Literal["button", "list"]
    """The media type."""
    reply_id: Said | None = None
    """What the bot calls that choice."""
    title: Said
    """What stood on it."""
    description: Said | None = None
    """What stood under it."""


class OrderItem(Details):
    """One line of an order."""

    product_id: Said
    """What the catalogue calls it."""
    quantity: Annotated[int, Field(ge=1, le=1_000_000), BeforeValidator(whole)]
    """How many."""
    price: Annotated[float, Field(ge=0, le=1_000_000_000), Number] | None = None
    """Of one, in ``currency``."""
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] | None = None
    """ISO 4217, like ``BRL``."""


class OrderDetails(Details):
    """An order from the clinic's catalogue."""

    kind: Literal["order"]
    """The media type."""
    catalog_id: Said | None = None
    """The provider's id of the catalogue."""
    items: Annotated[tuple[OrderItem, ...], Field(max_length=ITEMS_MAX)]
    """What was ordered."""


class UnsupportedDetails(Details):
    """What the provider could not pass on."""

    kind: Literal["unsupported"]
    """The media type."""
    provider_type: Said | None = None
    """What the provider calls it."""


MessageDetails = Annotated[
    FileDetails
    | LocationDetails
    | ContactsDetails
    | ReactionDetails
    | ReplyDetails
    | OrderDetails
    | UnsupportedDetails,
    Field(discriminator="kind"),
]
MODELS: tuple[type[Details], ...] = tuple(Details.__subclasses__())

"""How a message reaches a patient: a port. A provider's adapter is a class of this shape that HEALZ_MESSENGER names."""

import logging
from dataclasses import dataclass, field
from typing import Literal, Protocol
from uuid import UUID

from healz.events.delivery import DeliveryStatus
from healz.events.patient_details import Channel

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Message:
    """What is to be said to whom. ``message_id`` is the same however often it is tried: a provider can tell repeats.

    ``address`` is an E.164 phone, or an e-mail address where that is the channel.
    """

    message_id: UUID
    tenant_id: UUID
    clinic_id: UUID
    patient_id: UUID
    appointment_id: UUID
    kind: Literal["follow_up"]
    channel: Channel
    address: str = field(repr=False)
    full_name: str = field(repr=False)


@dataclass(frozen=True)
class Sent:
    """The provider took it."""

    delivery_status: DeliveryStatus = "sent"


@dataclass(frozen=True)
class NotSent:
    """The provider refused it for good; ``error`` says why, and names nobody."""

    error: str


class MessengerAway(Exception):
    """Nobody can say whether it will go out: it is tried again another time."""


class Messenger(Protocol):
    """What a provider's adapter does."""

    async def send(self, message: Message) -> Sent | NotSent:
        """Sends, and says what came of it. Raises MessengerAway."""
        ...


class LogMessenger:
    """Writes to the log that there was something to send: ids and the channel, never a name, address or text."""

    async def send(self, message: Message) -> Sent | NotSent:
        log.info(
            "message",
            extra={
                "kind": message.kind,
                "channel": message.channel,
                "message_id": message.message_id,
                "tenant_id": message.tenant_id,
                "patient_id": message.patient_id,
            },
        )
        return Sent()

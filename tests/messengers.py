"""Messengers that do badly, for processes whose HEALZ_MESSENGER names one; each writes down whom it was to reach."""

import os
import signal
from pathlib import Path

from command_api.messenger import Message, MessengerAway, NotSent, Sent


class Counting:
    """Takes everything. A line per message in the file that MESSAGES_SENT names."""

    async def send(self, message: Message) -> Sent | NotSent:
        with Path(os.environ["MESSAGES_SENT"]).open("a") as file:  # noqa: ASYNC230  # on the disk before anything follows
            file.write(f"{message.message_id} {message.channel} {message.address}\n")
        return Sent("delivered")


class Refusing:
    """Takes nothing."""

    async def send(self, message: Message) -> Sent | NotSent:
        return NotSent("not a number of this provider")


class Away:
    """Nobody answers."""

    async def send(self, message: Message) -> Sent | NotSent:
        raise MessengerAway


class Deadly(Counting):
    """The message goes out, and nobody hears of it any more."""

    async def send(self, message: Message) -> Sent | NotSent:
        await super().send(message)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError

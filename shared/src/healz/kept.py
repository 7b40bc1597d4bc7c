"""A cache of what was used last (LRU), bounded by the memory that it takes."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Kept(Generic[Key, Value]):
    """Holds what was used last, as long as all of it weighs no more than ``bytes_max``; 0 keeps nothing."""

    def __init__(self, bytes_max: int) -> None:
        self._most = bytes_max
        self._entries: OrderedDict[Key, tuple[Value, int]] = OrderedDict()
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Key) -> Value | None:
        """What is kept under ``key``."""
        if key not in self._entries:
            return None
        self._entries.move_to_end(key)
        return self._entries[key][0]

    def put(self, key: Key, value: Value, weight: int) -> None:
        """Keeps it instead of what was there, and gives up what was not used for longest."""
        self.drop(key)
        self._entries[key] = (value, weight)
        self.bytes += weight
        while self.bytes > self._most:
            _, (_, freed) = self._entries.popitem(last=False)
            self.bytes -= freed

    def drop(self, key: Key) -> None:
        """Forgets it."""
        _, freed = self._entries.pop(key, (None, 0))
        self.bytes -= freed

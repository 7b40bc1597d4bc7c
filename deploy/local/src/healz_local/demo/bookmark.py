"""How far each source has been fed, kept in a file of the stack's home: the next run goes on from there."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, ValidationError

FILE = "demo-progress.json"
KEYS_LIVE = timedelta(hours=23)
"""The API forgets idempotency keys after 24 h; one hour for the run itself."""


class Bookmarked(BaseModel):
    """``rows_done`` are fed for certain. A run that began at ``begun_at`` may have broken off before ``rows_begun``."""

    rows_done: int = Field(default=0, ge=0)
    rows_begun: int = Field(default=0, ge=0)
    begun_at: AwareDatetime | None = None
    rows_left: int = Field(default=0, ge=0)
    """Of rows_done: broken off so long ago that nobody knows which of them were fed."""
    patients: dict[str, UUID] = Field(default_factory=dict)


class Bookmark:
    """The place in one source."""

    def __init__(self, home: Path, identity: str) -> None:
        self._file = home / FILE
        self._identity = identity
        self.place = self._read()

    def known_patient(self) -> UUID | None:
        """Somebody who was fed, from whichever source."""
        places = [self.place.model_dump(mode="json"), *self._places().values()]
        return next((UUID(patient_id) for place in places for patient_id in place["patients"].values()), None)

    def forget(self) -> None:
        """Begin anew, in every source: the data they were fed into is gone."""
        self._file.unlink(missing_ok=True)
        self.place = Bookmarked()

    def abandoned(self) -> int:
        """Rows of a broken-off run that can't be repeated any more, 0 for none. They count as done from now on."""
        place = self.place
        if place.begun_at is None or datetime.now(UTC) - place.begun_at < KEYS_LIVE:
            return 0
        rows = place.rows_begun - place.rows_done
        place.rows_done, place.begun_at = place.rows_begun, None
        place.rows_left += rows
        return rows

    def rows_fed(self) -> int:
        """Of all sources, as far as it is known for certain."""
        places = self._places() | {self._identity: self.place.model_dump()}
        return sum(place["rows_done"] - place["rows_left"] for place in places.values())

    def begin(self, until: int) -> None:
        """Rows up to ``until`` are about to be fed."""
        place = self.place
        place.begun_at = place.begun_at or datetime.now(UTC)
        place.rows_begun = max(place.rows_begun, until)
        self.save()

    def finish(self, until: int) -> None:
        """Rows up to ``until`` are fed."""
        place = self.place
        place.rows_done = until
        if until >= place.rows_begun:
            place.begun_at = None
        self.save()

    def save(self) -> None:
        """All or nothing."""
        places = self._places() | {self._identity: self.place.model_dump(mode="json")}
        unfinished = self._file.with_suffix(".unfinished")
        unfinished.write_text(json.dumps(places))
        unfinished.rename(self._file)

    def _read(self) -> Bookmarked:
        try:
            return Bookmarked.model_validate(self._places().get(self._identity, {}))
        except ValidationError:
            return Bookmarked()

    def _places(self) -> dict[str, Any]:
        try:
            places = json.loads(self._file.read_text())
        except (OSError, ValueError):
            return {}
        return places if isinstance(places, dict) else {}

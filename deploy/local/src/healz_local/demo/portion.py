"""The rows of this run: from where the last one ended."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.markup import escape

from healz_local.demo.allocate import PlannedVisit
from healz_local.demo.api import Api, RefusedByApi
from healz_local.demo.bar import FeedTally, bar
from healz_local.demo.bookmark import Bookmark
from healz_local.demo.feed import Feed
from healz_local.demo.people import People
from healz_local.demo.plan import plan
from healz_local.demo.reference import put_reference
from healz_local.demo.rows import Source


@dataclass(frozen=True)
class Portion:
    """One source, and how far it was fed before."""

    source: Source
    visits: Sequence[PlannedVisit]
    bookmark: Bookmark

    async def open(self, api: Api, console: Console) -> None:
        """Make sure that the bookmark is of the database that the API has now."""
        known = self.bookmark.known_patient()
        if known is not None:
            try:
                # The history comes from the log itself: no read model that lags behind can mislead.
                await api.send("GET", f"/v1/patients/{known}/history", role="admin", params={"limit": 1})
            except RefusedByApi as error:
                if error.status != 404:
                    raise
                self.bookmark.forget()
                console.print("The data of earlier runs is gone: the demonstration begins anew.")
        if abandoned := self.bookmark.abandoned():
            console.print(
                f"[yellow]{abandoned} rows of a run that broke off about a day ago or earlier are left as they are.[/]"
            )

    def _until(self, wanted: int) -> int:
        """Where to end: a patient who was begun is fed whole."""
        rows = self.source.rows
        until = min(wanted, len(rows))
        while until < len(rows) and rows[until].patient == rows[until - 1].patient:
            until += 1
        return until

    async def feed(self, api: Api, console: Console, rows: int, written: int) -> None:
        """The next rows; ``written`` is the tenant's position. Raises LocalStackError; what was fed is remembered."""
        place = self.bookmark.place
        first, total = place.rows_done, len(self.source.rows)
        until = self._until(first + rows)
        name = escape(self.source.name)
        if first == until:
            console.print(f"All {total:,} rows of {name} have been fed; this is what came of them.")
            return
        visits = self.visits[first:until]
        steps = plan(visits, registered=frozenset(place.patients))
        new = sum(step.kind == "register" for of_patient in steps.values() for step in of_patient)
        doctors, clinics = ({getattr(visit, key) for visit in visits} for key in ("doctor_id", "clinic_id"))
        console.print(
            f"Rows {first + 1:,} to {until:,} of {total:,} from {name}:\n"
            f"{len(steps):,} patients ({new:,} of them new), {len(doctors):,} doctors, {len(clinics):,} clinics"
        )
        self.bookmark.begin(until)
        try:
            await put_reference(api, visits)
            with bar(console, until - first) as shown:
                people = People(self.source.identity, self.source.rows)
                await Feed(api, people, self.source.identity, place.patients, written, shown.done).run(steps)
        except BaseException:  # Ctrl-C too: what was fed is remembered, then it goes on its way
            self.bookmark.save()
            raise
        self.bookmark.finish(until)
        console.print(_said(shown.tally))


def _said(tally: FeedTally) -> str:
    said = (
        f"{tally.rows:,} rows fed in {tally.seconds:.1f} s: {tally.steps:,} commands, {tally.events:,} events "
        f"({tally.events / tally.seconds:,.0f} per second)"
    )
    if tally.repeated:
        said += f"\n{tally.repeated:,} of the commands had been done by a run that broke off; they were not done twice."
    return said

"""The plan through the HTTP API: patients side by side, each patient's steps strictly one after the other."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from healz_local.demo.api import CONNECTIONS_MAX, Api, RefusedByApi
from healz_local.demo.people import People
from healz_local.demo.plan import Step
from healz_local.demo.requests import Body, booking, happening, registration
from healz_local.demo.side_by_side import side_by_side
from healz_local.errors import LocalStackError

Counter = Callable[[Step, int], None]
"""Called with each step that is done, and how many events it led to; none where an earlier run had done it."""


class Feed:
    """``identity`` begins every idempotency key; ``patients`` is added to as they are registered.

    ``written`` is the tenant's position before the feed: what is answered with an older one was done before.
    """

    def __init__(
        self, api: Api, people: People, identity: str, patients: dict[str, UUID], written: int, done: Counter
    ) -> None:
        self._api = api
        self._people = people
        self._identity = identity
        self._patients = patients
        self._written = written
        self._done = done

    async def run(self, plan: Mapping[str, Sequence[Step]]) -> None:
        """Every step of the plan. Raises LocalStackError at the first that is refused."""
        await side_by_side((self._feed(patient, steps) for patient, steps in plan.items()), CONNECTIONS_MAX)

    async def _feed(self, patient: str, steps: Sequence[Step]) -> None:
        booked: dict[str, str] = {}
        for step in steps:
            try:
                events = await self._do(step, patient, booked)
            except RefusedByApi as error:
                row = step.visit.row
                raise LocalStackError(
                    f"Stopped: the step {step.kind!r} of appointment {row.appointment} (patient {patient}, as of "
                    f"{step.at:%Y-%m-%d %H:%M}) was not taken. {error}"
                ) from error
            self._done(step, events)

    async def _do(self, step: Step, patient: str, booked: dict[str, str]) -> int:
        appointment = step.visit.row.appointment
        match step.kind:
            case "register":
                return await self._register(step, patient)
            case "book":
                body = booking(step, self._patients[patient])
                answer = await self._post("/v1/appointments", body, f"{appointment}-book")
                booked[appointment] = answer["id"]
            case kind:
                path, body = happening(step)
                answer = await self._post(
                    f"/v1/appointments/{booked[appointment]}/{path}", body, f"{appointment}-{kind}"
                )
        return self._new_events(answer)

    async def _register(self, step: Step, patient: str) -> int:
        person = self._people.person(patient)
        try:
            answer = await self._post("/v1/patients", registration(step, person), f"{patient}-register")
        except RefusedByApi as error:
            # By an earlier run that broke off so long ago that its idempotency keys are forgotten?
            known = await self._find(person.phone, person.full_name) if error.rule == "phone_taken" else None
            if known is None:
                raise
            self._patients[patient] = known
            return 0
        self._patients[patient] = UUID(answer["id"])
        return self._new_events(answer)

    def _new_events(self, answer: Any) -> int:
        return len(answer["events"]) if answer["position"] > self._written else 0

    async def _find(self, phone: str, full_name: str) -> UUID | None:
        page = await self._api.send("GET", "/v1/patients", role="import", clinics="all", params={"phone": phone})
        return next(
            (UUID(patient["patient_id"]) for patient in page["items"] if patient["full_name"] == full_name), None
        )

    async def _post(self, path: str, body: Body, key: str) -> Any:
        key = f"demo-{self._identity}-{key}"
        return await self._api.send("POST", path, role="import", clinics="all", body=body, key=key)

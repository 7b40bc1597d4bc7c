"""What a projector keeps of its own last writes: good until somebody else may have written, and never of a patient whom
it does not know."""

from uuid import UUID, uuid4

from command_api.decide.patient.commands import AnonymizePatient, UpdatePatientContact
from examples import HOUR
from healz.events import Recorded
from healz.projection.parked import Parked
from healz.projection.tables import Move
from healz.projection.written import Written, WrittenTenant
from projections import PROJECTIONS
from properties.histories import REGISTERED, Step, play

RENAMED = Step(UpdatePatientContact(full_name="Maria da Silva"), "receptionist", HOUR, 0, None, 0)
FORGOTTEN = Step(AnonymizePatient(reason="patient_request"), "admin", HOUR, 0, None, 0)
REGISTRATION, RENAMING, ANONYMIZATION = play([REGISTERED, RENAMED, FORGOTTEN]).recorded
JOURNEY = PROJECTIONS["journey"]
MOVE = Move(1, 3, RENAMING)
TENANT, OTHER = uuid4(), uuid4()


def key(number: int, tenant_id: UUID = TENANT) -> tuple[UUID, UUID]:
    return tenant_id, UUID(int=number)


def known(written: Written[str], number: int, event: Recorded = RENAMING) -> str | Parked[str] | None:
    rows = written.before({key(number): [event]})
    return None if rows is None else rows[key(number)]


def test_rows_are_known_as_they_were_written_and_those_of_other_tenants_are_not() -> None:
    written = Written("nothing", 10)
    assert (written.tenant(TENANT), known(written, 1)) == (None, None)
    written.moved({TENANT: MOVE}, {key(1): "Maria", key(2): "João", key(3, OTHER): "Rita"})
    assert written.tenant(TENANT) == WrittenTenant(RENAMING, 3, 0)
    assert (known(written, 1), known(written, 2), known(written, 3)) == ("Maria", "João", None)
    assert written.before({key(3, OTHER): [RENAMING]}) is None
    # All of a batch, or none: half of it can't be folded.
    assert written.before({key(1): [RENAMING], key(4): [RENAMING]}) is None


def test_who_is_registered_has_no_rows_yet() -> None:
    assert known(Written("nothing", 10), 1, REGISTRATION) == "nothing"


def test_a_tenant_that_was_forgotten_does_not_come_back_with_rows_of_before() -> None:
    written = Written("nothing", 10)
    written.moved({TENANT: Move(None, 0, REGISTRATION)}, {key(1): "Maria", key(2): "João"})
    written.forget([TENANT, OTHER])
    assert (written.tenant(TENANT), known(written, 1)) == (None, None)
    written.moved({TENANT: MOVE}, {key(2): "João da Silva"})
    assert (known(written, 1), known(written, 2)) == (None, "João da Silva")


def test_who_was_written_longest_ago_is_given_up_and_none_is_kept_where_none_may_be() -> None:
    written = Written("nothing", 2)
    for number in (1, 2, 3):
        written.moved({TENANT: MOVE}, {key(number): str(number)})
    assert [known(written, number) for number in (1, 2, 3)] == [None, "2", "3"]
    none = Written("nothing", 0)
    none.moved({TENANT: MOVE}, {key(1): "Maria"})
    assert (none.tenant(TENANT), known(none, 1)) == (None, None)


def test_rows_that_are_not_all_there_are_no_rows_to_a_fold_that_looks_back() -> None:
    """Of messages nothing is kept: who is anonymised is read first."""
    written = Written("nothing", 10, JOURNEY.looks_back)
    written.moved({TENANT: MOVE}, {key(1): "Maria"})
    assert (known(written, 1), known(written, 1, ANONYMIZATION)) == ("Maria", None)
    assert not JOURNEY.looks_back([REGISTRATION, RENAMING])
    assert JOURNEY.looks_back([REGISTRATION, ANONYMIZATION])
    assert not any(PROJECTIONS[name].looks_back([ANONYMIZATION]) for name in ("patient", "appointment"))

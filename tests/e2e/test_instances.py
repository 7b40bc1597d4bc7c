"""The local stack with three instances of a projector, then one: a setting and `make up` again."""

from functools import partial

from system import eventually
from whole.stack import Stack, fresh_stack
from whole.steady import Clinic

NAME = "projector-journey"


async def runs(stack: Stack, *names: str) -> bool:
    """Whether these and no others of the projector do. Until all parts run ``status`` ends with 1: those that came last
    may be starting still."""
    try:
        return [name for name in stack.status() if name.startswith(NAME)] == [*names]
    except RuntimeError:
        return False


async def test_a_projector_gets_three_instances_and_one_again_while_the_rest_goes_on() -> None:
    with fresh_stack() as stack:
        before = {name: [process.pid for process in own] for name, own in stack.processes().items()}
        clinic = Clinic(stack)
        await clinic.open()
        await eventually(partial(runs, stack, NAME))

        stack.extra["HEALZ_PROJECTOR_JOURNEY_INSTANCES"] = "3"
        stack.up()
        await clinic.there_and_back()
        three = [process.pid for process in stack.processes()[NAME]]
        assert len(three) == 3
        # The shell that asks need not know the setting.
        del stack.extra["HEALZ_PROJECTOR_JOURNEY_INSTANCES"]
        await eventually(partial(runs, stack, NAME, f"{NAME}-2", f"{NAME}-3"))
        for name in (f"{NAME}-2", f"{NAME}-3"):

            async def says_its_name(name: str = name) -> bool:
                return f'"instance": "{name}"' in stack.log(name)

            await eventually(says_its_name)

        stack.up()
        await clinic.there_and_back()
        assert stack.processes()[NAME][0].pid in three
        after = {name: [process.pid for process in own] for name, own in stack.processes().items()}
        for name in ("command-api", "relay", NAME, "projector-patient", "Kafka"):
            assert after[name] == before[name], f"{name} was started anew"
        await clinic.client.aclose()

        stack.extra["HEALZ_PROJECTOR_JOURNEY_INSTANCES"] = "3"
        stack.up()
        stack.down()
        assert stack.processes() == {}

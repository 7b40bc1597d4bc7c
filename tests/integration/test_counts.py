"""Whatever was written arrives: gapless, once, in order, in PostgreSQL, in Kafka and in every read model."""

from always_true import log_holds, read_models_equal_fold, topic_equals_log
from counted import read_models_agree_with_counts
from system import System
from traffic import answered, new_seed, traffic, write


async def test_a_mixed_day_of_three_clinics_is_gapless_and_every_row_is_the_fold_of_its_events(system: System) -> None:
    await system.start_all()
    async with traffic(system, seed=new_seed(), tenants=3) as day:
        for own in day:
            await own.one_of_each()
        await write(day, events=1500)
        assert not any(traffic.failures for traffic in day), [traffic.failures[:3] for traffic in day]

    await system.caught_up()
    await system.outbox_empty()
    await log_holds(system.database)
    await topic_equals_log(system)
    await read_models_equal_fold(system.database)
    await read_models_agree_with_counts(system.database)
    ids = {str(row[0]) for row in await system.database.admin.fetch("SELECT event_id FROM event_store.events")}
    assert ids == answered(day), "the log holds other events than the answers named"
    types = {
        event.event_type
        for tenant_id in await system.database.heads()
        for event in await system.database.log(tenant_id)
    }
    assert types >= {
        "AppointmentMarkedAsNoShow",
        "AppointmentCompleted",
        "AppointmentCancelled",
        "AppointmentOutcomeCorrected",
        "PatientStatusChanged",
        "MessageReceived",
        "ConversationEscalated",
        "RiskScoreRecalculated",
        "RiskEscalated",
        "JourneyAbandoned",
        "JourneyCompleted",
    }

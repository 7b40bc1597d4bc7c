"""Reading the outbox: whole commits, the oldest first."""

from command_api.relay import outbox
from command_api.relay.lease import lease_on, session
from command_api.relay.settings import RelaySettings
from system import System, book, put_clinic, register


async def test_a_commit_larger_than_a_batch_is_read_whole_and_alone(system: System) -> None:
    system.start("command-api")
    await system.ready()
    async with system.client() as client:
        clinic = await put_clinic(client)
        patient_id = await register(client)
        await book(client, patient_id, clinic)
    commits: list[int] = []
    settings = system.settings_of(RelaySettings, "relay")
    async with lease_on(settings) as lease, session(settings, "outbox") as connection:
        assert await lease.take()
        together = await outbox.read(connection, lease.fence, 1000)
        published: list[int] = []
        while rows := await outbox.read(connection, lease.fence, 1, published=published):
            (row,) = rows
            commits.append(len(row.records))
            published = [row.id]
        assert await outbox.read(connection, lease.fence, 1) == []

    assert commits == [len(row.records) for row in together]
    assert max(commits) > 1


async def test_who_was_replaced_reads_nothing_and_deletes_nothing(system: System) -> None:
    system.start("command-api")
    await system.ready()
    async with system.client() as client:
        await register(client)
    settings = system.settings_of(RelaySettings, "relay")
    async with lease_on(settings) as old, lease_on(settings) as new, session(settings, "outbox") as connection:
        assert await old.take()
        (row,) = await outbox.read(connection, old.fence, 1000)
        assert await new.take(over=True)
        assert await outbox.read(connection, old.fence, 1000, published=[row.id]) == []
        assert await outbox.read(connection, old.fence, 1000) == []
        assert await outbox.read(connection, new.fence, 1000) == [row]

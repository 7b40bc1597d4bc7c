"""Reading the outbox: whole commits, the oldest first."""

from command_api.relay import outbox
from command_api.relay.lease import session
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
    async with session(system.settings_of(RelaySettings, "relay"), "outbox") as connection:
        together = await outbox.read(connection, 1000)
        published: list[int] = []
        while rows := await outbox.read(connection, 1, published=published):
            (row,) = rows
            commits.append(len(row.records))
            published = [row.id]
        assert await outbox.read(connection, 1) == []

    assert commits == [len(row.records) for row in together]
    assert max(commits) > 1

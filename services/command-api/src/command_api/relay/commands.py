"""What operators ask of the relay, each as a command that ends."""

import asyncio
import json
import signal
import sys
from argparse import Namespace
from collections.abc import Callable, Coroutine
from dataclasses import asdict
from typing import Any
from uuid import UUID

import asyncpg
import uvloop
from aiokafka.errors import KafkaError, ProducerFenced

from command_api.relay import halted
from command_api.relay.lease import LeaseLost, session
from command_api.relay.log import StoreHasGap
from command_api.relay.progress import ProgressLine
from command_api.relay.republish import Republished, Unfinished, Wish, look, republish
from command_api.relay.settings import RelaySettings
from command_api.relay.status import status
from command_api.relay.tail import TopicMissing, extent

EXIT_CODES = """\
exit codes of the commands:
  0  done: status finds nothing wrong; republish finds nothing missing, or has sent it
  1  status: no relay leads, a republish has not ended, or tenants are halted; republish --dry-run: events are missing;
     resume: the tenant is not halted
  2  PostgreSQL or Kafka does not answer, or there is no topic, or the arguments are wrong: mend that, and run it again
  3  republish: topic and store contradict each other, or the topic can't be completed as it is: a person decides;
     where the store has a gap, that tenant is halted, and the others are sent
  4  republish: another relay or republish leads now, or one with another --tenant has to end first
  130  republish: interrupted; run again, it goes on, and no relay leads before
"""
DONE, NOT_WELL, AWAY, CONTRADICTION, NOT_LEADING, INTERRUPTED = 0, 1, 2, 3, 4, 130
TENANTS_SHOWN_MAX = 10
GOES_ON = "A republish that had begun to send goes on when it is run again, and no relay leads before it has ended."


def run(settings: RelaySettings, asked: Namespace) -> int:
    """One command; returns its exit code."""
    words: dict[str, Callable[[RelaySettings, Namespace], Coroutine[Any, Any, int]]] = {
        "status": _status,
        "republish": _republish,
        "resume": _resume,
    }
    try:
        return uvloop.run(words[asked.command](settings, asked))
    except TopicMissing as error:
        _say(f"{error}: republish --make-topic makes it (docs/runbooks/lost-topic.md)")
        return AWAY
    except ProducerFenced as error:
        _say(f"another relay or republish has begun to send: {error!r}; nothing is doubled, run it again")
        return NOT_LEADING
    except (LeaseLost, Unfinished) as error:
        _say(f"{error}; run it again")
        return NOT_LEADING
    except StoreHasGap as error:
        _say(f"{error}; what comes before it was sent")
        return CONTRADICTION
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, KafkaError) as error:
        _say(f"PostgreSQL and Kafka have to answer: {error!r}; run it again. {GOES_ON}")
        return AWAY
    except (asyncio.CancelledError, KeyboardInterrupt):
        _say(f"interrupted. {GOES_ON}")
        return INTERRUPTED


async def _status(settings: RelaySettings, asked: Namespace) -> int:
    found, unknown = await status(settings)
    print(json.dumps(asdict(found), default=str) if asked.json else "\n".join(found.lines()))
    if unknown is not None:
        raise unknown
    return DONE if found.is_well else NOT_WELL


async def _republish(settings: RelaySettings, asked: Namespace) -> int:
    wish = Wish(asked.tenant, asked.anew, asked.make_topic)
    task = asyncio.create_task(look(settings, wish) if asked.dry_run else republish(settings, wish, ProgressLine()))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    outcome = await task
    print(json.dumps(_as_json(outcome), default=str) if asked.json else "\n".join(_lines(outcome, asked.dry_run)))
    if not outcome.may_send or outcome.compared.gaps:
        return CONTRADICTION
    return NOT_WELL if asked.dry_run and outcome.compared.missing else DONE


async def _resume(settings: RelaySettings, asked: Namespace) -> int:
    tenant_id: UUID = asked.tenant
    ends = {partition: end for partition, (_, end) in (await extent(settings)).items()}
    async with session(settings, "relay resume") as connection:
        halt = await halted.resume(connection, tenant_id, ends)
    if halt is None:
        _say(f"tenant {tenant_id} is not halted; nothing has changed")
        return NOT_WELL
    print(f"goes on for tenant {tenant_id}; it had stopped at position {halt.position}: {halt.reason}")
    return DONE


def _lines(outcome: Republished, dry_run: bool) -> list[str]:
    compared = outcome.compared
    lines = [f"compared {compared.tenants:,} tenants of the store with {compared.records:,} events of the topic"]
    shown = compared.missing[:TENANTS_SHOWN_MAX]
    lines += [f"tenant {tenant.tenant_id}: positions {tenant.first} to {tenant.last}" for tenant in shown]
    if len(compared.missing) > TENANTS_SHOWN_MAX:
        lines.append(f"… and {len(compared.missing) - TENANTS_SHOWN_MAX:,} tenants more (--json: all)")
    for wrong in (compared.strangers, compared.gaps, compared.out_of_order):
        lines += [f"tenant {tenant_id}: {reason}" for tenant_id, reason in wrong.items()]
    if compared.strangers:
        lines.append("nothing was sent: topic and store contradict each other (docs/runbooks/halted-tenant.md)")
    elif compared.out_of_order:
        lines.append(
            "nothing was sent: nothing that follows makes these 1…n; --anew deletes what is there, and sends all"
        )
    elif not outcome.may_send:
        lines.append("nothing was sent: --anew would delete what the store has no more (make ask Q=data_quality)")
    elif dry_run or not compared.missing:
        lines.append(f"{compared.events_missing:,} events are missing" if compared.missing else "nothing is missing")
    else:
        lines.append(f"sent {outcome.sent:,} events; the relay goes on")
    if outcome.may_send and compared.gaps:
        lines.append(
            f"{len(compared.gaps):,} tenants {'would be' if dry_run else 'are'} halted, and nothing of theirs is sent:"
            " the store is not whole (make ask Q=data_quality, docs/runbooks/lost-topic.md)"
        )
    return lines


def _as_json(outcome: Republished) -> dict[str, Any]:
    compared = outcome.compared
    return {
        "tenants": compared.tenants,
        "events_in_topic": compared.records,
        "events_missing": compared.events_missing,
        "events_sent": outcome.sent,
        "missing": [asdict(tenant) for tenant in compared.missing],
        "strangers": {str(tenant_id): reason for tenant_id, reason in compared.strangers.items()},
        "gaps": {str(tenant_id): reason for tenant_id, reason in compared.gaps.items()},
        "out_of_order": {str(tenant_id): reason for tenant_id, reason in compared.out_of_order.items()},
    }


def _say(sentence: str) -> None:
    print(f"healz-relay: {sentence}", file=sys.stderr)

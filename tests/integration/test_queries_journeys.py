"""Journeys by where they stand, and whom a clinic is about to lose: what is found, in which order, page by page."""

import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from query_rows import ENDED, Journey, asked, pages, put_journeys
from system import System

CLINICS = [uuid7() for _ in range(3)]
STAGES = ["initiated", "scheduled", "at_risk", "no_show", "follow_up", "completed", "abandoned"]
PATIENT = uuid7()

Wanted = Callable[[Journey], bool]

FOUND: dict[str, tuple[dict[str, Any], Wanted]] = {
    "all under way": ({}, lambda journey: journey.active),
    "ended": ({"active": False}, lambda journey: not journey.active),
    "a stage": ({"stage": "at_risk"}, lambda journey: journey.stage == "at_risk"),
    "an ended stage": ({"stage": "abandoned"}, lambda journey: journey.stage == "abandoned"),
    "a stage at odds with it": ({"stage": "abandoned", "active": True}, lambda _: False),
    "a level": ({"risk_level": "high"}, lambda journey: journey.active and journey.level == "high"),
    "to be followed up": ({"follow_up": True}, lambda journey: journey.active and journey.follow_up),
    "not to be followed up": ({"follow_up": False}, lambda journey: journey.active and not journey.follow_up),
    "escalated": ({"escalation": True}, lambda journey: journey.active and journey.escalated),
    "of a clinic": ({"clinic_id": CLINICS[1]}, lambda journey: journey.active and journey.clinic_id == CLINICS[1]),
    "of a patient": ({"patient_id": PATIENT}, lambda journey: journey.patient_id == PATIENT),
    "silent": ({"silent_days": 20}, lambda journey: journey.active and journey.silent_days >= 20),
    "several at once": (
        {"stage": "no_show", "clinic_id": CLINICS[0], "silent_days": 5, "follow_up": True},
        lambda journey: journey.stage == "no_show" and journey.clinic_id == CLINICS[0] and journey.silent_days >= 5,
    ),
}


def some_journeys(tenant_id: UUID, seed: int = 7) -> list[Journey]:
    """Enough of each kind, some of them silent since the same instant and with the same score."""
    pick = random.Random(seed)
    return [
        Journey(
            tenant_id,
            pick.choice(CLINICS),
            stage=pick.choice(STAGES),
            score=pick.choice((0.0, 0.3, 0.69, 0.7, 0.9, 1.0)),
            silent_days=pick.choice((0.5, 3, 3, 10, 19.999, 20.001, 40)),
            level=pick.choice(("low", "medium", "high")),
            escalated=pick.random() < 0.2,
            patient_id=PATIENT if number < 4 else uuid7(),
        )
        for number in range(120)
    ]


def ids(items: list[dict[str, Any]]) -> list[str]:
    return [item["journey_id"] for item in items]


def by_silence(journeys: list[Journey]) -> list[str]:
    return [
        str(journey.journey_id)
        for journey in sorted(journeys, key=lambda journey: (-journey.silent_days, journey.journey_id))
    ]


def by_risk(journeys: list[Journey]) -> list[str]:
    """Of equal scores who gave a sign of life last comes first: they can still be won."""
    ordered = sorted(journeys, key=lambda journey: (journey.score, -journey.silent_days, journey.journey_id))
    return [str(journey.journey_id) for journey in reversed(ordered)]


async def test_journeys_are_found_by_every_filter_longest_silent_first(api: System) -> None:
    mine, others = some_journeys(api.tenant_id), some_journeys(uuid7(), seed=8)
    await put_journeys(api.database.admin, mine + others)
    async with api.client() as admin, api.client("receptionist", clinics=CLINICS[1:]) as receptionist:
        for what, (query, wanted) in FOUND.items():
            expected = by_silence([journey for journey in mine if wanted(journey)])
            assert expected or what == "a stage at odds with it"
            assert ids(await asked(admin, "/v1/journeys", **query)) == expected, what
            assert ids(await asked(admin, "/v1/journeys", **query, limit=7)) == expected, what
            if query.get("clinic_id") != CLINICS[0]:
                own = by_silence([journey for journey in mine if wanted(journey) and journey.clinic_id in CLINICS[1:]])
                assert ids(await asked(receptionist, "/v1/journeys", **query, limit=7)) == own, what
        sizes = [len(page) for page in await pages(admin, "/v1/journeys", active=True, limit=10)]
        assert set(sizes[:-1]) == {10}
        for path in ("/v1/journeys", "/v1/journeys/at-risk"):
            assert (await receptionist.get(path, params={"clinic_id": str(CLINICS[0])})).status_code == 404

        journey = next(journey for journey in mine if journey.clinic_id == CLINICS[0])
        answer = await admin.get(f"/v1/journeys/{journey.journey_id}")
        assert (answer.json()["current_stage"], answer.headers["etag"]) == (journey.stage, '"3"')
        assert answer.json()["days_since_last_interaction"] == int(journey.silent_days)
        assert (await receptionist.get(f"/v1/journeys/{journey.journey_id}")).status_code == 404
        assert (await admin.get(f"/v1/journeys/{others[0].journey_id}")).status_code == 404


async def test_at_risk_are_those_at_the_stage_or_from_the_score_on_worst_first(api: System) -> None:
    mine, others = some_journeys(api.tenant_id), some_journeys(uuid7(), seed=8)
    await put_journeys(api.database.admin, mine + others)

    def at_risk(score_min: float, clinics: list[UUID] = CLINICS) -> list[str]:
        return by_risk(
            [
                journey
                for journey in mine
                if journey.stage not in ENDED
                and (journey.stage == "at_risk" or journey.score >= score_min)
                and journey.clinic_id in clinics
            ]
        )

    async with api.client() as admin, api.client("receptionist", clinics=CLINICS[1:]) as receptionist:
        for score_min in (0.7, 0.95, 0.0, 1):
            for limit in (5, 200):
                query = {"score_min": score_min, "limit": limit}
                assert ids(await asked(admin, "/v1/journeys/at-risk", **query)) == at_risk(score_min), query
                own = at_risk(score_min, CLINICS[1:])
                assert ids(await asked(receptionist, "/v1/journeys/at-risk", **query)) == own, query
                there = ids(await asked(receptionist, "/v1/journeys/at-risk", **query, clinic_id=CLINICS[1]))
                assert there == at_risk(score_min, CLINICS[1:2]), query
        assert ids(await asked(admin, "/v1/journeys/at-risk")) == at_risk(0.7)

        # What the organisation itself calls high.
        rules = {"name": "Rede", "journey_rules": {"score_high": 0.8}}
        (await admin.put("/v1/tenant", json=rules)).raise_for_status()
        assert ids(await asked(admin, "/v1/journeys/at-risk")) == at_risk(0.8)
        assert at_risk(0.8) != at_risk(0.7)


async def test_each_reason_is_told_in_figures_and_in_words(api: System) -> None:
    signs: tuple[dict[str, Any], ...] = (
        {
            "type": "no_show",
            "value": 0.9,
            "weight": 0.3,
            "severity": "high",
            "detected_at": "2026-03-02T12:00:00.000000Z",
        },
        {
            "type": "silence",
            "value": 0.77,
            "weight": 0.4,
            "severity": "high",
            "detected_at": "2026-03-20T12:00:00.000000Z",
        },
    )
    journey = Journey(
        api.tenant_id, CLINICS[0], "at_risk", 1.0, silent_days=23.5, level="critical", missed=2, indicators=signs
    )
    await put_journeys(api.database.admin, [journey])
    async with api.client() as admin:
        [item] = await asked(admin, "/v1/journeys/at-risk")
    assert [indicator.pop("words") for indicator in item["risk_indicators"]] == ["2 no-shows", "silent for 23 days"]
    assert [indicator | {"detected_at": indicator["detected_at"][:10]} for indicator in item["risk_indicators"]] == [
        dict(sign) | {"detected_at": sign["detected_at"][:10]} for sign in signs
    ]
    assert Decimal(str(item["risk_score"])) == 1

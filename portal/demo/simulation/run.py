"""Everybody pays, with trouble, until nothing moves any more; then the verdict."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Final

from portal.db import Database
from portal.demo.simulation.agenda import Story
from portal.demo.simulation.people import Person, Population, bring_statements, populate
from portal.demo.simulation.saving_stories import MONTH, pays_by_itself, pays_later
from portal.demo.simulation.stories import (
    Telling,
    clicks_twice,
    disputes,
    gets_money_back,
    has_two_tabs,
    is_asked_by_bank,
    is_declined,
    leaves,
    pays,
    pays_from_bank,
    pays_twice,
)
from portal.demo.simulation.verdict import Verdict, judge
from portal.demo.simulation.visitor import Visitor
from portal.demo.simulation.world import BEGINS_AT, World, chance_of, simulated_world

TOLD: Final[Mapping[Telling, int]] = {
    pays: 19,
    pays_twice: 7,
    is_declined: 10,
    is_asked_by_bank: 9,
    has_two_tabs: 7,
    clicks_twice: 7,
    leaves: 6,
    pays_from_bank: 8,
    gets_money_back: 6,
    disputes: 5,
    pays_later: 8,
    pays_by_itself: 8,
}
"""Of a hundred people, so many have each story."""

_ARRIVE_A_MINUTE: Final = 10
_BUSY_AFTER_THE_LAST: Final = timedelta(minutes=90)
_DAYS: Final = 76
"""A month until the second statement, twelve days' notice, a return that is tried again after two
weeks, and a bank's days."""


def simulate(database: Database, *, home: Path, seed: int, count: int) -> Verdict:
    """So many people in an empty database; ``home`` is a folder for what is not in it."""
    try:
        return _simulate(database, home=home, seed=seed, count=count)
    except Exception as error:
        error.add_note(f"Again: portal simulate payments --seed {seed} --count {count}")
        raise


def _simulate(database: Database, *, home: Path, seed: int, count: int) -> Verdict:
    chance = chance_of(seed, "people")
    population = populate(database, count=count, chance=chance, now=BEGINS_AT)
    with simulated_world(database, population.practice, home=home, seed=seed) as world:
        _people_arrive(world, population, seed=seed)
        busy = timedelta(minutes=count // _ARRIVE_A_MINUTE) + _BUSY_AFTER_THE_LAST
        world.live(busy=busy, days=_DAYS)
        return judge(database, world.around.stripe, population, world.portal.surprises)


def _people_arrive(world: World, population: Population, *, seed: int) -> None:
    """By and by. Who has new statements charged gets one a month later, and so do all who owe."""
    tellings, weights = list(TOLD), list(TOLD.values())
    arrivals = chance_of(seed, "arrivals")
    return_later = []
    for number, person in enumerate(population.people):
        (telling,) = arrivals.choices(tellings, weights)
        visitor = Visitor(person, chance_of(seed, str(number)), world.around)
        world.put_down(telling(visitor), after=timedelta(minutes=number // _ARRIVE_A_MINUTE))
        if telling is pays_by_itself:
            return_later.append(person)
    month_later = _next_statements(world, population, return_later, seed=seed)
    world.put_down(month_later, after=MONTH)


def _next_statements(
    world: World, population: Population, people: list[Person], *, seed: int
) -> Story:
    yield timedelta(0)
    bring_statements(
        world.around.database,
        population.practice,
        people,
        chance=chance_of(seed, "next statements"),
        now=world.around.clock(),
    )

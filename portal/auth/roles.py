"""Roles of staff and what each may reach; whoever is not named may not."""

from enum import StrEnum


class Role(StrEnum):
    """What somebody does at the practice."""

    FRONT_DESK = "front_desk"
    COLLECTIONS = "collections"
    POSTER = "poster"
    MANAGER = "manager"
    ADMIN = "admin"


class Area(StrEnum):
    """A part of the staff's pages, or something only some of the staff may do on them."""

    DESK = "desk"
    INSURANCE = "insurance"
    SYNC = "sync"
    CREDIT = "credit"  # use what somebody paid too much for another bill
    REFUNDS = "refunds"
    MONEY = "money"  # payments at the desk, and what is open about any payment
    DRAWER = "drawer"  # have a drawer and put money into it: nobody who may write anything off
    BOOKS = "books"  # payouts, reconciliation, disputes
    PLANS = "plans"  # make and change payment plans on somebody's behalf
    AGENCY = "agency"  # hand debt to a collection agency, and take it back
    PLAN_RULES = "plan_rules"  # what the practice offers, and what goes beyond it
    CASES = "cases"  # what people tell us is wrong, or ask; posters: what is about insurance
    CASES_FOR_OTHERS = "cases_for_others"  # open one for somebody on the phone or at the desk
    ASSISTANCE = "assistance"  # decide who gets help with paying
    ASSISTANCE_RULES = "assistance_rules"  # by which bands, for how long
    PRACTICE = "practice"  # how its pages look and what they say
    LETTERS = "letters"  # print what goes by mail


REACH: dict[Area, frozenset[Role]] = {
    Area.DESK: frozenset({Role.FRONT_DESK, Role.COLLECTIONS, Role.MANAGER, Role.ADMIN}),
    Area.INSURANCE: frozenset({Role.POSTER, Role.MANAGER, Role.ADMIN}),
    Area.SYNC: frozenset({Role.POSTER, Role.MANAGER, Role.ADMIN}),
    Area.CREDIT: frozenset({Role.COLLECTIONS, Role.MANAGER, Role.ADMIN}),
    Area.REFUNDS: frozenset({Role.MANAGER, Role.ADMIN}),
    Area.MONEY: frozenset({Role.FRONT_DESK, Role.COLLECTIONS, Role.MANAGER, Role.ADMIN}),
    Area.DRAWER: frozenset({Role.FRONT_DESK, Role.COLLECTIONS}),
    Area.BOOKS: frozenset({Role.MANAGER, Role.ADMIN}),
    Area.PLANS: frozenset({Role.COLLECTIONS, Role.MANAGER, Role.ADMIN}),
    Area.AGENCY: frozenset({Role.MANAGER, Role.ADMIN}),
    Area.PLAN_RULES: frozenset({Role.MANAGER, Role.ADMIN}),
    Area.CASES: frozenset(
        {Role.FRONT_DESK, Role.COLLECTIONS, Role.POSTER, Role.MANAGER, Role.ADMIN}
    ),
    Area.CASES_FOR_OTHERS: frozenset({Role.FRONT_DESK, Role.COLLECTIONS, Role.MANAGER, Role.ADMIN}),
    Area.ASSISTANCE: frozenset({Role.COLLECTIONS, Role.MANAGER, Role.ADMIN}),
    Area.ASSISTANCE_RULES: frozenset({Role.MANAGER, Role.ADMIN}),
    Area.PRACTICE: frozenset({Role.MANAGER, Role.ADMIN}),
    Area.LETTERS: frozenset({Role.MANAGER, Role.ADMIN}),
}


def areas_of(role: Role) -> frozenset[Area]:
    """The parts a role may reach."""
    return frozenset(area for area, roles in REACH.items() if role in roles)

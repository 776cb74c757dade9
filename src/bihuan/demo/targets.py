"""What the demo firm wants to reach this year: its sellers month by month, and what the branches add on top."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from bihuan.demo.customers import SALES_STAFF
from bihuan.demo.firm import UNITS
from bihuan.demo.records import Target

#: What a seller shall win in an ordinary month, in 万; whoever is not named, 20.
MONTHLY = {"zhoumin": 60, "luziang": 40, "hanxue": 45, "guyan": 35, "shenyifan": 30, "yeqing": 40}
#: The months of the year against an ordinary one, in hundredths: spring and the end of the year are strong.
SEASON = (60, 60, 110, 105, 100, 105, 90, 90, 110, 110, 120, 140)
#: What a branch asks for beyond the sum of its people, in per cent.
ON_TOP = {"east": 8, "south": 5, "north": 5}


def targets(today: date) -> tuple[Target, ...]:
    """Orders and visits of every seller, orders and new accounts of the branches, for the year of a day."""
    return tuple(_targets(today.year))


def _targets(year: int) -> Iterator[Target]:
    branch = {unit.key: unit.parent for unit in UNITS}
    people = {
        key: [login for team, staff in SALES_STAFF.items() if branch[team] == key for login in staff] for key in ON_TOP
    }
    for number, season in enumerate(SEASON, 1):
        month = date(year, number, 1)
        for key, percent in ON_TOP.items():
            goals = {login: Decimal(MONTHLY.get(login, 20) * season * 100) for login in people[key]}
            for login, goal in goals.items():
                yield Target("person", login, month, "orders", goal, goal * 6 / 5)
                yield Target("person", login, month, "visits", Decimal(12), Decimal(16))
            whole = sum(goals.values(), Decimal(0)) * (100 + percent) / 100
            yield Target("unit", key, month, "orders", whole, whole * 6 / 5)
            yield Target("unit", key, month, "accounts", Decimal(len(goals)), Decimal(len(goals) * 2))

"""The public pools: their rules, what lies in them, and since when everybody has owned what will fall next."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from bihuan.demo import screens
from bihuan.demo.office_hours import OfficeHours
from bihuan.demo.records import Account, Names, Opportunity, Pool, PoolRule, Returned, Touchpoint, User

#: The firm's own, beside those that it began with: what belongs to the east falls into it first.
POOLS = (
    Pool("east", Names("华东公海", "華東公海池", "East China pool"), ("east",), ("zhoumin", "jihongyuan"), 5, 80, 30),
)
#: Pool that the firm began with → its administrators.
ADMINISTRATORS = {"nation": ("jiangyuan",)}
#: pool, level ("" for the rest), and the days without a touch, without an opportunity and without a won deal
RULES = (
    PoolRule("east", "A", None, None, 720),
    PoolRule("east", "B", 120, None, 540),
    PoolRule("east", "C", 90, 180, None),
    PoolRule("east", "", 60, 180, None),
)
IN_POOLS = 15
#: In so many days what somebody in the east has left alone falls.
FALLS_IN = (2, 3, 4, 6, 7, 9, 11, 13)
#: Whatever else they own, people have owned for at most so long as far as the pools go: the rules are new to the firm.
OWNED = 20
REASONS = (
    ("untouched", ""), ("no_need", "今年没有新增设备的计划"), ("out_of_reach", "电话停机，邮件退回"), ("untouched", ""), ("no_deal", ""),
    ("workload", "调去跟进二期项目"),
)  # fmt: skip


class Pools:
    """What becomes of the accounts on the mainland that nobody has had a deal or lately a word with."""

    def __init__(
        self, hours: OfficeHours, accounts: Sequence[Account], deals: Sequence[Opportunity], touches: Sequence[Touchpoint],
        users: Sequence[User],
    ) -> None:  # fmt: skip
        self.hours, self.accounts = hours, accounts
        self.busy = {deal.account for deal in deals} | {row.key for row in screens.ACCOUNTS}
        self.last: dict[str, date] = {}
        for touch in touches:
            self.last[touch.account] = max(touch.at.date(), self.last.get(touch.account, date.min))
        self.units = {user.login: user.unit for user in users}

    def returned(self) -> Iterator[Returned]:
        """What lies in the pools, and why."""
        quiet = [row for row in self._left_alone() if row.level == "D" and self._days_without_a_touch(row) > 60]
        for place, row in enumerate(quiet[:IN_POOLS]):
            reason, remark = REASONS[place % len(REASONS)]
            yield Returned(row.key, "east" if self._is_eastern(row) else "nation", reason, remark)

    def owned_since(self) -> Mapping[str, date]:
        """Since when the owner of each account has had it."""
        found = {row.key: max(row.created, self.hours.day(-OWNED)) for row in self.accounts}
        limits = {rule.level: rule.untouched for rule in RULES if rule.pool == "east"}
        in_pools = {each.account for each in self.returned()}
        waiting = iter(FALLS_IN)
        for row in self._left_alone():
            limit = limits.get(row.level, limits[""])
            quiet = self._is_eastern(row) and row.key not in in_pools and limit is not None
            if quiet and self._days_without_a_touch(row) >= limit and (days := next(waiting, None)):
                found[row.key] = self.hours.today - timedelta(limit - days)
        return found

    def _left_alone(self) -> Iterator[Account]:
        for row in self.accounts:
            if row.kind == "company" and row.country == "CN" and not row.parent and row.key not in self.busy:
                yield row

    def _is_eastern(self, row: Account) -> bool:
        return self.units[row.owner].startswith("east")

    def _days_without_a_touch(self, row: Account) -> int:
        return (self.hours.today - self.last.get(row.key, row.created)).days

"""What a change leaves behind, in its own transaction: differences, events, search entries and figures kept on relatives."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from bihuan.core import audit, event, registry, rollup, search
from bihuan.core.access import Actor
from bihuan.core.errors import Refused
from bihuan.core.run import Call, do, run
from bihuan.core.search.models import SearchEntry
from bihuan.core.verbs import archive, assign, create, move, restore, update

pytestmark = pytest.mark.django_db

account = registry.desk("account").model
opportunity = registry.desk("opportunity").model
touchpoint = registry.desk("touchpoint").model


def last_changes(record: Any) -> dict[str, list[Any]]:
    return audit.history(registry.desk_of(record).slug, record.pk)[0].changes


class TestAudit:
    def test_a_creation_shows_what_was_given_and_what_was_filled_in(self, lin: Actor) -> None:
        made = do(create, by=lin, on=account, name="长虹", annual_purchase="1.5万")
        changes = last_changes(made)
        assert changes["name"] == [None, "长虹"]
        assert changes["annual_purchase"] == [None, "15000.00"]
        assert changes["owner"] == [None, lin.user_id]
        assert changes["number"] == [None, made.number]
        assert "city" not in changes

    def test_a_change_shows_exactly_what_differs(self, lin: Actor, hengli: Any) -> None:
        level = registry.desk("account").own_fields["level"].parse("B")
        do(update, hengli, by=lin, level="B", name=hengli.name, founded="2004", city="")
        assert last_changes(hengli) == {"level": [hengli.level_id, level], "founded": [None, 2004]}

    def test_several_links_show_before_and_after(self, lin: Actor, zhangsan: Any, hengli: Any) -> None:
        touch = do(create, by=lin, on=touchpoint, channel="电话", account=hengli.pk, others=[zhangsan.pk])
        other = do(create, by=lin, on=registry.desk("contact").model, name="同事")
        do(update, touch, by=lin, others=[other.pk])
        assert last_changes(touch) == {"others": [[zhangsan.pk], [other.pk]]}
        assert list(touch.others.values_list("pk", flat=True)) == [other.pk]
        do(update, touch, by=lin, others=[])
        assert not touch.others.exists()

    def test_a_password_is_never_written_down(self, zhou: Actor) -> None:
        made = do(create, by=zhou, on=registry.desk("user").model, name="新人")
        assert last_changes(made)["password"][1] == "•••"

    def test_who_when_and_by_which_command(self, lin: Actor, wang: Actor, hengli: Any) -> None:
        began = timezone.now()
        do(update, hengli, by=wang, city="苏州")
        entry = audit.history("account", hengli.pk)[0]
        assert (entry.command, entry.actor_id, entry.actor_name, entry.version) == ("update", wang.user_id, "王军", 2)
        assert began <= entry.at <= timezone.now()
        hengli.refresh_from_db()
        assert (hengli.changed_by_id, hengli.created_by_id) == (wang.user_id, None)

    def test_what_was_done_in_one_go_is_joined(self, lin: Actor) -> None:
        made = run(create, [Call({"name": "甲"}), Call({"name": "乙"})], by=lin, on=account).records
        assert len({audit.history("account", record.pk)[0].run for record in made}) == 1


class TestEvents:
    def of(self, record: Any) -> list[str]:
        rows = event.Happening.objects.filter(object=registry.desk_of(record).slug, record_id=record.pk)
        return list(rows.order_by("id").values_list("name", flat=True))

    def test_the_story_of_a_record(self, lin: Actor, chen: Actor, hengli: Any, stages: dict[str, int]) -> None:
        deal = do(create, by=lin, on=opportunity, name="新单", account=hengli.pk, amount="10")
        do(update, deal, by=lin, amount="20")
        do(move, deal, by=lin, stage=stages["谈判"])
        do(move, deal, by=lin, stage=stages["赢单"])
        do(archive, deal, by=lin)
        do(restore, deal, by=lin)
        do(assign, deal, by=lin, owner=chen.user_id)
        expected = ["Created", "Changed", "Moved", "OpportunityWon", "Moved", "Archived", "Restored", "Assigned"]
        assert self.of(deal) == expected

    def test_a_change_names_the_fields_that_differ(self, lin: Actor, hengli: Any) -> None:
        do(update, hengli, by=lin, name=hengli.name, city="苏州")
        assert event.Happening.objects.get(name="Changed", record_id=hengli.pk).payload["fields"] == ["city"]

    def test_an_event_of_a_new_record_knows_it(self, lin: Actor, hengli: Any, stages: dict[str, int]) -> None:
        deal = do(create, by=lin, on=opportunity, name="旧单", account=hengli.pk, amount="10", stage=stages["赢单"])
        assert self.of(deal) == ["Created", "OpportunityWon"]

    def test_they_are_undone_with_the_transaction(self, lin: Actor, hengli: Any) -> None:
        before = event.Happening.objects.count()
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            do(update, hengli, by=lin, city="苏州")
            assert event.Happening.objects.count() == before + 1
            raise ZeroDivisionError
        assert event.Happening.objects.count() == before
        assert [entry.command for entry in audit.history("account", hengli.pk)] == ["create"]


class TestSearch:
    def found(self, text: str) -> list[int]:
        return [hit.record_id for hit in search.search(text, {"account": None})]

    def test_entries_follow_the_record(self, lin: Actor) -> None:
        made = do(create, by=lin, on=account, name="景德镇陶瓷厂", phone="0798-8441234")
        assert self.found("陶瓷") == self.found("8441234") == self.found(made.number) == [made.pk]
        do(update, made, by=lin, name="景德镇瓷砖厂")
        assert (self.found("陶瓷"), self.found("瓷砖")) == ([], [made.pk])
        do(archive, made, by=lin)
        assert self.found("瓷砖") == []
        do(restore, made, by=lin)
        assert self.found("瓷砖") == [made.pk]

    def test_other_fields_do_not_touch_the_index(self, lin: Actor, hengli: Any) -> None:
        SearchEntry.objects.filter(object="account", record_id=hengli.pk).update(title="as it was")
        do(update, hengli, by=lin, level="B")
        assert SearchEntry.objects.get(object="account", record_id=hengli.pk).title == "as it was"

    def test_they_are_undone_with_the_transaction(self, lin: Actor) -> None:
        with pytest.raises(Refused):
            run(create, [Call({"name": "宜兴紫砂厂"}), Call({"name": ""})], by=lin, on=account)
        assert self.found("紫砂") == []


class TestRollups:
    def figures(self, record: Any) -> tuple[int, Any]:
        record.refresh_from_db()
        return record.open_deals, record.open_amount

    def right(self) -> bool:
        return not any(count for _model, _column, count in rollup.wrong())

    def test_the_cast_begins_right(self, hengli: Any) -> None:
        assert self.figures(hengli) == (1, Decimal(1_180_000))
        assert self.right()

    def test_through_a_deals_life(self, lin: Actor, hengli: Any, lianhe: Any, stages: dict[str, int]) -> None:
        deal = do(create, by=lin, on=opportunity, name="二期", account=hengli.pk, amount="20万")
        assert self.figures(hengli) == (2, Decimal(1_380_000))
        do(update, deal, by=lin, account=lianhe.pk)
        assert (self.figures(hengli), self.figures(lianhe)) == ((1, Decimal(1_180_000)), (1, Decimal(200_000)))
        do(move, deal, by=lin, stage=stages["赢单"])
        assert self.figures(lianhe) == (0, None)
        do(move, deal, by=lin, stage=stages["谈判"])
        do(archive, deal, by=lin)
        assert self.figures(lianhe) == (0, None)
        do(restore, deal, by=lin)
        assert self.figures(lianhe) == (1, Decimal(200_000))
        do(update, deal, by=lin, account="")
        assert self.figures(lianhe) == (0, None)
        assert self.right()

    def test_a_batch_over_many_parents(self, lin: Actor, hengli: Any, lianhe: Any) -> None:
        calls = [Call({"name": f"单{n}", "account": (hengli, lianhe)[n % 2].pk, "amount": str(n)}) for n in range(20)]
        run(create, calls, by=lin, on=opportunity)
        assert self.figures(hengli) == (11, Decimal(1_180_000 + sum(range(0, 20, 2))))
        assert self.figures(lianhe) == (10, Decimal(sum(range(1, 20, 2))))
        assert self.right()

    def test_the_last_touch_goes_back_when_it_is_archived(self, lin: Actor, hengli: Any) -> None:
        early = do(create, by=lin, on=touchpoint, channel="电话", account=hengli.pk, at="2026-01-05 10:00")
        late = do(create, by=lin, on=touchpoint, channel="电话", account=hengli.pk, at="2026-02-05 10:00")
        hengli.refresh_from_db()
        assert hengli.last_touch_at == late.at
        do(archive, late, by=lin)
        hengli.refresh_from_db()
        assert hengli.last_touch_at == early.at

    def test_when_a_stage_gets_another_meaning(self, zhou: Actor, hengli: Any, kongya: Any) -> None:
        stage = registry.desk("stage").model._base_manager.get(pk=kongya.stage_id)
        do(update, stage, by=zhou, kind="won")
        assert self.figures(hengli) == (0, None)
        assert self.right()

    def test_a_wrong_figure_is_noticed(self, hengli: Any) -> None:
        account._base_manager.filter(pk=hengli.pk).update(open_deals=7)
        assert [(column, count) for _model, column, count in rollup.wrong() if count] == [("open_deals", 1)]

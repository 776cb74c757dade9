"""The board of any object with stages: what its columns count, who may move what, and what it costs."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bihuan.core import registry
from bihuan.core.access import SYSTEM, Actor
from bihuan.core.run import Call, do, run
from bihuan.core.stage import step
from bihuan.core.verbs import archive, create, move
from bihuan.web.board import CARDS, age_of
from bihuan.web.tests.conftest import Browse

pytestmark = pytest.mark.django_db

opportunity = registry.desk("opportunity").model
BOARD = "/opportunity/board?view=all"


def text(page: object) -> str:
    """What a reader sees, without the marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.content.decode()))


def head(page: object, stage: int) -> str:
    """The head of a column, or its rail, in plain text."""
    found = re.search(rf'<(header|a) id="head-{stage}".*?</\1>', page.content.decode(), re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[0])).strip()


def deals(count: int, owner: Actor, **inputs: object) -> None:
    calls = [Call({"name": f"商机{n}", "owner": owner.user_id, "amount": "10万", **inputs}) for n in range(count)]
    run(create, calls, by=SYSTEM, on=opportunity)


def test_a_head_counts_and_adds_up_what_the_actor_sees(browse: Browse, zhou: Actor, lin: Actor, stages: dict) -> None:
    first = stages["初步接触"]
    assert head(browse(zhou).get(BOARD), first).startswith("初步接触 2")
    assert "138.0" in head(browse(zhou).get(BOARD), first)
    page = browse(lin).get(BOARD)
    assert head(page, first).startswith("初步接触 1")
    assert "118.0" in head(page, first)
    assert "风机" not in text(page)


def test_a_card_calls_its_account_by_the_short_name(browse: Browse, zhou: Actor, hengli: Any) -> None:
    accounts = registry.desk("account").model._base_manager
    accounts.filter(pk=hengli.pk).update(short_name="恒砺精密")
    assert "恒砺精密" in text(browse(zhou).get(BOARD)) and hengli.name not in text(browse(zhou).get(BOARD))
    accounts.filter(pk=hengli.pk).update(short_name="")
    assert hengli.name in text(browse(zhou).get(BOARD))


def test_currencies_are_never_added_up(browse: Browse, zhou: Actor, stages: dict) -> None:
    do(create, by=zhou, on=opportunity, name="出口", amount="3万", currency="USD")
    page = browse(zhou).get(BOARD)
    total = re.search(r'id="board-total">(.*?)</b>', page.content.decode(), re.DOTALL)[1]
    for shown in (head(page, stages["初步接触"]), total):
        assert "138.0" in shown
        assert "USD" in shown


def test_the_weighted_sum_follows_the_probability(browse: Browse, zhou: Actor, kongya: object, stages: dict) -> None:
    do(move, kongya, by=zhou, stage=stages["方案"])  # 20 %
    assert "20% · 23.6" in head(browse(zhou).get(BOARD), stages["方案"])


def test_a_column_shows_some_and_tells_how_many_are_left(browse: Browse, htmx: dict, zhou: Actor, stages: dict) -> None:
    deals(20, zhou)
    first, client = stages["初步接触"], browse(zhou)
    page = client.get(BOARD)
    assert page.content.decode().count('id="card-') == CARDS
    more = re.search(rf'id="more-{first}".*?hx-get="([^"]+)".*?>(.*?)</a>', page.content.decode(), re.DOTALL)
    assert "7" in more[2]
    rest = client.get(more[1].replace("&amp;", "&"), headers=htmx).content.decode()
    assert rest.count('id="card-') == 7
    assert "more-" not in rest
    both = re.findall(r'id="(card-\d+)"', page.content.decode() + rest)
    assert len(set(both)) == 22


def test_closed_stages_are_rails_until_they_are_opened(
    browse: Browse, zhou: Actor, kongya: object, stages: dict
) -> None:
    won = stages["赢单"]
    do(move, kongya, by=zhou, stage=won)
    closed = browse(zhou).get(BOARD)
    assert "空压站" not in text(closed)
    assert "赢单 1 · 118.0" in head(closed, won)
    assert "空压站" in text(browse(zhou).get(f"{BOARD}&open={won}"))


def test_a_view_of_open_deals_still_counts_the_closed_ones(
    browse: Browse, lin: Actor, kongya: object, stages: dict
) -> None:
    do(move, kongya, by=lin, stage=stages["赢单"])
    assert head(browse(lin).get("/opportunity/board?view=mine"), stages["赢单"]).startswith("赢单 1")


def test_filters_of_the_list_narrow_the_board(browse: Browse, zhou: Actor, stages: dict) -> None:
    page = browse(zhou).get("/opportunity/board?amount.gte=100万")
    assert head(page, stages["初步接触"]).startswith("初步接触 1")
    assert "风机" not in text(page)


def test_archived_deals_are_not_on_the_board(browse: Browse, zhou: Actor, kongya: object) -> None:
    do(archive, kongya, by=zhou)
    assert "空压站" not in text(browse(zhou).get(BOARD))


def test_only_who_may_edit_a_card_gets_the_means_to_move_it(
    browse: Browse, lin: Actor, chen: Actor, sun: Actor
) -> None:
    assert "data-move-url" in browse(lin).get(BOARD).content.decode()
    for other in (chen, sun):  # chen sees the deal but edits his own alone; sun reads
        page = browse(other).get(BOARD).content.decode()
        assert "空压站" in page
        assert "data-move-url" not in page


def test_after_a_move_heads_and_card_are_drawn_anew(
    browse: Browse, htmx: dict, zhou: Actor, kongya: object, stages: dict
) -> None:
    do(move, kongya, by=zhou, stage=stages["方案"])
    answer = browse(zhou).get(f"/opportunity/board/heads?view=all&card={kongya.pk}", headers=htmx)
    assert head(answer, stages["方案"]).startswith("方案 1")
    assert head(answer, stages["初步接触"]).startswith("初步接触 1")
    assert f'<hx-partial hx-target="#card-{kongya.pk}"' in answer.content.decode()
    assert "空压站" in text(answer)
    do(move, kongya, by=zhou, stage=stages["赢单"])
    assert "空压站" not in text(browse(zhou).get(f"/opportunity/board/heads?view=all&card={kongya.pk}", headers=htmx))


def test_an_opened_closed_stage_keeps_its_head_after_a_move(
    browse: Browse, htmx: dict, zhou: Actor, kongya: object, stages: dict
) -> None:
    won = stages["赢单"]
    do(move, kongya, by=zhou, stage=won)
    answer = browse(zhou).get(f"/opportunity/board/heads?view=all&open={won}&card={kongya.pk}", headers=htmx)
    assert f'<header id="head-{won}"' in answer.content.decode()
    assert "空压站" in text(answer)


def test_heads_say_nothing_of_a_card_that_is_hidden(browse: Browse, htmx: dict, lin: Actor, fengji: object) -> None:
    assert "风机" not in text(browse(lin).get(f"/opportunity/board/heads?card={fengji.pk}", headers=htmx))


def test_a_stage_of_another_object_has_no_column_here(browse: Browse, zhou: Actor) -> None:
    assert browse(zhou).get("/opportunity/board/999999").status_code == 404
    assert browse(zhou).get("/account/board").status_code == 404


@pytest.mark.parametrize(("days", "limit", "state"), [(4, 10, ""), (6, 10, "over"), (11, 10, "stuck"), (99, None, "")])
def test_age_warms_from_half_the_usual_days_on(days: int, limit: int | None, state: str) -> None:
    assert age_of(days, limit).state == state


def test_the_board_costs_the_same_with_many_deals(browse: Browse, zhou: Actor, stages: dict) -> None:
    assert step(stages["方案"])
    client = browse(zhou)
    client.get(BOARD)
    with CaptureQueriesContext(connection) as few:
        client.get(BOARD)
    for name in ("初步接触", "方案", "谈判"):
        deals(40, zhou, stage=stages[name])
    client.get(BOARD)
    with CaptureQueriesContext(connection) as many:
        client.get(BOARD)
    # a column that was empty is asked for its cards now; nothing else may be
    assert len(many) <= len(few) + 2
    assert len(many) <= 12


def test_a_move_of_what_somebody_else_moved_is_refused(
    browse: Browse, htmx: dict, zhou: Actor, kongya: Any, stages: dict
) -> None:
    seen = kongya.version
    do(move, kongya, by=zhou, stage=stages["谈判"])
    sent = {"stage": stages["方案"], "version": seen}
    answer = browse(zhou).post(f"/opportunity/{kongya.pk}/do/move", sent, headers=htmx)
    assert answer.status_code == 409
    assert "changed" in answer["HX-Trigger"]  # the board draws the card where it is now
    kongya.refresh_from_db()
    assert kongya.stage_id == stages["谈判"]


def test_a_move_can_be_taken_back_as_long_as_nobody_moved_on(
    browse: Browse, htmx: dict, zhou: Actor, kongya: Any, stages: dict
) -> None:
    client, before = browse(zhou), kongya.stage_id
    sent = {"stage": stages["方案"], "version": kongya.version}
    answer = client.post(f"/opportunity/{kongya.pk}/do/move", sent, headers=htmx)
    undo = json.loads(answer["HX-Trigger"])["toast"]["undo_url"]
    assert client.post(undo, headers=htmx).status_code == 200
    kongya.refresh_from_db()
    assert kongya.stage_id == before
    assert client.post(undo, headers=htmx).status_code == 200  # it is there already: nothing is done
    do(move, kongya, by=zhou, stage=stages["谈判"])
    assert client.post(undo, headers=htmx).status_code == 409

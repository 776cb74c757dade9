"""The doors of the index: kept, replaced, forgotten, restricted, ranked; on either database."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.db import connection, transaction

from bihuan.core.search import POOL, Entry, among, forget, index, matches, replace, search, touch
from bihuan.core.search.models import SearchEntry
from bihuan.core.search.tests.made import entry

pytestmark = pytest.mark.django_db

EVERYTHING = {"account": None, "contact": None}


def titles(text, objects=EVERYTHING, limit=20):
    return [hit.title for hit in search(text, objects, limit, seen=among(objects))]


def test_a_hit_says_what_was_found():
    index([entry("account", 7, "华为技术有限公司", numbers=("AC-1",))])
    (hit,) = search("华为", EVERYTHING)
    assert (hit.object, hit.record_id, hit.title, hit.detail) == ("account", 7, "华为技术有限公司", "AC-1")


def test_indexing_again_replaces():
    index([entry("account", 1, "长江电力", phones=("13812345678",))])
    index([entry("account", 1, "黄河水电"), entry("account", 2, "长江电力")])
    assert titles("黄河") == ["黄河水电"]
    assert [hit.record_id for hit in search("长江", EVERYTHING)] == [2]
    assert titles("cjdl") == ["长江电力"]
    assert titles("13812345678") == []


def test_of_two_entries_for_one_record_the_last_counts():
    index([entry("account", 1, "长江电力"), entry("account", 1, "黄河水电")])
    assert titles("黄河") == ["黄河水电"]
    assert titles("长江") == []


def test_forgetting_touches_one_object_only():
    index([entry("account", 1, "长江电力"), entry("contact", 1, "江一"), entry("account", 2, "江南布衣")])
    forget("account", [1, 99])
    assert sorted(titles("江")) == ["江一", "江南布衣"]
    forget("account", [2])
    forget("contact", [1])
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM core_search_gram")
        assert cursor.fetchone() == (0,)


def test_grams_narrow_a_search():
    assert "core_search_gram" in matches("长江", "account").explain()


@pytest.mark.parametrize(
    "name", ["Maria Lopez", "José", "ガンダム", "김철수", "单", "A", "", "🙂", "𠮷野家", "欧阳锋", "O'Neil 任"]
)
def test_any_name_can_be_a_persons(name):
    index([entry("contact", 1, name, persons=(name,), phones=("", "n/a", "1"))])
    assert SearchEntry.objects.get().title == name
    if name not in ("", "🙂"):
        assert titles(name) == [name]


@pytest.mark.django_db(transaction=True)
def test_the_index_follows_the_callers_transaction():
    index([entry("account", 1, "长江电力")])
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        index([entry("account", 1, "黄河水电"), entry("account", 2, "黄河旋风")])
        forget("account", [1])
        1 / 0  # noqa: B018
    assert titles("长江") == ["长江电力"]
    assert titles("黄河") == []


def test_only_the_objects_asked_for_are_searched():
    index([entry("account", 1, "长江电力"), entry("contact", 1, "江一")])
    assert titles("江", {"contact": None}) == ["江一"]
    assert titles("江", {}) == []


def test_what_the_actor_may_not_see_takes_no_place_in_the_limit():
    index([entry("contact", 1, "长江")])
    visible = SearchEntry.objects.all()  # stands for the accounts that the actor may see: one
    record = visible.get().pk
    index(entry("account", record + number, f"长江{number}号") for number in range(1, 40))
    index([entry("account", record, "长江沿岸最后的一号")])
    visible = visible.filter(pk=record)
    assert titles("长江", {"account": visible}, limit=3) == ["长江沿岸最后的一号"]
    assert titles("长江", {"account": visible.none(), "contact": None}, limit=3) == ["长江"]
    assert len(titles("长江", {"account": None}, limit=3)) == 3


def test_archived_records_are_not_searched_but_match_in_lists():
    index([entry("account", 1, "长江电力", archived=True), entry("account", 2, "长江商学院")])
    assert titles("长江") == ["长江商学院"]
    assert [(hit.record_id, hit.archived) for hit in search("长江", EVERYTHING, archived=True)] == [
        (2, False),
        (1, True),
    ]
    assert set(matches("长江", "account")) == {1, 2}


def test_matches_filters_a_list():
    index([entry("account", 1, "长江电力"), entry("contact", 1, "江一"), entry("account", 2, "黄河水电")])
    accounts = SearchEntry.objects.filter(object="account")
    assert [account.record_id for account in accounts.filter(record_id__in=matches("dianl", "account"))] == [1]
    assert set(matches("江", "account")) == {1}
    assert set(matches("电", "account")) == {1, 2}
    assert set(matches("黄河 shuid", "account")) == {2}


@pytest.mark.parametrize("text", ["", "   ", "!!", '"', "'", "%", "\\", "*", "()", "\x00", "🙂", "-", "+", "00"])
def test_a_text_without_anything_to_look_for_finds_nothing(text):
    index([entry("account", 1, "长江电力", phones=("13812345678",))])
    assert titles(text) == []
    assert list(matches(text, "account")) == []


@pytest.mark.parametrize(
    "text",
    [
        '长江" OR "黄河', "长江*", "长江 AND 黄河", "NEAR(长江 黄河)", "{长江}", "长江';--", "长" * 500, "zhang" * 100,
        "fangan" * 30, " ".join(chr(0x4E00 + number) for number in range(100)), " ".join("abcdefghijklmnopqrstuvwxyz"),
    ],
)  # fmt: skip
def test_no_text_breaks_the_search(text):
    index([entry("account", 1, "长江电力"), entry("account", 2, "黄河水电")])
    assert "黄河水电" not in titles(text)


def test_the_best_fit_comes_first():
    index(
        [
            entry("account", 1, "上海瑞华机械有限公司"),
            entry("account", 2, "江南瑞华"),
            entry("account", 3, "瑞华机械有限公司"),
            entry("account", 4, "瑞华有限公司"),
            entry("account", 5, "东方集团", words=(("瑞华", 5),)),
            entry("account", 6, "东方集团二厂", words=(("北京东路三百二十一号", 5), ("瑞华", 1))),
        ]
    )
    assert [hit.record_id for hit in search("瑞华", EVERYTHING)] == [4, 3, 2, 1, 5, 6]
    assert [hit.record_id for hit in search("rhjx", EVERYTHING)] == [3, 1]


def test_a_title_that_begins_with_the_text_comes_before_one_that_is_spelt_so():
    index([entry("account", 1, "华能"), entry("account", 2, "Huang Brothers"), entry("account", 3, "东华大学")])
    assert [hit.record_id for hit in search("hua", EVERYTHING)] == [2, 1, 3]


def test_ones_own_come_before_others_and_the_latest_before_the_former():
    times = [datetime(2026, 3, day, tzinfo=UTC) for day in (1, 2, 3)]
    index(
        [
            entry("account", 1, "瑞华电机", owner=7, changed_at=times[0]),
            entry("account", 2, "瑞华电子", owner=8, changed_at=times[1]),
            entry("account", 3, "瑞华电器", owner=8, changed_at=times[2]),
            entry("account", 4, "上海瑞华", owner=7, changed_at=times[2]),
        ]
    )
    somebody = SimpleNamespace(user_id=7, unit_ids=frozenset())
    assert [hit.record_id for hit in search("瑞华", EVERYTHING)] == [3, 2, 1, 4]
    assert [hit.record_id for hit in search("瑞华", EVERYTHING, by=somebody)] == [1, 3, 2, 4]
    touch("account", [2], times[2] + timedelta(days=1))
    assert [hit.record_id for hit in search("瑞华", EVERYTHING)] == [2, 3, 1, 4]


def test_of_very_many_that_fit_the_best_and_ones_own_are_still_found():
    index(entry("account", number, f"东海{number}号瑞华", owner=1) for number in range(10, 10 + 2 * POOL))
    index(
        [entry("account", 1, "瑞华"), entry("account", 2, "瑞华电机"), entry("account", 3, "江南瑞华", owner=7, unit=5)]
    )
    index(entry("account", number, f"东海{number}号瑞华", owner=1) for number in range(2000, 2000 + 2 * POOL))
    found = [hit.record_id for hit in search("瑞华", EVERYTHING)]
    assert found[:2] == [1, 2]
    assert 3 not in found
    for somebody in (SimpleNamespace(user_id=7, unit_ids=()), SimpleNamespace(user_id=8, unit_ids=frozenset({5}))):
        assert 3 in [hit.record_id for hit in search("瑞华", EVERYTHING, 2 * POOL, by=somebody)]


def test_what_is_handed_over_is_found_as_before_and_first_by_whom_it_belongs_to():
    index(entry("account", number, f"东海{number}号瑞华", owner=1) for number in range(10, 10 + 2 * POOL))
    index([entry("account", 1, "江南瑞华电机", numbers=("AC-1",), phones=("13812345678",), owner=7)])
    index(entry("account", number, f"东海{number}号瑞华", owner=1) for number in range(2000, 2000 + 2 * POOL))
    me = SimpleNamespace(user_id=8, unit_ids=(5,))
    assert 1 not in [hit.record_id for hit in search("瑞华", EVERYTHING, POOL, by=me)]
    replace([Entry("account", 1, "", title_field="title", owner=8, unit=5, changed_at=datetime.now(UTC))])
    assert search("瑞华", EVERYTHING, by=me)[0].record_id == 1
    for text in ("江南瑞华电机", "jiangnanrh", "jnrhdj", "13812345678", "2345678", "AC-1", "江", "电机"):
        assert [hit.title for hit in search(text, EVERYTHING)] == ["江南瑞华电机"], text
    replace([Entry("account", 1, "", title_field="title", owner=8, archived=True)])
    assert titles("江南") == []
    assert [hit.archived for hit in search("江南", EVERYTHING, archived=True)] == [True]


def test_what_one_field_holds_is_not_found_by_who_does_not_see_it():
    index([entry("account", 1, "瑞华电机", words=(("北海路", 1),), phones=("0755-28780808",), persons=("单田芳",))])
    index([entry("contact", 1, "北海路", phones=("0755-28780808",))])
    fields = {"account": {"title"}}
    for typed in ("北海路", "28780808", "shantianfang", "stf", "瑞华 北海"):
        assert 1 in set(matches(typed, "account"))
        assert [hit.object for hit in search(typed, EVERYTHING, fields=fields)] in ([], ["contact"])
        assert set(matches(typed, "account", {"title"})) == set()
    (hit,) = search("ruihua", EVERYTHING, fields=fields)
    assert hit.detail == ""
    assert [hit.detail for hit in search("28780808", EVERYTHING, fields={"account": {"phone"}})] == [
        "0755-28780808"
    ] * 2


def test_a_hit_that_its_title_does_not_explain_says_why():
    index([entry("account", 1, "瑞华电机", numbers=("AC-1",), words=(("北海路 3 号", 1),))])
    (hit,) = search("北海", EVERYTHING)
    assert (hit.detail, hit.detail_spans, hit.title_spans) == ("北海路 3 号", ((0, 2),), ())
    (hit,) = search("瑞华", EVERYTHING)
    assert (hit.detail, hit.title_spans) == ("AC-1", ((0, 2),))


def test_weights_order_the_words_of_an_entry():
    remark = "说明文字很长很长"
    index(
        [
            entry("account", 1, "甲", words=((remark, 1), ("瑞华", 5))),
            entry("account", 2, "乙", words=(("瑞华", 1), (remark, 5))),
        ]
    )
    assert [hit.record_id for hit in search("瑞华", EVERYTHING)] == [1, 2]


def test_long_texts_are_found_by_their_words():
    index([entry("account", 1, "甲", words=(("客户反馈说明，" * 50 + "需要更换压缩机 compressor", 1),))])
    assert titles("压缩机") == titles("compress") == ["甲"]
    assert titles("ysj") == []

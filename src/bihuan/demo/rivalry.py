"""Who else wants the demo firm's deals, how strong they are in each, and the library that this makes."""

from collections.abc import Sequence
from decimal import Decimal
from random import Random

from bihuan.demo.records import Competitor, Opportunity, Rival
from bihuan.demo.stages import stage as stage_of

# one row a line
# fmt: off
COMPETITORS = (
    Competitor("艾格斯", "Aegis", "大型螺杆机、离心机，外资一线", "能效实测最好，集团采购认可度高", "报价高一成半，备件等货 3 至 4 周"),
    Competitor("康普达", "Compda", "全系列螺杆机，渠道强", "价格低，县级都有经销商", "能效差一档，保修期外推诿"),
    Competitor("北极星", "Polaris", "永磁变频机与合同能源管理", "零首付的能源合同，适合缺预算的客户", "合同锁定八年，退出代价大"),
    Competitor("Norvik", "Norvik", "无油机与干燥机，医药、半导体为主", "ISO 8573-1 0 级证书齐全", "本地没有服务队，响应 48 小时以上"),
    Competitor("鼎旋", "Dingxuan", "中小型螺杆机", "交期 7 天，现货多", "没有空压站整体方案"),
    Competitor("赛飞动力", "Saifei Power", "余热回收与节能改造", "改造案例多，会讲回本周期", "主机靠外购，质量不稳"),
)
# fmt: on
OUTCOMES = {"open": "running", "won": "beaten", "lost": "ahead"}


def rivals(seed: int, deals: Sequence[Opportunity]) -> tuple[Rival, ...]:
    """A row for every deal that names a competitor, and for a few a second one, who comes off with nothing."""
    random, made = Random(f"rivals {seed}"), []
    for deal in deals:
        if not deal.competitor:
            continue
        kind = stage_of(deal.pipeline, deal.stage).kind
        price = deal.amount * random.randint(88, 112) / 100
        strength = random.choice(("ahead", "level", "behind"))
        made.append(Rival(deal.key, deal.competitor, strength, _round(price), OUTCOMES[kind]))
        if random.random() < 0.2:
            other = random.choice([each.name for each in COMPETITORS if each.name != deal.competitor])
            outcome = "neither" if kind == "lost" else OUTCOMES[kind]
            made.append(Rival(deal.key, other, "behind", None, outcome))
    return tuple(made)


def _round(price: Decimal) -> Decimal:
    return Decimal(round(price / 1000) * 1000)

"""The configuration that a firm starts with: choices and pipelines, as plain data.

A key never changes and is what code and imports hold on to; names and pigments belong to the firm.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple


class Names(NamedTuple):
    """One name in the three languages of the product."""

    zh_hans: str
    zh_hant: str
    en: str


@dataclass(frozen=True)
class Choice:
    """One value that a firm may choose. Aliases are further words that an import takes for it."""

    key: str
    names: Names
    pigment: str = "ink"
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class ChoiceSet:
    key: str
    names: Names
    choices: tuple[Choice, ...]


@dataclass(frozen=True)
class Stage:
    """A named step. Code asks only for its kind; probability is in per cent, the limit in days (None: no limit)."""

    key: str
    names: Names
    kind: Literal["open", "won", "lost"]
    probability: int
    days_limit: int | None
    pigment: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pipeline:
    key: str
    names: Names
    stages: tuple[Stage, ...]


def choice_set(key: str, names: tuple[str, str, str], *rows: tuple[str, ...]) -> ChoiceSet:
    """A set from rows of (key, zh-Hans, zh-Hant, English, pigment, alias…)."""
    choices = (Choice(row[0], Names(*row[1:4]), row[4], row[5:]) for row in rows)
    return ChoiceSet(key, Names(*names), tuple(choices))


CHOICE_SETS = (
    choice_set(
        "account_level", ("客户级别", "客戶級別", "Account level"),
        ("A", "A", "A", "A", "cinnabar", "A 级", "key account"),
        ("B", "B", "B", "B", "orange", "B 级"),
        ("C", "C", "C", "C", "azure", "C 级"),
        ("D", "D", "D", "D", "ink", "D 级"),
    ),
    choice_set(
        "account_status", ("客户阶段", "客戶階段", "Account stage"),
        ("potential", "潜在", "潛在", "Prospect", "ink", "潜在客户", "lead"),
        ("nurture", "培育", "培育", "Nurturing", "azure", "培育中"),
        ("first_purchase", "首购", "首購", "First order", "turquoise", "新客户"),
        ("steady", "稳定复购", "穩定回購", "Repeat", "malachite", "老客户", "active", "customer"),
        ("strategic", "战略", "策略", "Strategic", "indigo", "战略客户"),
        ("at_risk", "流失风险", "流失風險", "At risk", "cinnabar", "churn risk"),
        ("dormant", "休眠", "休眠", "Dormant", "dai", "沉睡", "inactive"),
    ),
    choice_set(
        "industry", ("行业", "產業", "Industry"),
        ("auto_parts", "汽车零部件", "汽車零組件", "Auto parts", "azure", "汽车", "automotive"),
        ("semiconductor", "电子半导体", "電子半導體", "Semiconductors", "indigo", "电子", "electronics"),
        ("plastics", "注塑", "射出成型", "Plastics", "turquoise", "塑料"),
        ("food", "食品饮料", "食品飲料", "Food and beverage", "olive", "食品", "food"),
        ("new_energy", "新能源材料", "新能源材料", "New energy materials", "malachite", "锂电", "battery"),
        ("packaging", "包装", "包裝", "Packaging", "orange", "印刷包装"),
        ("marine", "船舶配套", "船舶配套", "Marine outfitting", "dai", "船舶", "shipbuilding"),
        ("ceramics", "陶瓷机械", "陶瓷機械", "Ceramics", "gamboge", "陶瓷"),
        ("pharma", "医药包装", "醫藥包裝", "Pharmaceuticals", "rouge", "医药", "medical"),
        ("rubber", "橡胶", "橡膠", "Rubber", "ink", "轮胎"),
        ("tooling", "模具", "模具", "Tooling", "violet", "mould"),
        ("textile", "纺织印染", "紡織印染", "Textiles", "rouge", "纺织"),
        ("laser", "激光", "雷射", "Lasers", "cinnabar", "激光切割"),
        ("glass", "玻璃", "玻璃", "Glass", "turquoise", "光伏玻璃"),
        ("valves", "阀门", "閥門", "Valves", "dai", "管阀"),
        ("heavy_equipment", "重型装备", "重型裝備", "Heavy equipment", "orange", "重工"),
        ("chemicals", "精细化工", "精細化工", "Fine chemicals", "violet", "化工", "chemical"),
        ("metals", "五金加工", "五金加工", "Metalworking", "ink", "五金", "machinery"),
        ("engineering", "工程与设计", "工程與設計", "Engineering", "indigo", "设计院"),
        ("trade", "经销与贸易", "經銷與貿易", "Trade", "gamboge", "经销商", "retail"),
        ("services", "维修服务", "維修服務", "Repair services", "olive", "services"),
    ),
    choice_set(
        "source", ("来源", "來源", "Source"),
        ("exhibition", "展会", "展覽", "Trade fair", "orange", "展览会", "tradeshow"),
        ("referral", "老客户介绍", "老客戶介紹", "Referral", "malachite", "转介绍", "word of mouth"),
        ("website", "官网", "官網", "Website", "azure", "网站", "web"),
        ("search_ads", "搜索推广", "搜尋廣告", "Search ads", "indigo", "百度", "google"),
        ("wechat", "微信公众号", "微信公眾號", "WeChat channel", "olive", "公众号"),
        ("cold_call", "陌生拜访", "陌生開發", "Cold call", "ink", "陌拜", "电话开发"),
        ("partner", "渠道伙伴", "通路夥伴", "Channel partner", "violet", "经销商", "partner"),
        ("design_institute", "设计院推荐", "設計院推薦", "Design institute", "dai"),
        ("tender", "招投标", "招投標", "Tender", "gamboge", "招标网"),
        ("service", "服务转商机", "服務轉商機", "Service lead", "turquoise", "售后"),
        ("feedback", "客户反馈", "客戶回饋", "Customer feedback", "rouge", "反馈转线索"),
    ),
    choice_set(
        "channel", ("渠道", "管道", "Channel"),
        ("phone", "电话", "電話", "Phone", "azure", "call", "通话"),
        ("visit", "拜访", "拜訪", "Visit", "indigo", "meeting", "上门"),
        ("mail", "邮件", "電子郵件", "Mail", "dai", "email", "e-mail"),
        ("wechat", "微信", "微信", "WeChat", "malachite", "企业微信"),
        ("sms", "短信", "簡訊", "SMS", "turquoise", "text message"),
        ("letter", "信函", "信函", "Letter", "gamboge", "快递"),
        ("fax", "传真", "傳真", "Fax", "ink"),
        ("event", "活动", "活動", "Event", "orange", "展会", "研讨会"),
        ("web", "网站", "網站", "Web", "violet", "门户", "portal"),
        ("media", "媒体", "媒體", "Media", "rouge", "广告"),
    ),
    choice_set(
        "outcome", ("结果", "結果", "Outcome"),
        ("progress", "有推进", "有進展", "Moved on", "malachite", "推进"),
        ("informed", "已告知", "已告知", "Informed", "azure"),
        ("waiting", "等对方", "等對方", "Waiting for them", "gamboge", "等回复"),
        ("problem", "提出问题", "提出問題", "Problem raised", "orange", "投诉"),
        ("solved", "已解决", "已解決", "Solved", "turquoise"),
        ("no_answer", "未接通", "未接通", "No answer", "ink", "未接"),
        ("declined", "婉拒", "婉拒", "Declined", "cinnabar", "拒绝"),
    ),
    choice_set(
        "decision_role", ("决策角色", "決策角色", "Decision role"),
        ("decision", "决策", "決策", "Decision maker", "cinnabar", "拍板人"),
        ("technical", "技术", "技術", "Technical", "azure", "技术把关"),
        ("purchasing", "采购", "採購", "Purchasing", "gamboge", "buyer"),
        ("user", "使用", "使用", "User", "malachite", "使用部门"),
        ("finance", "财务", "財務", "Finance", "violet", "付款"),
        ("coach", "内线", "內線", "Coach", "turquoise", "支持者"),
    ),
    choice_set(
        "attitude", ("态度", "態度", "Attitude"),
        ("champion", "力挺", "力挺", "Champion", "malachite"),
        ("supportive", "支持", "支持", "Supportive", "turquoise", "positive"),
        ("neutral", "中立", "中立", "Neutral", "ink"),
        ("sceptical", "有疑虑", "有疑慮", "Sceptical", "gamboge"),
        ("opposed", "反对", "反對", "Opposed", "cinnabar", "negative"),
    ),
    choice_set(
        "loss_reason", ("输单原因", "輸單原因", "Loss reason"),
        ("price", "价格", "價格", "Price", "cinnabar", "价格高"),
        ("competitor_relation", "竞争对手关系", "競爭對手關係", "Rival's relations", "rouge", "关系"),
        ("delivery", "交期", "交期", "Delivery time", "orange"),
        ("specification", "技术不符", "規格不符", "Specification", "indigo", "参数不符"),
        ("budget", "预算取消", "預算取消", "Budget cut", "gamboge", "no budget"),
        ("payment_terms", "付款条件", "付款條件", "Payment terms", "violet"),
        ("postponed", "项目暂缓", "專案暫緩", "Postponed", "dai", "延期"),
        ("no_contact", "失去联系", "失去聯繫", "Lost touch", "ink"),
    ),
    choice_set(
        "account_relation", ("客户关系", "客戶關係", "Account relation"),
        ("group", "同集团", "同集團", "Same group", "indigo", "集团"),
        ("subsidiary", "下属公司", "子公司", "Subsidiary", "azure", "子公司"),
        ("agent", "代理经销", "代理經銷", "Agent", "orange", "经销商"),
        ("engineering", "设计与总包", "設計與統包", "Engineering contractor", "dai", "总包"),
        ("supplier", "供应商", "供應商", "Supplier", "olive"),
    ),
    choice_set(
        "unit_of_measure", ("计量单位", "計量單位", "Unit of measure"),
        ("set", "台", "台", "unit", "ink", "pcs"),
        ("piece", "只", "只", "piece", "ink", "个"),
        ("kit", "套", "套", "kit", "ink"),
        ("barrel", "桶", "桶", "barrel", "ink"),
        ("metre", "米", "公尺", "metre", "ink", "m"),
        ("job", "项", "項", "job", "ink"),
        ("visit", "次", "次", "visit", "ink"),
        ("station_year", "站·年", "站·年", "station-year", "ink"),
        ("month", "月", "月", "month", "ink"),
    ),
    choice_set(
        "product_category", ("产品类别", "產品類別", "Product category"),
        ("compressor", "压缩主机", "壓縮主機", "Compressors", "azure", "空压机"),
        ("treatment", "后处理", "後處理", "Air treatment", "turquoise", "干燥机"),
        ("gas", "制气设备", "製氣設備", "Gas generators", "indigo", "氮气机"),
        ("energy", "余热与节能", "餘熱與節能", "Heat and energy", "orange", "余热回收"),
        ("parts", "备件耗材", "備品耗材", "Spare parts", "gamboge", "配件"),
        ("engineering", "工程服务", "工程服務", "Engineering", "dai", "安装"),
        ("maintenance", "维保", "維護保養", "Maintenance", "malachite", "保养"),
        ("digital", "云端与监控", "雲端與監控", "Monitoring", "violet", "云监控"),
    ),
    choice_set(
        "job_function", ("职能", "職能", "Job function"),
        ("management", "经营管理", "經營管理", "Management", "cinnabar", "总经理"),
        ("equipment", "设备", "設備", "Equipment", "azure", "设备部"),
        ("energy", "能源动力", "能源動力", "Energy", "malachite", "动力"),
        ("production", "生产", "生產", "Production", "orange"),
        ("purchasing", "采购", "採購", "Purchasing", "gamboge"),
        ("finance", "财务", "財務", "Finance", "violet"),
        ("quality", "质量", "品質", "Quality", "indigo", "品管"),
        ("ehs", "安环", "環安", "Health and safety", "olive", "EHS"),
        ("owner", "业主", "業主", "Owner", "rouge", "老板"),
    ),
)  # fmt: skip


def pipeline(key: str, names: tuple[str, str, str], *stages: Stage) -> Pipeline:
    return Pipeline(key, Names(*names), stages)


PIPELINES = (
    pipeline(
        "equipment", ("设备销售", "設備銷售", "Equipment sales"),
        Stage("first_contact", Names("初步接触", "初步接觸", "First contact"), "open", 10, 10, "ink",
              ("Prospecting", "Qualification", "初步沟通")),
        Stage("needs_confirmed", Names("需求确认", "需求確認", "Needs confirmed"), "open", 25, 12, "azure",
              ("Engaging", "Needs analysis")),
        Stage("proposal", Names("方案报价", "方案報價", "Proposal"), "open", 50, 10, "gamboge",
              ("Quote", "Proposal/Price quote", "报价")),
        Stage("negotiation", Names("商务谈判", "商務談判", "Negotiation"), "open", 75, 10, "orange",
              ("Negotiation/Review", "谈判")),
        Stage("contract_approval", Names("合同审批", "合約審批", "Contract approval"), "open", 90, 5, "violet",
              ("Contract", "签约中")),
        Stage("won", Names("赢单", "贏單", "Won"), "won", 100, None, "malachite", ("Closed won", "成交")),
        Stage("lost", Names("输单", "輸單", "Lost"), "lost", 0, None, "cinnabar", ("Closed lost", "丢单")),
        Stage("cancelled", Names("客户取消", "客戶取消", "Cancelled by customer"), "lost", 0, None, "ink",
              ("Cancelled", "Abandoned")),
    ),
    pipeline(
        "renewal", ("维保续约", "維保續約", "Service renewal"),
        Stage("due", Names("到期提醒", "到期提醒", "Falling due"), "open", 40, 15, "ink"),
        Stage("inspection", Names("巡检评估", "巡檢評估", "Inspection"), "open", 60, 15, "azure"),
        Stage("offer", Names("续约报价", "續約報價", "Renewal offer"), "open", 80, 10, "gamboge"),
        Stage("renewed", Names("已续约", "已續約", "Renewed"), "won", 100, None, "malachite"),
        Stage("not_renewed", Names("未续约", "未續約", "Not renewed"), "lost", 0, None, "cinnabar"),
    ),
    pipeline(
        "parts", ("备件快单", "備品快單", "Quick parts orders"),
        Stage("quoted", Names("已报价", "已報價", "Quoted"), "open", 70, 5, "azure"),
        Stage("ordered", Names("已下单", "已下單", "Ordered"), "won", 100, None, "malachite"),
        Stage("dropped", Names("未成交", "未成交", "Dropped"), "lost", 0, None, "ink"),
    ),
)  # fmt: skip

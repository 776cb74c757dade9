"""The firm itself: its units, its roles and the people who work there."""

from pypinyin import Style, pinyin

from bihuan.demo.records import Names, Role, Unit, User

UNITS = (
    Unit("hancheng", Names("瀚澄动力", "瀚澄動力", "Hancheng Power"), "firm", None),
    Unit("management", Names("总经理办公室", "總經理辦公室", "Executive office"), "department", "hancheng"),
    Unit("commerce", Names("商务部", "商務部", "Commercial office"), "department", "hancheng"),
    Unit("it", Names("信息部", "資訊部", "IT"), "department", "hancheng"),
    Unit("marketing", Names("市场部", "行銷部", "Marketing"), "department", "hancheng"),
    Unit("east", Names("华东分公司", "華東分公司", "East China branch"), "branch", "hancheng"),
    Unit("east-1", Names("华东销售一部", "華東業務一部", "East sales 1"), "department", "east"),
    Unit("east-2", Names("华东销售二部", "華東業務二部", "East sales 2"), "department", "east"),
    Unit("south", Names("华南分公司", "華南分公司", "South China branch"), "branch", "hancheng"),
    Unit("south-1", Names("华南销售部", "華南業務部", "South sales"), "department", "south"),
    Unit("north", Names("华北分公司", "華北分公司", "North China branch"), "branch", "hancheng"),
    Unit("north-1", Names("华北销售部", "華北業務部", "North sales"), "department", "north"),
    Unit("overseas", Names("海外事业部", "海外事業部", "Overseas division"), "division", "hancheng"),
    Unit("taiwan", Names("台湾业务组", "台灣業務組", "Taiwan team"), "team", "overseas"),
    Unit("hongkong", Names("香港业务组", "香港業務組", "Hong Kong team"), "team", "overseas"),
    Unit("export", Names("国际业务组", "國際業務組", "Export team"), "team", "overseas"),
    Unit("service", Names("服务部", "服務部", "Service"), "department", "hancheng"),
    Unit("service-desk", Names("服务台", "服務台", "Service desk"), "team", "service"),
    Unit("field", Names("现场服务组", "現場服務組", "Field service"), "team", "service"),
)

ROLES = (
    Role("administrator", Names("管理员", "管理員", "Administrator")),
    Role("sales_manager", Names("销售经理", "業務主管", "Sales manager")),
    Role("sales_rep", Names("销售代表", "業務代表", "Sales representative")),
    Role("marketing", Names("市场", "行銷", "Marketing")),
    Role("service", Names("服务", "服務", "Service")),
    Role("read_only", Names("只读", "唯讀", "Read-only")),
)

#: name, English name, login, title, unit, manager, role, language, pigment
STAFF = (
    ("江远", "Jiang Yuan", "jiangyuan", "销售总监", "management", None, "sales_manager", "zh-hans", "ink"),
    ("方致远", "Fang Zhiyuan", "fangzhiyuan", "信息主管", "it", "jiangyuan", "administrator", "zh-hans", "dai"),
    ("唐棠", "Tang Tang", "tangtang", "商务经理", "commerce", "jiangyuan", "read_only", "zh-hans", "rouge"),
    ("周敏", "Zhou Min", "zhoumin", "销售经理", "east-1", "jiangyuan", "sales_manager", "zh-hans", "orange"),
    ("陆子昂", "Lu Zi’ang", "luziang", "销售工程师", "east-1", "zhoumin", "sales_rep", "zh-hans", "malachite"),
    ("韩雪", "Han Xue", "hanxue", "销售工程师", "east-1", "zhoumin", "sales_rep", "zh-hans", "azure"),
    ("顾言", "Gu Yan", "guyan", "客户经理", "east-1", "zhoumin", "sales_rep", "zh-hans", "rouge"),
    ("沈一帆", "Shen Yifan", "shenyifan", "销售工程师", "east-1", "zhoumin", "sales_rep", "zh-hans", "turquoise"),
    ("纪宏远", "Ji Hongyuan", "jihongyuan", "销售经理", "east-2", "jiangyuan", "sales_manager", "zh-hans", "indigo"),
    ("叶青", "Ye Qing", "yeqing", "销售工程师", "east-2", "jihongyuan", "sales_rep", "zh-hans", "olive"),
    ("宋知行", "Song Zhixing", "songzhixing", "销售工程师", "east-2", "jihongyuan", "sales_rep", "zh-hans", "violet"),
    ("梁伟业", "Liang Weiye", "liangweiye", "销售经理", "south-1", "jiangyuan", "sales_manager", "zh-hans", "cinnabar"),
    (
        "黄嘉颖",
        "Huang Jiaying",
        "huangjiaying",
        "销售工程师",
        "south-1",
        "liangweiye",
        "sales_rep",
        "zh-hans",
        "gamboge",
    ),
    ("石磊", "Shi Lei", "shilei", "销售经理", "north-1", "jiangyuan", "sales_manager", "zh-hans", "dai"),
    ("田野", "Tian Ye", "tianye", "销售工程师", "north-1", "shilei", "sales_rep", "zh-hans", "olive"),
    (
        "Sofia Lindqvist",
        "Sofia Lindqvist",
        "sofia",
        "Head of Overseas Sales",
        "overseas",
        "jiangyuan",
        "sales_manager",
        "en",
        "indigo",
    ),
    ("Daniel Okafor", "Daniel Okafor", "daniel", "Area Sales Manager", "export", "sofia", "sales_rep", "en", "gamboge"),
    ("林冠宇", "Lin Kuan-yu", "linguanyu", "業務經理", "taiwan", "sofia", "sales_rep", "zh-hant", "turquoise"),
    ("陳詠珊", "Chan Wing-shan", "chenyongshan", "客戶經理", "hongkong", "sofia", "sales_rep", "zh-hant", "violet"),
    ("夏语", "Xia Yu", "xiayu", "市场经理", "marketing", "jiangyuan", "marketing", "zh-hans", "rouge"),
    ("丁一诺", "Ding Yinuo", "dingyinuo", "市场专员", "marketing", "xiayu", "marketing", "zh-hans", "azure"),
    ("何嘉", "He Jia", "hejia", "服务经理", "service-desk", "jiangyuan", "service", "zh-hans", "violet"),
    ("吴建国", "Wu Jianguo", "wujianguo", "高级服务工程师", "field", "hejia", "service", "zh-hans", "indigo"),
    ("马骏", "Ma Jun", "majun", "服务工程师", "field", "hejia", "service", "zh-hans", "orange"),
    ("谢峰", "Xie Feng", "xiefeng", "服务工程师", "field", "hejia", "service", "zh-hans", "malachite"),
)


def users() -> tuple[User, ...]:
    return tuple(employee(number, *row) for number, row in enumerate(STAFF))


def employee(number, name, name_en, login, title, unit, manager, role, language, pigment) -> User:
    phone = f"+86139{51260418 + number * 7919:08}"
    email = f"{login}@hancheng.example"
    return User(login, name, name_en, email, phone, title, unit, manager, (role,), language, pigment)


def romanised(text: str) -> str:
    """Pinyin without tones or spaces, for logins and addresses; Latin letters stay."""
    syllables = (parts[0] for parts in pinyin(text, style=Style.NORMAL))
    return "".join(letter for letter in "".join(syllables).lower() if letter.isascii() and letter.isalnum())

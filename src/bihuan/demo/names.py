"""The stuff that names are made of: people, places, trades, and the foreign and traditional-Chinese firms."""

# Tables, one row a line; lists of words are written as one string.
# ruff: noqa: E501, SIM905

from typing import NamedTuple

SURNAMES = (
    "王李张刘陈杨黄赵周吴徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
    "姚卢姜崔钟谭陆汪范金石廖贾夏韦方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
GIVEN_NAMES = {
    "m": (
        "国强 建华 志刚 文斌 伟东 海涛 永辉 立新 俊杰 明远 浩然 子轩 宏伟 晓峰 振宇 家栋 学军 少华 景行 思源 天佑 博文 一鸣 承志 "
        "德胜 庆丰 卫国 正阳 世杰 云飞 启航 乐山 怀瑾 靖宇 长青 兴邦 广平 新民 锦程 泽宇 光耀 守信 松涛 柏林 致和 维康"
    ).split(),
    "f": (
        "丽华 晓燕 婷婷 雅琴 思涵 静怡 慧敏 雨欣 佳慧 玉兰 梦瑶 若曦 海燕 春梅 文静 诗琪 秀英 嘉怡 晓雯 可欣 芳菲 念慈 "
        "美玲 月华 亦菲 凤霞 书瑶 清和 知微 冬梅 红霞 雪莹 巧云 素心 爱萍 佩珊 语桐 宁宁 采薇 沁雅"
    ).split(),
}
PEOPLE_TRADITIONAL = {
    "m": (
        "張志豪 黃建銘 劉家豪 蔡宗翰 許哲瑋 謝明哲 郭俊宏 曾國棟 廖文傑 賴冠廷 周柏翰 蘇信宏 莊育誠 江承翰 蕭文彥 高振宇 "
        "潘俊傑 朱啟明 歐陽偉倫 馮浩賢 譚國輝"
    ).split(),
    "f": (
        "李佩珊 吳淑芬 楊雅婷 鄭惠雯 洪詩涵 邱怡君 徐玉玲 葉欣怡 呂雅雯 何思穎 羅美惠 簡淑娟 鄧家欣 梁詠詩 麥嘉敏 "
        "方宜蓁 黎曉彤 戴佳玲 范雅筑 游舒涵"
    ).split(),
}
PEOPLE_ENGLISH = {
    "m": (
        "Thomas Keller", "Nguyen Van Hai", "James Whitfield", "Marco Bianchi", "Rajesh Pillai", "Somchai Prasert",
        "Karl Hoffmann", "David Tan", "Omar Haddad", "Lucas Moreau", "Budi Santoso", "Piotr Zielinski",
    ),
    "f": (
        "Aisha Rahman", "Priya Raman", "Siti Nurhaliza", "Chen Wei Ling", "Emma Lindgren", "Maria Santos",
        "Katarzyna Nowak", "Tran Thi Mai", "Layla Farouk", "Dewi Lestari", "Ingrid Vogel", "Anjali Deshmukh",
    ),
}  # fmt: skip

#: Titles as (title, department, function, decision role) in the three languages, the weightiest first.
TITLES = {
    "zh-hans": (
        ("总经理", "总经办", "management", "decision"), ("设备总监", "设备部", "equipment", "decision"), ("厂长", "生产部", "production", "decision"),
        ("设备经理", "设备部", "equipment", "technical"), ("采购经理", "采购部", "purchasing", "purchasing"), ("动力主管", "动力部", "energy", "technical"),
        ("采购主管", "采购部", "purchasing", "purchasing"), ("设备工程师", "设备部", "equipment", "user"), ("车间主任", "生产部", "production", "user"),
        ("财务主管", "财务部", "finance", "finance"), ("质量经理", "质量部", "quality", "coach"), ("安环主管", "安环部", "ehs", "user"),
    ),
    "zh-hant": (
        ("總經理", "總經理室", "management", "decision"), ("廠長", "生產部", "production", "decision"), ("廠務經理", "廠務部", "equipment", "technical"),
        ("採購經理", "採購部", "purchasing", "purchasing"), ("設備課長", "設備課", "equipment", "technical"), ("財務主任", "財務部", "finance", "finance"),
    ),
    "en": (
        ("Plant Manager", "Operations", "production", "decision"), ("Managing Director", "Management", "management", "decision"),
        ("Maintenance Manager", "Engineering", "equipment", "technical"), ("Purchasing Manager", "Purchasing", "purchasing", "purchasing"),
        ("Utilities Engineer", "Engineering", "energy", "user"),
    ),
}  # fmt: skip

#: The first and second character of an invented firm's brand.
BRAND_FIRST = "恒瑞泰博科鸿华盛宏新嘉凯佳康德正隆锦远明天金东诚达利万丰润通卓越海力星光精安振中联创立亿"
BRAND_SECOND = "昌源达凯诺宇晟腾峰辉泽特朗沃森雅铭奥顿洁曜禾启拓睿岑骏弘"


class City(NamedTuple):
    name: str
    province: str
    area_code: str
    districts: tuple[tuple[str, str], ...]  # name and six-digit code
    team: str  # the unit that serves the city


def city(name: str, province: str, area_code: str, districts: str, team: str) -> City:
    pairs = (part.split(":") for part in districts.split())
    return City(name, province, area_code, tuple((district, code) for district, code in pairs), team)


CITIES = {
    town.name: town
    for town in (
        city(
            "苏州", "江苏省", "512", "吴中区:320506 虎丘区:320505 相城区:320507 吴江区:320509 张家港市:320582", "east-1"
        ),
        city("昆山", "江苏省", "512", "昆山市:320583", "east-1"),
        city(
            "无锡", "江苏省", "510", "锡山区:320205 惠山区:320206 新吴区:320214 江阴市:320281 宜兴市:320282", "east-1"
        ),
        city("常州", "江苏省", "519", "武进区:320412 新北区:320411 金坛区:320413 溧阳市:320481", "east-1"),
        city("南通", "江苏省", "513", "通州区:320612 崇川区:320613 海门区:320614 如皋市:320682", "east-1"),
        city("扬州", "江苏省", "514", "邗江区:321003 江都区:321012 仪征市:321081", "east-1"),
        city(
            "宁波", "浙江省", "574", "北仑区:330206 鄞州区:330212 镇海区:330211 余姚市:330281 慈溪市:330282", "east-1"
        ),
        city("杭州", "浙江省", "571", "萧山区:330109 余杭区:330110 富阳区:330111 钱塘区:330114", "east-1"),
        city("合肥", "安徽省", "551", "肥西县:340123 包河区:340111 长丰县:340121", "east-1"),
        city("温州", "浙江省", "577", "龙湾区:330303 瓯海区:330304 瑞安市:330381 乐清市:330382", "east-1"),
        city(
            "上海", "上海市", "21", "嘉定区:310114 闵行区:310112 宝山区:310113 金山区:310116 浦东新区:310115", "east-2"
        ),
        city("南京", "江苏省", "25", "江宁区:320115 浦口区:320111 六合区:320116 溧水区:320117", "east-2"),
        city(
            "嘉兴", "浙江省", "573", "秀洲区:330411 南湖区:330402 海宁市:330481 平湖市:330482 桐乡市:330483", "east-2"
        ),
        city("绍兴", "浙江省", "575", "柯桥区:330603 上虞区:330604 诸暨市:330681", "east-2"),
        city("台州", "浙江省", "576", "黄岩区:331003 路桥区:331004 温岭市:331081 玉环市:331083", "east-2"),
        city("武汉", "湖北省", "27", "洪山区:420111 东西湖区:420112 江夏区:420115 蔡甸区:420114", "east-2"),
        city("深圳", "广东省", "755", "宝安区:440306 龙岗区:440307 光明区:440311 坪山区:440310", "south-1"),
        city("广州", "广东省", "20", "黄埔区:440112 番禺区:440113 花都区:440114 增城区:440118", "south-1"),
        city("东莞", "广东省", "769", "长安镇:441900 虎门镇:441900 松山湖:441900 寮步镇:441900", "south-1"),
        city("佛山", "广东省", "757", "南海区:440605 顺德区:440606 三水区:440607", "south-1"),
        city("厦门", "福建省", "592", "同安区:350212 翔安区:350213 海沧区:350205 集美区:350211", "south-1"),
        city("长沙", "湖南省", "731", "望城区:430112 岳麓区:430104 长沙县:430121", "south-1"),
        city("北京", "北京市", "10", "大兴区:110115 顺义区:110113 通州区:110112", "north-1"),
        city("天津", "天津市", "22", "北辰区:120113 武清区:120114 西青区:120111 津南区:120112", "north-1"),
        city("青岛", "山东省", "532", "城阳区:370214 黄岛区:370211 即墨区:370215 胶州市:370281", "north-1"),
        city("济南", "山东省", "531", "历城区:370112 章丘区:370114 长清区:370113", "north-1"),
        city("沈阳", "辽宁省", "24", "铁西区:210106 于洪区:210114 浑南区:210112", "north-1"),
        city("西安", "陕西省", "29", "高陵区:610117 临潼区:610115 鄠邑区:610118", "north-1"),
        city("成都", "四川省", "28", "龙泉驿区:510112 新都区:510114 郫都区:510117", "north-1"),
        city("郑州", "河南省", "371", "中原区:410102 中牟县:410122 荥阳市:410182", "north-1"),
    )
}
STREETS = "工业大道 创新路 科技路 兴业路 振兴路 纬三路 经七路 东方路 丰华路 望江路 新港路 开元路 长江路 滨河路 春晖路 锦绣路".split()

#: industry key → what such a firm calls its trade: (in the short name, in the full name)
TRADES = {
    "auto_parts": (("汽配", "汽车零部件"), ("底盘", "汽车底盘系统"), ("精锻", "精密锻造")),
    "semiconductor": (("电子", "电子科技"), ("微电", "微电子材料"), ("光电", "光电技术")),
    "plastics": (("塑业", "塑料制品"), ("注塑", "精密注塑")),
    "food": (("食品", "食品"), ("饮料", "饮料"), ("乳业", "乳业")),
    "new_energy": (("新能源", "新能源科技"), ("锂电材料", "锂电材料"), ("新材", "新材料科技")),
    "packaging": (("包装", "包装材料"), ("彩印", "彩印包装")),
    "marine": (("船舶", "船舶工程"), ("海工", "海洋工程装备")),
    "ceramics": (("陶瓷", "陶瓷"), ("新陶", "新型陶瓷材料")),
    "pharma": (("药业", "药业"), ("医药", "生物医药"), ("医疗", "医疗器械")),
    "rubber": (("橡胶", "橡胶制品"), ("轮胎", "轮胎")),
    "tooling": (("模具", "模具技术"),),
    "textile": (("纺织", "纺织"), ("化纤", "化学纤维"), ("印染", "印染")),
    "laser": (("激光", "激光设备"), ("钣金", "精密钣金")),
    "glass": (("玻璃", "玻璃制品"), ("光学", "光学玻璃")),
    "valves": (("阀门", "阀门制造"), ("流体", "流体控制")),
    "heavy_equipment": (("重工", "重工机械"), ("机床", "数控机床")),
    "chemicals": (("化工", "化工"), ("涂料", "涂料")),
    "metals": (("五金", "五金制品"), ("铸造", "铸造"), ("金属", "金属制品")),
}
LEGAL_FORMS = ("有限公司",) * 7 + ("股份有限公司", "集团有限公司", "（中国）有限公司")


class ForeignFirm(NamedTuple):
    """A firm written out by hand, since its name follows no pattern of the mainland's."""

    key: str
    name: str
    short_name: str
    name_en: str
    industry: str
    country: str  # ISO 3166, two letters
    city: str
    district: str
    address: str


TAIWAN_FIRMS = (
    ForeignFirm(
        "yongfeng",
        "永豐精密工業股份有限公司",
        "永豐精密",
        "Yong Feng Precision",
        "auto_parts",
        "TW",
        "台中市",
        "大里區",
        "仁化工二路 66 號",
    ),
    ForeignFirm(
        "hsinchi",
        "新騏半導體材料股份有限公司",
        "新騏半導體",
        "Hsin Chi Semiconductor",
        "semiconductor",
        "TW",
        "新竹市",
        "東區",
        "力行六路 12 號",
    ),
    ForeignFirm(
        "liangguang",
        "良光光電股份有限公司",
        "良光光電",
        "Liang Guang Opto",
        "semiconductor",
        "TW",
        "桃園市",
        "龜山區",
        "華亞二路 158 號",
    ),
    ForeignFirm(
        "dahe", "大禾食品工業股份有限公司", "大禾食品", "Da He Foods", "food", "TW", "台南市", "永康區", "環工路 37 號"
    ),
    ForeignFirm(
        "fuquan",
        "富全橡膠工業股份有限公司",
        "富全橡膠",
        "Fu Quan Rubber",
        "rubber",
        "TW",
        "彰化縣",
        "員林市",
        "山腳路三段 210 號",
    ),
    ForeignFirm(
        "jiahung",
        "嘉鴻塑膠有限公司",
        "嘉鴻塑膠",
        "Jia Hung Plastics",
        "plastics",
        "TW",
        "台南市",
        "安南區",
        "工業二路 88 號",
    ),
    ForeignFirm(
        "chengtai",
        "承泰紡織股份有限公司",
        "承泰紡織",
        "Cheng Tai Textile",
        "textile",
        "TW",
        "桃園市",
        "觀音區",
        "經建五路 9 號",
    ),
    ForeignFirm(
        "guangli",
        "廣立生技製藥股份有限公司",
        "廣立生技",
        "Guang Li Biotech",
        "pharma",
        "TW",
        "新北市",
        "汐止區",
        "大同路一段 237 號",
    ),
    ForeignFirm(
        "ruiyang",
        "瑞揚工具機股份有限公司",
        "瑞揚工具機",
        "Rui Yang Machine Tools",
        "heavy_equipment",
        "TW",
        "台中市",
        "神岡區",
        "中山路 1180 號",
    ),
    ForeignFirm(
        "hongsheng",
        "宏昇包裝材料有限公司",
        "宏昇包裝",
        "Hong Sheng Packaging",
        "packaging",
        "TW",
        "高雄市",
        "大寮區",
        "華東路 45 號",
    ),
)
HONG_KONG_FIRMS = (
    ForeignFirm(
        "kamwah",
        "錦華製衣集團有限公司",
        "錦華製衣",
        "Kam Wah Garments Group",
        "textile",
        "HK",
        "九龍",
        "觀塘區",
        "鴻圖道 57 號",
    ),
    ForeignFirm(
        "meixin", "美昕烘焙食品有限公司", "美昕烘焙", "Mei Xin Bakery", "food", "HK", "新界", "大埔區", "大昌街 3 號"
    ),
    ForeignFirm(
        "tinlok",
        "天樂船務工程有限公司",
        "天樂船務",
        "Tin Lok Marine Works",
        "marine",
        "HK",
        "新界",
        "葵青區",
        "青衣路 18 號",
    ),
    ForeignFirm(
        "kwongming",
        "光明醫療用品有限公司",
        "光明醫療",
        "Kwong Ming Medical",
        "pharma",
        "HK",
        "新界",
        "沙田區",
        "科學園東路 6 號",
    ),
    ForeignFirm(
        "fortune",
        "富雋精密五金廠有限公司",
        "富雋五金",
        "Fortune Precision Metal",
        "metals",
        "HK",
        "九龍",
        "深水埗區",
        "大南西街 609 號",
    ),
)
OVERSEAS_FIRMS = (
    ForeignFirm("mekongpack", "Mekong Packaging Joint Stock Company", "Mekong Packaging", "Mekong Packaging", "packaging", "VN", "Binh Duong", "Thuan An", "15 VSIP Street 6"),
    ForeignFirm("penangchip", "Penang Chip Assembly Sdn. Bhd.", "Penang Chip", "Penang Chip Assembly", "semiconductor", "MY", "Penang", "Bayan Lepas", "Plot 41, Phase 3 Free Industrial Zone"),
    ForeignFirm("siamfoods", "Siam Orchard Foods Co., Ltd.", "Siam Orchard", "Siam Orchard Foods", "food", "TH", "Samut Prakan", "Bang Phli", "88/9 Moo 4 King Kaew Road"),
    ForeignFirm("javatyre", "PT Java Tyre Nusantara", "Java Tyre", "Java Tyre Nusantara", "rubber", "ID", "Bekasi", "Cikarang", "Jalan Industri Selatan 5"),
    ForeignFirm("deccan", "Deccan Auto Components Pvt. Ltd.", "Deccan Auto", "Deccan Auto Components", "auto_parts", "IN", "Pune", "Chakan", "Gat No. 214, MIDC Phase II"),
    ForeignFirm("rheinglas", "Rheinglas Technik GmbH", "Rheinglas", "Rheinglas Technik", "glass", "DE", "Krefeld", "Uerdingen", "Hafenstraße 112"),
    ForeignFirm("gulfwater", "Gulf Water Bottling LLC", "Gulf Water", "Gulf Water Bottling", "food", "AE", "Sharjah", "Hamriyah", "Free Zone Plot 3C-11"),
    ForeignFirm("baltico", "Baltico Shipyard Sp. z o.o.", "Baltico", "Baltico Shipyard", "marine", "PL", "Gdynia", "Oksywie", "ul. Stoczniowa 7"),
)  # fmt: skip

#: People who trade in their own name: repairers, fitters and dealers who buy parts and small machines.
SOLE_TRADERS = (
    ("张建华", "m", "苏州", "services"), ("倪国平", "m", "无锡", "services"), ("余海燕", "f", "宁波", "trade"), ("金道勇", "m", "温州", "metals"),
    ("曾德胜", "m", "东莞", "metals"), ("区伟明", "m", "佛山", "ceramics"), ("修振国", "m", "青岛", "rubber"), ("孟凡军", "m", "济南", "trade"),
    ("应立军", "m", "台州", "plastics"), ("施佩华", "f", "上海", "services"), ("雷鸣", "m", "武汉", "laser"), ("马秀兰", "f", "成都", "services"),
)  # fmt: skip
#: Couples and partners who sign together: (name, gender, share in per cent), then city, industry and owner.
#: 陈国梁, 林静 and 张建华 are the very people known from elsewhere: one person, several accounts.
JOINT_HOLDERS = (
    ((("陈国梁", "m", "50"), ("林静", "f", "50")), "苏州", "services", "zhoumin"),
    ((("张建华", "m", "60"), ("李秀英", "f", "40")), "苏州", "services", "hanxue"),
    ((("周建平", "m", "34"), ("周建安", "m", "33"), ("吴凤霞", "f", "33")), "宁波", "metals", "luziang"),
    ((("赖永辉", "m", "70"), ("钟美玲", "f", "30")), "东莞", "plastics", "huangjiaying"),
    ((("于海波", "m", "50"), ("王春梅", "f", "50")), "青岛", "trade", "tianye"),
    ((("朱宏伟", "m", "45"), ("沈玉兰", "f", "55")), "嘉兴", "textile", "yeqing"),
    ((("卢志刚", "m", "62.5"), ("卢志强", "m", "37.5")), "佛山", "ceramics", "huangjiaying"),
    ((("白俊杰", "m", "50"), ("袁静怡", "f", "50")), "西安", "laser", "tianye"),
)

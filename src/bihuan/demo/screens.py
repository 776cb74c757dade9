"""The customers, people and deals that everyone knows by name: those of the design's pictures."""

# Tables, one row a line.
# ruff: noqa: E501

from typing import NamedTuple


class KnownAccount(NamedTuple):
    key: str
    name: str
    short_name: str
    name_en: str
    industry: str
    status: str
    level: str
    annual: str  # 万元
    city: str
    owner: str
    quiet_days: int  # since the last touch
    years: int  # since it became an account


# fmt: off
ACCOUNTS = (
    KnownAccount("hengli", "苏州恒砺精密机械有限公司", "恒砺精密", "Hengli Precision Machinery (Suzhou)", "auto_parts", "strategic", "A", "386.0", "苏州", "zhoumin", 0, 7),
    KnownAccount("ruisheng", "无锡锐晟半导体设备有限公司", "锐晟半导体", "Ruisheng Semiconductor Equipment", "semiconductor", "steady", "A", "274.5", "无锡", "zhoumin", 0, 5),
    KnownAccount("yongtai", "宁波甬泰注塑科技股份有限公司", "甬泰注塑", "Yongtai Plastics Technology", "plastics", "steady", "A", "218.0", "宁波", "luziang", 0, 6),
    KnownAccount("schaefer", "舍弗精密技术 Schaefer Präzisionstechnik（苏州）", "舍弗精密", "Schaefer Präzisionstechnik (Suzhou)", "auto_parts", "first_purchase", "B", "96.0", "苏州", "hanxue", 0, 2),
    KnownAccount("qinghe", "杭州青禾食品集团有限公司", "青禾食品", "Qinghe Foods Group", "food", "first_purchase", "A", "163.8", "杭州", "hanxue", 1, 3),
    KnownAccount("hongyuan", "常州弘远新能源材料有限公司", "弘远新能源", "Hongyuan New Energy Materials", "new_energy", "nurture", "A", "420.0", "常州", "zhoumin", 1, 1),
    KnownAccount("daiyue", "上海岱岳包装制品有限公司", "岱岳包装", "Daiyue Packaging Products", "packaging", "at_risk", "B", "88.2", "上海", "guyan", 2, 5),
    KnownAccount("delin", "昆山德霖电子（中国）有限公司", "德霖电子", "Delin Electronics (China)", "semiconductor", "steady", "A", "312.0", "昆山", "zhoumin", 3, 8),
    KnownAccount("haiyan", "青岛海晏橡胶科技有限公司", "海晏橡胶", "Haiyan Rubber Technology", "rubber", "steady", "B", "74.6", "青岛", "shenyifan", 4, 4),
    KnownAccount("jingche", "扬州晶澈光伏玻璃有限公司", "晶澈光伏玻璃", "Jingche Solar Glass", "glass", "first_purchase", "B", "126.0", "扬州", "luziang", 5, 2),
    KnownAccount("nanyue", "佛山南粤陶瓷机械有限公司", "南粤陶瓷", "Nanyue Ceramic Machinery", "ceramics", "nurture", "B", "58.0", "佛山", "shenyifan", 6, 2),
    KnownAccount("hairui", "南通海瑞船舶配套有限公司", "海瑞船舶", "Hairui Marine Outfitting", "marine", "steady", "B", "141.3", "南通", "guyan", 6, 6),
    KnownAccount("junchi", "合肥骏驰汽车零部件有限公司", "骏驰汽配", "Junchi Auto Parts", "auto_parts", "first_purchase", "B", "92.0", "合肥", "luziang", 7, 2),
    KnownAccount("ludao", "厦门鹭岛医药包装有限公司", "鹭岛医药包装", "Ludao Pharma Packaging", "pharma", "potential", "C", "0", "厦门", "shenyifan", 8, 1),
    KnownAccount("hongsu", "台州宏塑模具有限公司", "宏塑模具", "Hongsu Tooling", "tooling", "steady", "C", "36.4", "台州", "guyan", 9, 5),
    KnownAccount("lianchuang", "武汉光谷联创激光有限公司", "联创激光", "Optics Valley Lianchuang Laser", "laser", "nurture", "B", "67.0", "武汉", "hanxue", 12, 1),
    KnownAccount("jinlan", "绍兴锦澜印染有限公司", "锦澜印染", "Jinlan Dyeing & Finishing", "textile", "at_risk", "C", "44.0", "绍兴", "guyan", 19, 6),
    KnownAccount("ouyue", "温州瓯越阀门集团有限公司", "瓯越阀门", "Ouyue Valve Group", "valves", "steady", "B", "118.7", "温州", "luziang", 21, 7),
    KnownAccount("shugong", "成都蜀工重型装备有限公司", "蜀工重装", "Shugong Heavy Equipment", "heavy_equipment", "potential", "C", "0", "成都", "shenyifan", 26, 1),
    KnownAccount("yonggu", "天津永固玻璃有限公司", "永固玻璃", "Yonggu Glass", "glass", "steady", "C", "29.5", "天津", "shenyifan", 35, 5),
    KnownAccount("qiyun", "嘉兴栖云纺织有限公司", "栖云纺织", "Qiyun Textile", "textile", "nurture", "C", "22.0", "嘉兴", "hanxue", 38, 2),
    KnownAccount("minghuang", "东莞铭煌五金制品厂", "铭煌五金", "Minghuang Metalware", "auto_parts", "steady", "C", "18.6", "东莞", "guyan", 55, 6),
    KnownAccount("henglikonggu", "恒砺控股（集团）有限公司", "恒砺控股", "Hengli Holdings", "auto_parts", "nurture", "A", "0", "苏州", "zhoumin", 40, 7),
    KnownAccount("qingheer", "杭州青禾食品集团有限公司萧山二厂", "青禾二厂", "Qinghe Foods, Xiaoshan plant 2", "food", "potential", "B", "0", "杭州", "hanxue", 14, 1),
    KnownAccount("ruishengwafer", "江阴锐晟晶圆材料有限公司", "锐晟晶圆", "Ruisheng Wafer Materials", "semiconductor", "nurture", "B", "35.0", "无锡", "zhoumin", 16, 2),
    KnownAccount("chizhou", "池州恒源机电设备有限公司", "池州恒源机电", "Hengyuan Electromechanical, Chizhou", "trade", "steady", "B", "156.0", "合肥", "luziang", 5, 6),
    KnownAccount("yongcheng", "慈溪甬城机电服务有限公司", "甬城机电", "Yongcheng Electromechanical Services", "services", "steady", "C", "24.0", "宁波", "luziang", 10, 4),
    KnownAccount("huadongyuan", "华东轻工设计研究院有限公司", "华东轻工院", "East China Light Industry Design Institute", "engineering", "strategic", "B", "62.0", "上海", "yeqing", 11, 8),
)
# fmt: on
PARENTS = {"hengli": "henglikonggu", "qingheer": "qinghe", "ruishengwafer": "ruisheng"}
#: account, what `related` is to it, related
RELATIONS = (
    ("henglikonggu", "subsidiary", "hengli"), ("qinghe", "subsidiary", "qingheer"), ("ruisheng", "group", "ruishengwafer"),
    ("junchi", "agent", "chizhou"), ("yongtai", "agent", "yongcheng"), ("qinghe", "engineering", "huadongyuan"),
    ("ludao", "engineering", "huadongyuan"), ("delin", "supplier", "ruisheng"),
)  # fmt: skip
ADDRESSES = {
    "hengli": ("吴中区", "胥口镇茅蓬路 517 号 3 幢", "+8651266281180"),
    "chizhou": ("池州市贵池区", "长江南路 88 号", "+865662215180"),
}
TAX_IDS = {"hengli": "91320506MA1P7H3K5A"}

#: account, name, gender, title, department, function, decision role, attitude, mobile, language
# fmt: off
CONTACTS = (
    ("hengli", "陈国梁", "m", "设备总监", "设备部", "equipment", "decision", "champion", "+8613805127716", "zh-hans"),
    ("hengli", "林静", "f", "能源经理", "动力部", "energy", "technical", "supportive", "", "zh-hans"),
    ("hengli", "许卫东", "m", "采购部长", "采购部", "purchasing", "purchasing", "sceptical", "", "zh-hans"),
    ("hengli", "陶文琪", "f", "财务主管", "财务部", "finance", "finance", "neutral", "", "zh-hans"),
    ("hengli", "孟庆元", "m", "冲压车间主任", "生产部", "production", "user", "supportive", "", "zh-hans"),
    ("hengli", "胡志刚", "m", "动力班长", "动力部", "energy", "user", "champion", "", "zh-hans"),
    ("yongtai", "郑海燕", "f", "设备经理", "设备部", "equipment", "technical", "sceptical", "", "zh-hans"),
    ("yongtai", "傅建波", "m", "副总经理", "总经办", "management", "decision", "supportive", "", "zh-hans"),
    ("schaefer", "Matthias Brandt", "m", "Technical Director", "Engineering", "equipment", "decision", "supportive", "", "en"),
    ("schaefer", "沈慧琳", "f", "采购主管", "采购部", "purchasing", "purchasing", "neutral", "", "zh-hans"),
    ("ruisheng", "钱立群", "m", "厂务总监", "厂务部", "equipment", "decision", "champion", "", "zh-hans"),
    ("ruisheng", "吕思远", "m", "气体工程师", "厂务部", "energy", "technical", "supportive", "", "zh-hans"),
    ("qinghe", "蒋美华", "f", "工程部经理", "工程部", "equipment", "decision", "supportive", "", "zh-hans"),
    ("qinghe", "罗向前", "m", "动力主管", "动力车间", "energy", "technical", "neutral", "", "zh-hans"),
    ("hongyuan", "薛宏", "m", "总经理", "总经办", "management", "decision", "supportive", "", "zh-hans"),
    ("hongyuan", "戴晓峰", "m", "设备部长", "设备部", "equipment", "technical", "champion", "", "zh-hans"),
    ("jingche", "谭立", "m", "采购经理", "采购部", "purchasing", "purchasing", "supportive", "", "zh-hans"),
    ("daiyue", "袁丽萍", "f", "生产经理", "生产部", "production", "decision", "opposed", "", "zh-hans"),
    ("delin", "魏东明", "m", "厂务经理", "厂务部", "equipment", "decision", "neutral", "", "zh-hans"),
)
# fmt: on


class KnownDeal(NamedTuple):
    name: str
    account: str
    stage: str
    amount: str  # 万元
    next_step: str
    due: int  # weekdays from today
    clock: str
    days: int  # in the stage
    rival: str
    owner: str
    lines: str  # sku*quantity@price …; the last price follows from the amount


DEALS = (
    KnownDeal("3 号车间供气", "hongyuan", "first_contact", "86.0", "确认用气曲线", 2, "10:00", 21, "", "zhoumin", "HC75VP*2@366000 HD-250C*1"),
    KnownDeal("激光切割高压气源", "lianchuang", "first_contact", "42.0", "发选型表", 7, "09:30", 4, "康普达", "hanxue", "HL22H*4@83000 HD-120*2"),
    KnownDeal("涂装线干燥空气", "junchi", "first_contact", "35.5", "约技术交流", 3, "14:00", 7, "", "luziang", "HA-400H*1@252000 SVC-INS*1"),
    KnownDeal("医药级无油空压机", "ludao", "first_contact", "64.0", "收集 GMP 要求", 6, "10:00", 8, "北极星", "shenyifan", "HO55W*1@405000 HA-200*2"),
    KnownDeal("余热回收试点", "nanyue", "first_contact", "41.0", "现场测温", 4, "13:30", 6, "", "shenyifan", "HR-160*2@128000 HJ-1*1@90000 HR-75*1"),
    KnownDeal("全厂空压站托管", "yongtai", "needs_confirmed", "118.0", "今天先处理电耗投诉", 0, "11:00", 16, "艾格斯", "luziang", "HOST-M*12@92000 HJ-1*1"),
    KnownDeal("余热回收 · 洗浴热水", "qinghe", "needs_confirmed", "52.0", "露点改 −40℃", 0, "14:00", 9, "", "hanxue", "SVC-INS*1@118000 HR-160*3"),
    KnownDeal("氮气站扩容", "ruisheng", "needs_confirmed", "96.0", "技术评审", 5, "09:30", 5, "", "zhoumin", "HN-300*1@640000 HN-100*1@304000 SVC-AUD*1"),
    KnownDeal("Schaefer 新厂一期", "schaefer", "needs_confirmed", "76.0", "英文技术协议", 1, "16:00", 11, "Norvik", "hanxue", "HO55W*1@398000 HC75VP*1@352000 SVC-COM*1"),
    KnownDeal("冷干机替换 6 台", "ouyue", "proposal", "33.6", "等客户内部比价", 8, "10:00", 24, "康普达", "luziang", "HD-120*6@44000 F-75*8"),
    KnownDeal("光伏玻璃离心机", "jingche", "proposal", "168.0", "开票信息确认", 1, "10:30", 8, "北极星", "luziang", "HC-C400*1@1472000 SVC-INS*1@120000 HJ-1*1"),
    KnownDeal("云端监控 12 站", "hairui", "proposal", "21.8", "演示回放", 2, "15:00", 6, "", "guyan", "CLOUD-1*36@5500 SVC-COM*2"),
    KnownDeal("二期配套后处理", "hengli", "proposal", "47.0", "同主机一并谈", 2, "14:00", 12, "", "zhoumin", "HD-250C*2@134900 F-75*6@9800 TK-6*1@31400 HA-200*1"),
    KnownDeal("吸干机改造", "delin", "proposal", "58.0", "补充能耗测算", 3, "11:00", 3, "", "zhoumin", "HA-400H*2@252000 SVC-INS*1"),
    KnownDeal("二期空压站节能改造", "hengli", "negotiation", "186.0", "付款条件回访", -1, "16:00", 9, "艾格斯", "zhoumin",
              "HC75VP*3@366160 HC55VP*1@263120 HD-250C*1@134900 F-75*3@9800 TK-6*2@31500 HR-75*2@64600 CLOUD-1*3@6480 SVC-INS*1"),
    KnownDeal("离心机维保三年", "hongyuan", "negotiation", "74.0", "交期承诺", 0, "15:30", 5, "", "zhoumin", "MNT-GOLD*20@33000 BRG-75*2"),
    KnownDeal("产线搬迁配气", "junchi", "negotiation", "56.5", "法务过合同", 3, "10:00", 13, "", "luziang", "SVC-INS*4@118000 HJ-1*1"),
    KnownDeal("氮气站一期", "ruisheng", "contract_approval", "128.0", "今天用印", 0, "10:00", 2, "", "zhoumin", "HN-300*1@650000 HC110VP*1@498000 HD-250C*1"),
    KnownDeal("年度滤芯框架", "delin", "contract_approval", "38.3", "财务复核", 1, "11:00", 1, "", "zhoumin", "FLT-75*100@3480 OIL-20*20"),
    KnownDeal("备用机租赁", "hairui", "contract_approval", "45.0", "信用额度审批", 1, "15:00", 3, "", "guyan", "RENT-75*20@22000 SVC-COM*1"),
)  # fmt: skip

#: days ago, clock, channel, direction, outcome, account, contact, deal, colleagues, minutes, text
TOUCHES = (
    (0, "09:20", "phone", "in", "problem", "hengli", "陈国梁", "", ("hejia",), 3, "1 号站那台 75 的，早上八点五十报 105 度跳了，现在切到备用机，车间压力只有 0.62，冲压线开不满。"),
    (0, "10:12", "phone", "out", "progress", "ruisheng", "钱立群", "氮气站一期", (), 6, "钱总监说合同已到用印环节，今天上午盖章，扫描件先发过来。"),
    (1, "15:18", "wechat", "in", "problem", "hengli", "陈国梁", "二期空压站节能改造", (), 0, "付款能不能 3-6-1 改成 2-6-2？集团要求质保金 20%，低于 20% 得走董事会。另外二期主机最好 5 月 10 号前进场。"),
    (1, "17:42", "mail", "out", "waiting", "hengli", "许卫东", "二期空压站节能改造", (), 0, "发出报价 V3，含税 1,825,940.00 元，余热回收和旧机折抵已单列。"),
    (1, "11:05", "wechat", "in", "problem", "qinghe", "罗向前", "余热回收 · 洗浴热水", (), 0, "工艺要求把露点改成 −40℃，配置得换吸干机，麻烦尽快重新报价。"),
    (1, "16:04", "phone", "in", "progress", "hongyuan", "戴晓峰", "3 号车间供气", (), 8, "想给三号车间也做云端监控，和主机一起报。"),
    (2, "17:30", "phone", "out", "problem", "daiyue", "袁丽萍", "", (), 5, "回访漏油返修，袁经理评 3 分：二次到场还没彻底解决，要求换新密封。"),
    (6, "14:00", "visit", "out", "progress", "hengli", "陈国梁", "二期空压站节能改造", ("hejia",), 150, "复测两个站的用气曲线，夜班空载率 31%。林静确认节能补贴窗口到 4 月底，希望先签主机、后处理跟进。"),
)  # fmt: skip

#: days until due, clock, account, deal, title
TASKS = (
    (-1, "16:00", "hengli", "二期空压站节能改造", "回访：二期空压站报价 V3 的付款条件"),
    (0, "10:00", "ruisheng", "氮气站一期", "提交合同用印"),
    (0, "15:30", "hongyuan", "离心机维保三年", "确认 75 千瓦主机交期"),
    (0, "16:00", "delin", "", "催第 2 期进度款"),
    (0, "14:00", "qinghe", "余热回收 · 洗浴热水", "上门：露点 −40℃ 方案讲解"),
    (1, "16:00", "schaefer", "Schaefer 新厂一期", "给舍弗 Schaefer 发英文技术协议"),
    (1, "17:00", "chizhou", "", "复核经销商池州站的返利单"),
    (2, "10:00", "", "", "周会：卡在“方案报价”的商机"),
)  # fmt: skip

NOTES = (
    ("hengli", "节能补贴窗口到 4 月底，林静在盯，补贴材料里要写明比功率和余热量。"),
    ("hengli", "集团规定质保金低于 20% 要走董事会，谈付款先从质保金谈起。"),
    ("yongtai", "注塑车间夏季总用气比冬季高 15%，托管方案按夏季峰值算。"),
    ("delin", "逾期款卡在系统切换，找魏东明，不要直接催财务。"),
)

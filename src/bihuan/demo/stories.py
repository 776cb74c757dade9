"""What people write down about their work: every kind of touch, by the phase of a deal or of a customer's life.

A line reads: channel, direction, outcome | text. Braces are filled in for each touch: {who} the contact as one would
address them, {kw} {flow} {pressure} {pct} {days} {hours} {serial} figures, {product} a machine, {rival} a competitor.
"""

# One story a line.
# ruff: noqa: E501

from typing import NamedTuple


class Beat(NamedTuple):
    channel: str
    direction: str
    outcome: str
    text: str


def beats(lines: str) -> tuple[Beat, ...]:
    rows = (line.split("|", 1) for line in lines.strip().splitlines())
    return tuple(Beat._make((*head.split(), text.strip())) for head, text in rows)


SIMPLIFIED = {
    "first_contact": beats("""
        phone out progress | 第一次联系上{who}，现有 {kw} 千瓦工频机 3 台，用了 9 年，今年有更换计划。约好下周去现场看。
        phone in progress | {who}从官网打来，问 {kw} 千瓦变频机的价格和交期。先要了用气点和压力，资料已发。
        phone out no_answer | 打了两次没人接，前台说{who}在车间，下午再打。
        phone out waiting | {who}说预算要等集团批，{days} 天后再联系。留了样本和案例清单。
        visit out progress | 陌生拜访，在门卫处登记后见到{who}。空压房在二楼，夏天排风不畅，温度 46℃，机器常跳。
        wechat out informed | 通过{who}的微信好友，发了公司介绍和同行业两个案例。
        wechat in progress | {who}发来空压房照片和铭牌，{kw} 千瓦，{pressure} MPa，问换永磁变频能省多少。
        event in progress | 展会上{who}在我们展位停了二十分钟，对余热回收样机感兴趣，留了名片。
        mail out waiting | 给{who}发了公司简介、{product}样本和选型表，请他填用气曲线。
        letter out informed | 寄出样本一套和节能案例集，附手写信，收件人{who}。
        web in progress | {who}在官网填了选型表：用气 {flow} m³/min，压力 {pressure} MPa，要求油含量不高于 0.01 mg/m³。
    """),
    "needs_confirmed": beats("""
        visit out progress | 到现场测了两个班的用气曲线，白班 {flow} m³/min，夜班空载率 {pct}%。{who}全程陪同。
        visit out progress | 和{who}开技术交流会，确认露点 −40℃、压力 {pressure} MPa，另要一用一备。
        phone out progress | {who}确认新线明年投产，总用气约 {flow} m³/min，希望分两期上。
        phone in problem | {who}反映现有机组电耗高，上月电费多了近三万，问能不能先做个能耗诊断。
        wechat in waiting | {who}：“配电只剩 {kw} 千瓦余量，大机能不能软启动？”已转技术部算启动电流。
        wechat out informed | 把能耗测算表发给{who}：年运行 {hours} 小时，换变频后一年省电约 {pct}%。
        mail in progress | {who}回了技术问卷，冷却水 32℃，海拔 15 米，要求噪声不高于 75 dB。
        mail out waiting | 把用气数据记录仪的报告发给{who}，请生产部确认峰值是不是投料时段。
        visit out progress | 请{who}来厂参观测试台，现场看{product} 24 小时负载曲线，对漏气率很满意。
        phone out waiting | {who}还在等工艺部定氮气纯度，99.9% 还是 99.99% 差一档机型，约 {days} 天后答复。
    """),
    "proposal": beats("""
        mail out waiting | 方案 V1 和报价发给{who}：{product}加冷干机和三级过滤，含安装，交期 {days} 天。
        mail out waiting | 按{who}要求改成一大一小的配置，出了 V2，年电费测算一并附上。
        visit out progress | 上门讲方案，{who}和设备部都在。对联控系统很认可，担心施工期间停气。
        phone out waiting | 跟{who}过了一遍报价，他要拿去和{rival}比，{days} 天内给答复。
        phone in problem | {who}说我们的价格比{rival}高 {pct}%，问后处理能不能降一档。解释了露点的差别。
        wechat in progress | {who}：“方案领导看过了，余热回收单独列一行，方便报节能补贴。”
        wechat out informed | 发了三家同行业用户的运行数据给{who}，其中一家愿意接待参观。
        fax out waiting | 对方采购只认传真，盖章报价单传真给{who}，已电话确认收到。
        visit out progress | 陪{who}去参观样板客户的空压站，看了三年电耗台账，回程路上就谈到付款方式。
        mail in problem | {who}来信：第三项单价请再核一下，另外储气罐要带特种设备资料。
        phone out progress | {who}透露技术分我们第一，商务标 {days} 天后开，让准备好降价空间。
    """),
    "negotiation": beats("""
        visit out progress | 商务谈判第一轮，{who}要求付款改 2-6-2，质保金 20%。我们守 3-6-1，约定各自回去请示。
        phone in problem | {who}：质保要从验收起算 24 个月，否则采购部不签字。
        phone out waiting | 回复{who}：质保可给 24 个月，但年度保养须由我们做。他向总经理汇报，{days} 天内答复。
        wechat in progress | {who}：“付款条件基本同意，主机最好 {days} 天内进场，赶在停产检修之前。”
        wechat out informed | 给{who}发了主机排产计划，{product}本月还有 2 台可排。
        visit out progress | 江总一起拜访，和{who}谈到晚上七点，价格定了，只剩违约条款。
        mail out waiting | 合同草稿发给{who}，把到货、验收两笔款的条件写清楚。
        mail in problem | 对方法务修改了第 7 条和第 11 条，违约金上限要取消。{who}希望本周定稿。
        phone out progress | 和{who}谈定旧机折抵 2.4 万，价格再让 1.5%，不再还价。
    """),
    "contract_approval": beats("""
        phone out waiting | {who}说合同已走到分管副总，预计 {days} 天内用印。
        wechat in progress | {who}发来合同盖章页照片，原件今天寄出。
        mail out informed | 双方盖章合同扫描件和开票信息确认单发给{who}。
        phone in progress | {who}要求合同附件补一份备件清单，已补，下午重新走审批。
        letter out informed | 合同原件两份快递给{who}，顺丰，附回寄面单。
        visit out progress | 送合同原件，顺便和{who}确认卸货路线，叉车 5 吨够用，货梯不用。
    """),
    "won": beats("""
        phone out progress | 通知{who}预付款已到账，排产号已下，交期按 {days} 天执行。
        visit out progress | 设备到货，和{who}一起开箱点数，外观无损，随机资料齐全。
        visit out solved | 开机调试完成，{product}满载 {pressure} MPa 稳定，{who}在验收单上签字。
        visit out solved | 给操作工培训半天，讲了日常点检和报警处理，{who}要求做成看板挂墙上。
        wechat in progress | {who}：“运行一个月，电费比去年同期低了 {pct}%，老板很满意。”
        mail out informed | 发票和对账单发给{who}，验收款按合同 30 天内支付。
        phone out progress | 催验收款，{who}说已提付款申请，排在下周二那一批。
    """),
    "lost": beats("""
        phone in declined | {who}来电：最终定了{rival}，主要是价格，差 {pct}%。感谢我们的方案，下期还会叫上。
        phone out declined | {who}说项目今年不上了，预算被砍，明年再看。
        wechat in declined | {who}：“集团统一招标，我们厂没有自主权了，抱歉。”
        mail in declined | 收到未中标通知。技术第一，商务第三，综合第二。
        visit out informed | 输单后回访{who}，了解评分细节：交期比{rival}长 {days} 天扣了分。保持联系，先做备件。
    """),
    "service": beats("""
        phone in problem | {who}报修：{serial} 早上报 105℃ 排气温度高停机，已切备用机，车间压力掉到 0.62。
        phone in problem | {who}反映冷干机露点报警，出口有水，喷涂线出现麻点，催得急。
        phone out solved | 电话指导{who}复位变频器 F0021 故障，确认是电网瞬降，不用上门。
        visit out solved | 到场更换温控阀芯，清洗油冷却器，{serial} 排温由 104℃ 降到 86℃，{who}签字。
        visit out solved | 年度保养：换三滤、换油、校验安全阀，紧固接线端子。累计运行 {hours} 小时，状态良好。
        visit out progress | 巡检发现 2 号机皮带有裂纹，轴承声音偏大，建议 {days} 天内停机处理，已报{who}。
        wechat in problem | {who}发来视频，吸干机再生阀一直漏气，能听到明显气声。
        wechat out solved | 把再生阀的拆洗步骤发给{who}，对方维修工照做后恢复正常。
        wechat in informed | {who}问滤芯还能用多久，云端显示还剩 {hours} 小时，已告知并报价。
        phone out informed | 回访{who}：上次维修后运行正常，评 9 分，说师傅讲得清楚。
        phone out informed | 保养到期提醒，{serial} 还差 {hours} 小时，和{who}约了 {days} 天后上门。
        web in problem | {who}在自助门户报修：App 看不到 3 号站数据，其他站正常。
        mail out solved | 检测报告和 ISO 8573-1 一级证明发给{who}，质量部审厂要用。
    """),
    "care": beats("""
        phone out informed | 季度回访{who}：设备稳定，产能下滑，今年没有新增计划。
        phone out no_answer | 回访电话未接通，改发微信。
        phone in informed | {who}来问节能补贴的政策，把区里的申报通知转给他了。
        wechat out informed | 给{who}发保养提示：注意空压房通风，进水温度别超 32℃。
        wechat out informed | {who}升职，微信道贺，聊了几句新部门的安排。
        wechat in informed | {who}换了新岗位，推荐了接手的同事给我。
        visit out progress | 路过拜访{who}，喝了杯茶。二厂在装修，明年会要一套 {kw} 千瓦的气源。
        visit out informed | 顺路送挂历和会刊，{who}不在，交给了设备部同事。
        letter out informed | 寄出年度对账函，请{who}盖章寄回。
        mail in informed | {who}确认对账无误，应收余额一致。
        phone out waiting | 催逾期款，{who}说这个月资金紧，答应 {days} 天内先付一半。
    """),
    "marketing": beats("""
        mail out informed | 发送《空压站节能白皮书》，{who}打开了邮件并下载。
        sms out informed | 短信通知：免费巡检报名开始，回复 1 预约。
        event in progress | {who}参加了我们的节能研讨会，问了热回收投资回收期，转给销售跟进。
        event out informed | 邀请{who}参加苏州工厂开放日，已确认两人到场。
        wechat out informed | 公众号推送“压缩空气泄漏的十个位置”，{who}转发到工作群。
        letter out informed | 寄出客户俱乐部会刊和积分说明给{who}。
        media in informed | {who}在行业杂志看到恒砺案例后来电询问，登记为有兴趣。
        sms out informed | 展会邀请短信，展位 5.1H-B32，{who}回复会来。
    """),
    "parts": beats("""
        wechat in progress | {who}要滤芯套装和 20 升油，问月底前能不能到，已报价。
        phone in progress | {who}急要温控阀芯一只，停机等料，库存有，今天发。
        phone out waiting | 报了备件价，{who}走采购流程，{days} 天内下单。
        wechat out informed | 备件已发德邦，单号发给{who}，预计后天签收。
        mail out waiting | 备件报价单发给{who}，含税含运费，有效期 30 天。
    """),
    "renewal": beats("""
        phone out progress | 维保还有 {days} 天到期，{who}表示愿意续，先看去年的服务记录。
        visit out progress | 到期前全面巡检，5 台机组出了评估报告，和{who}逐条过了一遍。
        mail out waiting | 续约报价发给{who}，三年签可优惠 {pct}%，含每年两次管网检漏。
        phone in problem | {who}说{rival}的代理来报过价，便宜一截，让我们再看看。
        wechat in progress | {who}：“服务没得说，价格再谈谈，争取月底前签。”
    """),
}

TRADITIONAL = {
    "sales": beats("""
        phone out progress | 與{who}確認新廠用氣量 {flow} m³/min，希望兩台 {kw} kW 變頻機互為備援。
        phone in progress | {who}來電詢問無油機交期，年底前要完成 GMP 確效，時間很趕。
        phone out waiting | {who}說要等董事會核定預算，{days} 天後再聯絡。
        phone out no_answer | 打了兩通未接，留言請{who}回電。
        visit out progress | 到廠拜訪{who}，量測現有機組負載，夜班空車率 {pct}%，節能空間不小。
        visit out progress | 與{who}召開技術說明會，確認露點 −40℃，要求附原廠測試報告。
        mail out waiting | 報價單 V2 寄給{who}，含稅、含安裝與教育訓練，有效期 30 天。
        mail in problem | {who}回信：{rival}報價低 {pct}%，請我們再評估付款條件。
        wechat in progress | {who}：「規格主管都同意了，請準備合約。」
        letter out informed | 型錄與節能案例集已用掛號寄給{who}。
        fax out waiting | 用印後的報價單傳真給{who}，對方採購已確認收到。
        event in progress | {who}在台北國際工具機展來攤位，對餘熱回收很有興趣。
    """),
    "care": beats("""
        phone out informed | 季度回訪{who}，設備運轉正常，滿意度 9 分。
        phone in problem | {who}報修：{serial} 排氣溫度偏高，已安排工程師明日到廠。
        visit out solved | 年度保養完成，更換三濾與潤滑油，{who}簽收。
        wechat out informed | 提醒{who}注意機房通風，冷卻水不要超過 32℃。
        mail out informed | 對帳單與統一發票寄給{who}，請確認。
        phone out waiting | 詢問{who}帳款，對方說月結 60 天，{days} 天後入帳。
        letter out informed | 寄上賀卡與客戶俱樂部點數說明。
    """),
}

ENGLISH = {
    "sales": beats("""
        phone out progress | Spoke with {who}: they run three fixed-speed machines of {kw} kW and want to cut energy cost by {pct} %.
        phone in progress | {who} called about the lead time of an oil-free unit; the line starts in {days} days.
        phone out no_answer | No answer, left a voice message for {who}.
        phone out waiting | {who} needs approval from the regional board; call again in {days} days.
        visit out progress | Site visit with {who}. Measured {flow} m³/min at {pressure} MPa; leakage is about {pct} %.
        visit out progress | Technical meeting with {who}: dew point −40 °C, ISO 8573-1 Class 1, 60 Hz supply confirmed.
        mail out waiting | Sent {who} the quotation, CIF, with spare parts for two years.
        mail in problem | {who} writes that {rival} offers {pct} % less and asks for a revised price.
        mail out informed | Sent {who} the certificates and the performance curves.
        wechat in progress | {who}: “Drawings approved, please prepare the contract.”
        event in progress | {who} visited our stand at Hannover and asked for a heat recovery study.
    """),
    "care": beats("""
        mail out informed | Quarterly review with {who}: machines run well, availability 99.4 %.
        phone in problem | {who} reports a high discharge temperature on {serial}; remote support opened.
        mail out solved | Sent {who} the reset procedure; the unit is running again.
        visit out solved | Yearly service done with the local partner, {who} signed the report.
        phone out waiting | Reminded {who} of the open balance; payment promised within {days} days.
        mail out informed | Sent {who} the filter kit offer for the next {hours} running hours.
    """),
}

#: What deals of the main pipeline are called, and what is sold in them: sku and how many, from–to.
DEALS = (
    (
        ("二期空压站", "新厂空压站", "空压站扩容", "5 号车间供气", "总装线压缩空气"),
        "HC75VP:1-3 HD-250C:1-1 F-75:1-3 TK-6:1-2 SVC-INS:1-1",
    ),
    (("空压站节能改造", "工频换永磁变频", "旧机淘汰更新", "联控节能一期"), "HC110VP:1-2 HJ-1:1-1 SVC-AUD:1-1"),
    (("双级压缩机项目", "大流量空压站", "新基地一期供气"), "HC250TS:1-1 HA-400H:1-1 TK-6:2-3 SVC-INS:1-1"),
    (("无油空压机项目", "GMP 洁净气源", "无油机替换", "发酵用无油空气"), "HO55W:1-2 HA-200:1-2 F-75:2-4 SVC-COM:1-1"),
    (("氮气站", "回流焊氮气", "化学品保护氮", "氮气站二期"), "HN-100:1-1 HC55VP:1-1 HA-200:1-1 SVC-COM:1-1"),
    (("吸干机改造", "零气耗吸干机", "−40℃ 干燥改造"), "HA-400H:1-1 F-75:2-4 SVC-INS:1-1"),
    (("余热回收", "余热回收 · 宿舍热水", "余热回收 · 工艺预热", "余热采暖"), "HR-75:1-3 HR-160:0-2 SVC-COM:1-1"),
    (("全厂空压站托管", "按方气付费托管", "气站能源托管一年"), "HOST-M:6-12 SVC-AUD:1-1"),
    (("云端监控", "空压站上云", "多厂区能耗监控"), "CLOUD-1:6-24 HJ-1:0-1 SVC-COM:1-1"),
)
#: What small firms and people in their own name buy.
SMALL_DEALS = (
    (("冷干机更换", "冷干机替换 4 台", "露点不达标整改"), "HD-120:2-6 F-75:2-6 SVC-COM:1-1"),
    (("激光切割气源", "高压气源 16 公斤", "切割机配套空压机"), "HL22H:1-3 SVC-COM:1-1"),
    (("小型站更新", "备用空压机", "37 千瓦变频一台", "实验室气源"), "HC37VP:1-2 HD-120:1-1 TK-2:1-2"),
    (("管网改造", "车间管路搬迁", "铝合金管道改造"), "SVC-INS:1-2 TK-2:1-2"),
)
RENEWALS = (
    (("年度维保续约", "金牌维保续签", "维保合同到期"), "MNT-GOLD:1-4 FLT-75:2-8"),
    (("三年维保", "离心机维保三年", "集团维保框架"), "MNT-GOLD:4-12 BRG-75:0-1"),
    (("保养包年", "云监控加维保"), "MNT-A:2-6 CLOUD-1:1-3"),
)
PARTS = (
    (("滤芯套装", "季度滤芯", "滤芯 12 套", "三滤一批"), "FLT-75:2-12"),
    (("专用油", "换油备料"), "OIL-20:4-20"),
    (("温控阀芯急件", "阀件一批"), "VLV-2205:1-4"),
    (("主机大修包", "大修备件"), "BRG-75:1-1 OIL-20:2-6"),
)
#: The same for customers who write traditional Chinese or English.
DEALS_TRADITIONAL = (
    (("新廠空壓站", "二期擴建供氣"), "HC75VP:1-2 HD-250C:1-1 F-75:1-3 SVC-INS:1-1"),
    (("無油空壓機專案", "GMP 潔淨氣源"), "HO55W:1-2 HA-200:1-1 SVC-COM:1-1"),
    (("變頻機汰換", "空壓站節能改善"), "HC55VP:1-2 SVC-AUD:1-1"),
    (("冷凍式乾燥機更新",), "HD-120:2-4 F-75:2-4"),
    (("餘熱回收系統",), "HR-75:1-2 SVC-COM:1-1"),
    (("氮氣機專案",), "HN-100:1-1 HA-200:1-1 SVC-COM:1-1"),
)
DEALS_ENGLISH = (
    (("New compressor station", "Line 3 air supply"), "HC110VP:1-2 HD-250C:1-1 TK-6:1-1 SVC-COM:1-1"),
    (("Oil-free air package",), "HO55W:1-2 HA-200:1-1 SVC-COM:1-1"),
    (("Energy retrofit",), "HC75VP:1-2 HJ-1:1-1 SVC-AUD:1-1"),
    (("Nitrogen plant",), "HN-100:1-1 HC55VP:1-1 SVC-COM:1-1"),
    (("Dryer replacement",), "HA-400H:1-1 F-75:2-4"),
)
RENEWALS_TRADITIONAL = ((("年度維護續約", "三年維護合約"), "MNT-GOLD:1-3 FLT-75:2-6"),)
RENEWALS_ENGLISH = ((("Service contract renewal",), "MNT-GOLD:1-3 FLT-75:2-6"),)
PARTS_TRADITIONAL = ((("濾芯套組", "季度備品"), "FLT-75:2-8 OIL-20:1-6"),)
PARTS_ENGLISH = ((("Filter kits", "Yearly spare parts"), "FLT-75:2-8 OIL-20:1-6"),)

RIVALS = ("艾格斯", "康普达", "北极星", "Norvik", "鼎旋", "赛飞动力")

NEXT_STEPS = {
    "first_contact": ("约技术交流", "发选型表", "确认用气曲线", "现场测温", "收集 GMP 要求", "见设备部长", "补发案例"),
    "needs_confirmed": (
        "技术评审",
        "现场测流量",
        "露点改 −40℃",
        "确认配电余量",
        "英文技术协议",
        "请客户来厂参观",
        "出能耗测算",
    ),
    "proposal": (
        "等客户内部比价",
        "演示回放",
        "补充能耗测算",
        "同主机一并谈",
        "讲解方案 V2",
        "安排样板参观",
        "核第三项单价",
    ),
    "negotiation": ("付款条件回访", "交期承诺", "法务过合同", "质保条款答复", "江总拜访", "锁定排产"),
    "contract_approval": ("今天用印", "财务复核", "信用额度审批", "催客户盖章", "补附件清单"),
    "due": ("调服务记录", "约到期巡检", "问续签意向"),
    "inspection": ("出评估报告", "讲解巡检结果", "管网检漏"),
    "offer": ("催续约回签", "谈三年优惠", "补服务清单"),
    "quoted": ("问下单时间", "确认库存", "催采购流程"),
}
NEXT_STEPS_TRADITIONAL = ("約技術說明會", "寄送報價單", "確認露點需求", "等董事會核定", "安排參觀實績", "確認付款條件")
NEXT_STEPS_ENGLISH = (
    "Technical call",
    "Send revised quotation",
    "Confirm dew point",
    "Await board approval",
    "Arrange reference visit",
)

TASKS = (
    "回访{who}：方案还有什么疑问",
    "给{who}发{product}样本和案例",
    "整理“{deal}”的能耗测算",
    "催{who}回签报价单",
    "准备周会：卡在方案报价的商机",
    "约{who}下周现场测流量",
    "更新“{deal}”的预计签约日期",
    "给{who}寄合同原件",
    "核对{short}的应收余额",
    "陪吴建国去{short}巡检",
    "确认{product}的库存和排产",
    "跟{who}确认卸货路线",
    "给{short}开票信息建档",
    "催{short}进度款",
    "写{short}拜访纪要",
    "问{who}二期时间表",
    "补{short}的联系人：采购和财务",
    "邀请{who}参加工厂开放日",
    "备件到货后通知{who}",
    "请技术部复核“{deal}”的选型",
)
TASKS_TRADITIONAL = (
    "回訪{who}：報價單的疑問",
    "寄統一發票給{who}",
    "安排{short}年度保養",
    "準備{short}技術說明會簡報",
    "追{short}本月帳款",
)
TASKS_ENGLISH = (
    "Call {who} about the quotation",
    "Send {short} the spare parts offer",
    "Prepare the review for {short}",
    "Chase the balance with {who}",
)
SERVICE_TASKS = (
    "安排{short}年度保养",
    "备温控阀芯一只带去{short}",
    "回访{who}：维修后运行情况",
    "上传{short}的检测报告",
    "{short}滤芯到期，提前备货",
    "复测{short}露点",
)

NOTES = (
    "{short}的付款要经集团财务，每月 25 日排款，错过就到下个月。", "门卫登记严，提前一天把车牌和身份证号发给{who}。", "空压房在二楼，货梯 3 吨，卸货要租吊车。",
    "{who}原来在同行厂用过我们的机器，口碑好。别在他面前提{rival}。", "夜班空载多，可以主推联控加云监控，一年省电约 {pct}%。",
    "采购部习惯货比三家，报价第一轮要留 3 个点。", "冷却水硬度高，换热器一年要清洗两次，报价时写进维保。", "厂区计划 {days} 天后停产检修，换机窗口只有五天。",
    "{who}管设备，真正拍板的是总经理，每周三在厂。", "业主对噪声敏感，旁边是宿舍楼，机房要做隔音。", "电价峰谷差大，客户关心储气罐加大、错峰运行。",
    "三家兄弟厂用同一个供应商名录，做好这家可以复制。", "上一台机由{rival}供货，服务响应慢，这是我们的切入点。", "合同必须用对方模板，法务平均审 {days} 天。",
    "特种设备要报当地市监局，储气罐资料提前两周给。", "客户要求开数电专票，备注栏写合同号。",
)  # fmt: skip
NOTES_TRADITIONAL = (
    "{short}月結 60 天，發票須於 25 日前送達。",
    "{who}重視原廠測試報告，簡報要附數據。",
    "電壓 380V/60Hz，馬達規格要另行確認。",
)
NOTES_ENGLISH = (
    "Supply is 400 V / 50 Hz, ambient up to 45 °C: size the cooler for it.",
    "{who} decides, but the plant manager must sign as well.",
    "They pay by letter of credit at sight; allow two weeks for the bank.",
)

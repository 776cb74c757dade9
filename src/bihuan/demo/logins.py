"""Who may sign in to the demo firm. Apart from what makes it, so that a start can name them and load nothing."""

#: Login, password, what they show.
LOGINS = (
    ("zhoumin", "bihuan-demo", "销售经理 · sales manager"),
    ("luziang", "bihuan-demo", "销售代表 · sales representative"),
    ("fangzhiyuan", "bihuan-demo", "管理员 · administrator"),
    ("linguanyu", "bihuan-demo", "業務代表 · 繁體中文"),
    ("sofia", "bihuan-demo", "sales manager · English"),
    ("tangtang", "bihuan-demo", "只读 · read-only"),
)

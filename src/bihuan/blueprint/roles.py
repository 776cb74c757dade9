"""The roles a firm starts with. Each maps object (or "*") to act (or "*") to reach."""

from __future__ import annotations

from bihuan.people.role import Reach

OWN, UNIT, ALL, NONE = int(Reach.OWN), int(Reach.UNIT), int(Reach.ALL), int(Reach.NONE)

#: Configuration is the administrator's: everybody else's wide grants stop here.
_CONFIGURATION = {
    slug: dict.fromkeys(("create", "edit", "archive", "import"), NONE)
    for slug in ("user", "unit", "role", "choice", "pipeline", "stage", "numberrule")
}
_READ_PRODUCTS = {"product": {"view": ALL, "create": NONE, "edit": NONE, "archive": NONE, "import": NONE}}

#: key → (zh-Hans, zh-Hant, English, grants)
ROLES: dict[str, tuple[str, str, str, dict[str, dict[str, int]]]] = {
    "administrator": ("管理员", "管理員", "Administrator", {"*": {"*": ALL}}),
    "sales_manager": (
        "销售经理",
        "業務主管",
        "Sales manager",
        {
            "*": {
                "view": UNIT,
                "create": ALL,
                "edit": UNIT,
                "archive": UNIT,
                "assign": UNIT,
                "export": UNIT,
                "import": ALL,
            },
            **_CONFIGURATION,
            "product": {"view": ALL, "edit": NONE, "archive": NONE},
        },
    ),
    "sales_rep": (
        "销售代表",
        "業務代表",
        "Sales representative",
        {
            "*": {"view": UNIT, "create": ALL, "edit": OWN, "archive": OWN, "assign": OWN},
            **_CONFIGURATION,
            **_READ_PRODUCTS,
        },
    ),
    "marketing": (
        "市场",
        "行銷",
        "Marketing",
        {
            "*": {"view": ALL, "create": ALL, "edit": OWN, "archive": OWN, "export": ALL, "import": ALL},
            **_CONFIGURATION,
            **_READ_PRODUCTS,
        },
    ),
    "service": (
        "服务",
        "服務",
        "Service",
        {
            "*": {"view": ALL, "create": ALL, "edit": OWN},
            **_CONFIGURATION,
            **_READ_PRODUCTS,
        },
    ),
    "read_only": ("只读", "唯讀", "Read-only", {"*": {"view": ALL}}),
}

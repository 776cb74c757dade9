"""Roles: which acts on which objects reach which rows, and which fields they keep from whom."""

from __future__ import annotations

from enum import IntEnum

from django.db import models
from django.utils.translation import gettext_lazy as _

from bihuan.core import registry
from bihuan.core.access import Actor, Limit
from bihuan.core.blueprint.part import Part, belongs
from bihuan.core.blueprint.source import Recorded
from bihuan.core.blueprint.value import Mapped, Names
from bihuan.core.choice import key_of
from bihuan.core.configuration import remembered
from bihuan.core.desk import Desk
from bihuan.core.record import Named, Record
from bihuan.core.registry import register

ANY = "*"

#: The act of changing one's own screen and password; every member of staff holds it for themselves.
PROFILE = "profile"

#: The acts a role grants beside the commands of an object.
ACTS = ("view", "create", "edit", "archive", "assign", "export", "import", "disclose", "erase")


class Reach(IntEnum):
    """Which rows a grant covers. A list of unit ids in its place covers those units and what lies below them."""

    NONE = 0
    OWN = 1
    UNIT = 2
    ALL = 3
    TEAM = 4
    TERRITORY = 5


#: What a grant may say, each with what it covers beyond the one before; of several roles the union counts.
REACHES = {
    Reach.NONE: _("none"),
    Reach.OWN: _("one's own"),
    Reach.TERRITORY: _("own and territories"),
    Reach.TEAM: _("unit alone"),
    Reach.UNIT: _("unit and below"),
    Reach.ALL: _("all"),
}

#: What a role may say of a field.
LIMITS = {Limit.HIDDEN: _("hidden"), Limit.MASKED: _("masked"), Limit.READ: _("read only")}

Grant = int | list[int]


class Role(Named, Record):
    """A bundle of grants. `grants` maps object slug (or "*") to act (or "*") to a Reach or a list of unit ids.

    `limits` maps object slug to field name to a Limit.
    """

    key = models.CharField(_("Key"), max_length=40, blank=True)
    grants = models.JSONField(default=dict, editable=False)
    limits = models.JSONField(default=dict, editable=False)

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        constraints = [models.UniqueConstraint(fields=["key"], name="one_role_key")]

    def fill(self, by: Actor) -> None:
        self.key = self.key or key_of(self.name_en or self.name, _keys())

    def granted(self, slug: str, action: str) -> Grant:
        """What this role grants; the more exact grant counts. A verb without a grant of its own follows "edit".

        How the firm is set up, roles and users among it, must be granted by name or to who may do everything with everything:
        else whoever may edit "everything" could give themselves any right.
        """
        acts = (action, ANY) if action in ACTS else (action, "edit", ANY)
        for object_name in (slug, ANY):
            for act in (ANY,) if object_name == ANY and registry.desk(slug).configuration else acts:
                granted = self.grants.get(object_name, {}).get(act)
                if granted is not None:
                    return granted
        return Reach.NONE


@remembered
def _keys() -> frozenset[str]:
    return frozenset(Role._base_manager.values_list("key", flat=True))


@register(Role)
class RoleDesk(Desk):
    icon = "shield"
    columns = ("name", "name_en", "key")
    key = ("name", "name_en", "key")
    configuration = True


belongs(
    Part(
        Role, ("roles", "{key}"),
        {
            "name": Names(), "grants": Mapped({each.name.lower(): int(each) for each in Reach}),
            "limits": Mapped({each.name.lower(): int(each) for each in Limit}),
        },
        ordered=False, source=Recorded(grants="set_grants", limits="set_limits"),
    )
)  # fmt: skip

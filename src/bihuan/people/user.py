"""Users: members of staff who sign in."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from bihuan.core.choice import pigment_field
from bihuan.core.columns import PhoneField, StateField
from bihuan.core.configuration import remembered
from bihuan.core.desk import Desk, Section
from bihuan.core.record import Record
from bihuan.core.registry import register
from bihuan.people.role import Role
from bihuan.people.unit import Unit, below

LANGUAGES = {"zh-hans": "简体中文", "zh-hant": "繁體中文", "en": "English"}
THEMES = {"auto": _("As the system"), "light": _("Light"), "dark": _("Dark")}
DENSITIES = {"compact": _("Compact"), "comfortable": _("Comfortable")}


class User(AbstractBaseUser, Record):
    """A member of staff. One without a password cannot sign in; history may still name them."""

    username = models.CharField(
        _("Login"), max_length=80, unique=True, blank=True, help_text=_("Left empty, it is made from the name.")
    )
    name = models.CharField(_("Name"), max_length=120)
    email = models.EmailField(_("E-mail"), blank=True)
    phone = PhoneField(verbose_name=_("Phone"))
    title = models.CharField(_("Position"), max_length=80, blank=True)
    unit = models.ForeignKey(
        Unit, models.PROTECT, verbose_name=_("Unit"), null=True, blank=True, related_name="members"
    )
    units = models.ManyToManyField(
        Unit, verbose_name=_("Further units"), blank=True, related_name="further_members",
        help_text=_("Whoever works for several units has the rights of each; new records belong to the main unit."),
    )  # fmt: skip
    manager = models.ForeignKey(
        "self", models.PROTECT, verbose_name=_("Manager"), null=True, blank=True, related_name="reports"
    )
    roles = models.ManyToManyField(Role, verbose_name=_("Roles"), blank=True, related_name="holders")
    pigment = pigment_field()
    language = StateField(LANGUAGES, verbose_name=_("Language"))
    theme = StateField(THEMES, verbose_name=_("Theme"))
    density = StateField(DENSITIES, verbose_name=_("Density"))
    is_active = models.BooleanField(_("May sign in"), default=True)
    must_change_password = models.BooleanField(_("New password at next sign-in"), default=False)
    password_set_at = models.DateTimeField(_("Password set"), null=True, editable=False)
    second_factor_since = models.DateTimeField(_("Second factor since"), null=True, editable=False)

    USERNAME_FIELD = "username"
    own_path, unit_path = "id", "unit_id"

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")

    def __str__(self) -> str:
        return self.name

    def fill(self, by):  # type: ignore[no-untyped-def]
        self.username = self.username or self.name.casefold().replace(" ", ".")
        if not self.password:
            self.set_unusable_password()


@register(User)
class UserDesk(Desk):
    icon = "users"
    columns = ("name", "username", "title", "unit", "manager", "roles", "is_active")
    form = (
        Section(_("Person"), ("name", "username", "email", "phone", "title", "unit", "units", "manager")),
        Section(_("Rights"), ("roles", "is_active", "must_change_password")),
        Section(_("Screen"), ("language", "theme", "density", "pigment")),
    )
    quick = ("name", "username", "email", "unit", "manager", "roles")
    search = {"name": 10, "username": 8, "email": 5, "phone": 5}
    key = ("name", "username", "email")
    sort = "name"
    creates = ("manager", "unit")
    aliases = {
        "name": ("sales_agent", "agent", "salesperson", "销售", "销售员", "姓名", "员工"),
        "unit": ("regional_office", "office", "department", "部门", "區域", "区域"),
        "manager": ("supervisor", "主管", "上级", "经理"),
    }
    configuration = True
    person = True


@remembered
def _further_units() -> dict[int, tuple[int, ...]]:
    """The further units of everybody who has some."""
    found: dict[int, tuple[int, ...]] = {}
    for user, unit in User.units.through._base_manager.values_list("user_id", "unit_id"):
        found[user] = (*found.get(user, ()), unit)
    return found


def units_of(user_id: int, main: int | None) -> tuple[int, ...]:
    """The ids of a person's main unit and further ones."""
    return (*_further_units().get(user_id, ()), *((main,) if main else ()))


def units_reached(user_id: int, main: int | None) -> frozenset[int]:
    """The ids of a person's units and of every unit below them."""
    return frozenset().union(*map(below, units_of(user_id, main)))

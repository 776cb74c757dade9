"""Sign-in policies: what passwords, second factors and sessions of everybody, or of one role, must meet."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from bihuan.core.configuration import remembered
from bihuan.core.desk import Desk
from bihuan.core.record import Record
from bihuan.core.registry import register
from bihuan.people.role import Role
from bihuan.people.user import User


@dataclass(frozen=True, slots=True)
class Rules:
    """What counts for one person. Days are whole days; 0 means never or not at all."""

    min_length: int = 10
    max_age_days: int = 0
    second_factor: bool = False
    remember_days: int = 14
    idle_days: int = 14
    keep_days: int = 365


#: What counts where the firm has no policy.
DEFAULT = Rules()
#: The longest that each figure may be.
LIMITS = {"min_length": 128, "max_age_days": 3650, "remember_days": 90, "idle_days": 90, "keep_days": 3650}


class SignInPolicy(Record):
    """Rules of signing in. Without a role it counts for everybody; of several that count the strictest figure of each does."""

    name = models.CharField(_("Policy"), max_length=80)
    role = models.ForeignKey(
        Role, models.PROTECT, verbose_name=_("Role"), null=True, blank=True, related_name="+",
        help_text=_("Left empty, the policy counts for everybody."),
    )  # fmt: skip
    min_length = models.PositiveIntegerField(_("Password: fewest characters"), default=DEFAULT.min_length)
    max_age_days = models.PositiveIntegerField(
        _("Password: days until it must change"), default=DEFAULT.max_age_days, help_text=_("0: never.")
    )
    second_factor = models.BooleanField(
        _("Second factor required"), default=False,
        help_text=_("Who has none yet sets one up at the next page they open."),
    )  # fmt: skip
    remember_days = models.PositiveIntegerField(
        _("Remember a device for days"), default=DEFAULT.remember_days,
        help_text=_("So long a device that gave the second factor is not asked again; 0: every time."),
    )  # fmt: skip
    idle_days = models.PositiveIntegerField(
        _("End a session unused for days"), default=DEFAULT.idle_days, help_text=_("At least 1.")
    )
    keep_days = models.PositiveIntegerField(
        _("Keep the logs for days"), default=DEFAULT.keep_days,
        help_text=_("Of sign-ins and exports. 0: for ever. The longest of all policies counts."),
    )  # fmt: skip

    class Meta:
        verbose_name = _("sign-in policy")
        verbose_name_plural = _("sign-in policies")

    def problems(self):  # type: ignore[no-untyped-def]
        for name, most in LIMITS.items():
            if getattr(self, name) > most:
                yield name, _now("At most %(limit)d.") % {"limit": most}
        if self.min_length < 8:
            yield "min_length", _now("At least %(limit)d.") % {"limit": 8}
        if self.idle_days < 1:
            yield "idle_days", _now("At least %(limit)d.") % {"limit": 1}


@register(SignInPolicy)
class SignInPolicyDesk(Desk):
    icon = "shield-check"
    columns = ("name", "role", "min_length", "max_age_days", "second_factor", "remember_days", "idle_days", "keep_days")
    quick = columns
    key = ("name",)
    sort = "name"
    configuration = True


@remembered
def _policies() -> tuple[SignInPolicy, ...]:
    return tuple(SignInPolicy._base_manager.filter(archived_at=None))


@remembered
def _roles_of(user_id: int) -> frozenset[int]:
    return frozenset(User.roles.through._base_manager.filter(user_id=user_id).values_list("role_id", flat=True))


@remembered
def rules_of(user_id: int) -> Rules:
    """What counts for a person, from memory."""
    roles = _roles_of(user_id)
    found = [each for each in _policies() if each.role_id is None or each.role_id in roles]
    if not found:
        return Rules(keep_days=keep_days())
    ages = [each.max_age_days for each in found if each.max_age_days]
    return Rules(
        min_length=max(each.min_length for each in found),
        max_age_days=min(ages, default=0),
        second_factor=any(each.second_factor for each in found),
        remember_days=min(each.remember_days for each in found),
        idle_days=min(each.idle_days for each in found),
        keep_days=keep_days(),
    )


@remembered
def keep_days() -> int:
    """For how many days the logs are kept; 0 for ever."""
    kept = [each.keep_days for each in _policies()]
    return 0 if 0 in kept else max(kept, default=DEFAULT.keep_days)


class LengthByPolicy:
    """Django's check of a password's length, with the length that the person's policies ask for."""

    def validate(self, password: str, user: User | None = None) -> None:
        least = rules_of(user.pk).min_length if user is not None and user.pk else DEFAULT.min_length
        if len(password) < least:
            raise ValidationError(_now("A password has at least %(limit)d characters.") % {"limit": least})

    def get_help_text(self) -> str:
        return _now("A password has at least %(limit)d characters.") % {"limit": DEFAULT.min_length}


class NotTheLogin:
    """A password that holds the login is the first that a stranger tries."""

    def validate(self, password: str, user: User | None = None) -> None:
        if user is not None and len(user.username) > 2 and user.username.casefold() in password.casefold():
            raise ValidationError(self.get_help_text())

    def get_help_text(self) -> str:
        return _now("A password must not hold the login.")

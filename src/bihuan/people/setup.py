"""The first administrator: made by whoever holds the token that the console printed, once."""

from __future__ import annotations

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from bihuan.core.access import SYSTEM
from bihuan.core.blueprint.start import starts
from bihuan.core.errors import NotFound, Refused
from bihuan.core.run import do
from bihuan.core.verbs import create, update
from bihuan.people.commands import set_grants, set_password
from bihuan.people.role import ANY, Reach, Role
from bihuan.people.unit import Unit
from bihuan.people.user import User


def is_open() -> bool:
    """Whether nobody can sign in yet."""
    return not User._base_manager.exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX).exists()


def token() -> str:
    """The token of this installation: 160 bits made from its secret key, worthless once somebody can sign in."""
    return salted_hmac("bihuan.setup", "first administrator", algorithm="sha256").hexdigest()[:40]


@transaction.atomic
def make_first_administrator(
    given: str, *, firm: str, name: str, username: str, password: str, start: str = ""
) -> User:
    """Name the firm, give it the configuration to start with, and make its first administrator.

    Raises NotFound once it is done, Refused for a wrong token.
    """
    if not is_open():
        raise NotFound()
    if not constant_time_compare(given.strip(), token()):
        raise Refused(_("This is not the token that was printed on the console."), "token")
    offered = starts()
    if offered:
        offered.get(start, next(iter(offered.values()))).load()
    top = Unit._base_manager.filter(parent=None, kind="firm", archived_at=None).first()
    top = do(update, top, by=SYSTEM, name=firm) if top else do(create, by=SYSTEM, on=Unit, name=firm, kind="firm")
    for loose in Unit._base_manager.filter(parent=None).exclude(pk=top.pk):  # such as an import made before there was a firm
        do(update, loose, by=SYSTEM, parent=top.pk)
    user = do(create, by=SYSTEM, on=User, name=name, username=username, unit=top.pk, roles=[administrator().pk])
    return do(set_password, user, by=SYSTEM, password=password)


def administrator() -> Role:
    """The role that may do everything, made if there is none."""
    role = Role._base_manager.filter(key="administrator").first()
    if role is None:
        role = do(
            create, by=SYSTEM, on=Role, name="管理员", name_hant="管理員", name_en="Administrator", key="administrator"
        )
        do(set_grants, role, by=SYSTEM, grants={ANY: {ANY: int(Reach.ALL)}})
    return role

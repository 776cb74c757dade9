"""Users: who may sign in, and what ends a session."""

from __future__ import annotations

import pytest
from django.contrib.auth import authenticate

from bihuan.core import registry
from bihuan.core.access import Actor
from bihuan.core.errors import Invalid, Refused
from bihuan.core.run import do
from bihuan.core.verbs import archive, create, update
from bihuan.people import staff
from bihuan.people.models import User

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery staple"


@pytest.fixture
def commands() -> dict[str, object]:
    return registry.commands(registry.desk("user"))


def test_a_login_is_made_from_the_name_and_is_ones_own(zhou: Actor) -> None:
    assert do(create, by=zhou, on=User, name="Sofia Lindqvist").username == "sofia.lindqvist"
    with pytest.raises(Invalid) as refused:
        do(create, by=zhou, on=User, name="Another", username="sofia.lindqvist")
    assert set(refused.value.errors) == {"username"}


def test_without_a_password_nobody_signs_in(zhou: Actor) -> None:
    do(create, by=zhou, on=User, name="Sofia", username="sofia")
    for password in ("", "!", "x"):
        assert authenticate(username="sofia", password=password) is None


def test_with_the_right_password_of_a_user_in_use(zhou: Actor, lin: Actor, commands: dict) -> None:
    do(commands["set_password"], lin.user_id, by=zhou, on=User, password=PASSWORD)
    assert authenticate(username="lin", password=PASSWORD).pk == lin.user_id
    assert authenticate(username="lin", password=PASSWORD.upper()) is None
    assert authenticate(username="nobody", password=PASSWORD) is None
    do(update, lin.user_id, by=zhou, on=User, is_active="0")
    assert authenticate(username="lin", password=PASSWORD) is None


@pytest.mark.parametrize("password", ["", "short", "12345678901", "lin"])
def test_weak_passwords_are_refused(zhou: Actor, lin: Actor, commands: dict, password: str) -> None:
    with pytest.raises(Refused):
        do(commands["set_password"], lin.user_id, by=zhou, on=User, password=password)


def test_ones_own_password_needs_the_present_one(zhou: Actor, lin: Actor, chen: Actor, commands: dict) -> None:
    do(commands["set_password"], lin.user_id, by=zhou, on=User, password=PASSWORD)
    change = commands["change_password"]
    with pytest.raises(Refused):
        do(change, lin.user_id, by=lin, on=User, current="wrong", new=PASSWORD + "!")
    with pytest.raises(Refused):
        do(change, lin.user_id, by=chen, on=User, current=PASSWORD, new=PASSWORD + "!")
    before = staff.staff()[lin.user_id].stamp
    do(change, lin.user_id, by=lin, on=User, current=PASSWORD, new=PASSWORD + "!")
    assert authenticate(username="lin", password=PASSWORD + "!")
    assert staff.staff()[lin.user_id].stamp != before, "sessions begun with the old password must end"


@pytest.mark.parametrize("how", ["archive", "lock"])
def test_who_left_is_no_actor_any_more(zhou: Actor, lin: Actor, how: str) -> None:
    if how == "archive":
        do(archive, lin.user_id, by=zhou, on=User)
    else:
        do(update, lin.user_id, by=zhou, on=User, is_active="0")
    assert staff.actor(lin.user_id) is None
    assert staff.staff()[lin.user_id].name == "林晓", "history still names them"

"""The tables of this room, for Django to find."""

from bihuan.people.role import Role
from bihuan.people.sign_in import SignInAttempt
from bihuan.people.unit import Unit
from bihuan.people.user import User

__all__ = ["Role", "SignInAttempt", "Unit", "User"]

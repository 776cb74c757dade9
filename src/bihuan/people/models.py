"""The tables of this room, for Django to find."""

from bihuan.people.export_log import ExportEntry
from bihuan.people.identity_provider import ClientSecret, ExternalIdentity, IdentityProvider
from bihuan.people.password_link import PasswordLink
from bihuan.people.role import Role
from bihuan.people.second_factor import SecondFactor
from bihuan.people.session import OpenSession
from bihuan.people.share import Share
from bihuan.people.sign_in import SignInAttempt
from bihuan.people.sign_in_policy import SignInPolicy
from bihuan.people.territory import Territory
from bihuan.people.unit import Unit
from bihuan.people.user import User
from bihuan.people.work_calendar import CalendarDay, WorkCalendar

__all__ = [
    "CalendarDay", "ClientSecret", "ExportEntry", "ExternalIdentity", "IdentityProvider", "OpenSession", "PasswordLink", "Role",
    "SecondFactor", "Share", "SignInAttempt", "SignInPolicy", "Territory", "Unit", "User", "WorkCalendar",
]  # fmt: skip

"""Checking a login and a password."""

from __future__ import annotations

from typing import Any

from bihuan.people.user import User


class PasswordBackend:
    """Login and password; a wrong login costs as much time as a wrong password."""

    def authenticate(self, request: Any, username: str = "", password: str = "", **_: Any) -> User | None:
        user = User._base_manager.filter(username=username, archived_at=None).first()
        if user is None:
            User().set_password(password)
            return None
        return user if user.check_password(password) and user.is_active else None

    def get_user(self, user_id: int) -> User | None:
        return User._base_manager.filter(pk=user_id, is_active=True, archived_at=None).first()

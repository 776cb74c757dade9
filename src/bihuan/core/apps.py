"""The kernel: records, desks, commands, events, access, audit, money, search, jobs."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class CoreConfig(AppConfig):
    name = "bihuan.core"
    label = "core"

    def ready(self) -> None:
        from bihuan.core import checks  # noqa: F401  (registers the startup checks)

        autodiscover_modules("commands", "handlers", "works", "chores")

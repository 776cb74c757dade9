"""Pages of any object, and what rooms offer to them."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class WebConfig(AppConfig):
    name = "bihuan.web"
    label = "web"

    def ready(self) -> None:
        autodiscover_modules("workbench", "funnel")

import gc

from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "bihuan.site"
    label = "site"

    def ready(self) -> None:
        # What is loaded now lives as long as the process: the collector need not walk it again. A batch or a page makes
        # thousands of small values at once, which the default threshold of 700 would take as a reason to look every time.
        gc.freeze()
        gc.set_threshold(20_000, 20, 20)

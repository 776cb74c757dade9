from django.apps import AppConfig


class BlueprintConfig(AppConfig):
    name = "bihuan.blueprint"
    label = "blueprint"

    def ready(self) -> None:
        from bihuan.blueprint import load  # noqa: F401  (offers what a firm can start with)

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "bihuan.people"
    label = "people"

    def ready(self) -> None:
        from bihuan.people import staff  # noqa: F401  (declares whom a stored user id stands for)

from django.apps import AppConfig


class PartiesConfig(AppConfig):
    name = "bihuan.parties"
    label = "parties"

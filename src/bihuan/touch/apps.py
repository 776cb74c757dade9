from django.apps import AppConfig


class TouchConfig(AppConfig):
    name = "bihuan.touch"
    label = "touch"

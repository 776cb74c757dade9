from django.apps import AppConfig


class AutomationConfig(AppConfig):
    name = "bihuan.automation"
    label = "automation"

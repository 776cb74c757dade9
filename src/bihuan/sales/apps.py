from django.apps import AppConfig


class SalesConfig(AppConfig):
    name = "bihuan.sales"
    label = "sales"

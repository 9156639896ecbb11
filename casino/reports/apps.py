"""The casino's reports as a Django app with tables of its own."""

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "casino.reports"
    label = "casino_reports"
    verbose_name = "Casino reports"

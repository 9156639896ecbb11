"""The casino's reports as a Django app: their tables belong to nobody else."""

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "casino.reports"
    label = "casino_reports"
    verbose_name = "Casino reports"

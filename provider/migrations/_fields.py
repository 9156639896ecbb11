"""Columns as the migrations need them: frozen, whatever the models do later."""

from django.db import models


class JSONColumnField(models.TextField):
    """A text in a column of type `json`, which keeps its bytes."""

    def db_type(self, connection):
        return "json"

"""Fields for the migrations. They stay as they are when the models change."""

from django.db import models


class JSONColumnField(models.TextField):
    """A JSON text in a column of type `json`, which keeps its bytes."""

    def db_type(self, connection):
        return "json"

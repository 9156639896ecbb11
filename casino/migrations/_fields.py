"""Fields for the migrations. They stay as they are when the models change."""

from django.db import models


class StoredAnswerField(models.TextField):
    """A text in a column of type `json`, which keeps the exact bytes."""

    def db_type(self, connection):
        return "json"

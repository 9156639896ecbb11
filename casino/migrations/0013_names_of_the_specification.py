"""Gives columns the names of the specification. No row is lost or changed.

PostgreSQL's constraints and indexes follow a renamed column automatically. Django's state does not,
so they are removed from the state before the renaming and added back after it. This rewrites
casino_transactions once: the column response_cache becomes `json`, which keeps the exact text.
"""

from pathlib import Path

from django.db import migrations, models
from django.db.models import F, Q

from casino.migrations._fields import StoredAnswerField

SQL = Path(__file__).parent / "sql"


def _constraints_by_type(name: str) -> list[models.BaseConstraint]:
    return [
        models.UniqueConstraint(
            fields=["related_transaction"],
            condition=Q(**{name: "ROLLBACK"}),
            name="casino_transactions_one_reversal_a_bet",
        ),
        *(
            models.CheckConstraint(condition=condition, name=f"casino_transactions_{suffix}")
            for suffix, condition in (
                ("kind", Q(**{f"{name}__in": KINDS})),
                (
                    "amount_positive",
                    Q(amount__gt=0) | Q(**{"amount": 0, f"{name}__in": MAY_BE_NOTHING}),
                ),
                (
                    "markers_move_nothing",
                    ~Q(**{f"{name}__in": ["TOMBSTONE", "REPEATED_ROLLBACK"]}) | Q(amount=0),
                ),
                (
                    "gifts_not_redeemable",
                    ~Q(**{f"{name}__in": ["OPENING", "TOPUP", "BONUS"]}) | Q(redeemable_amount=0),
                ),
                (
                    "wins_undivided",
                    ~Q(**{name: "WIN"}) | Q(redeemable_amount=0) | Q(redeemable_amount=F("amount")),
                ),
                (
                    "play_has_round",
                    ~Q(**{f"{name}__in": ["BET", "WIN"]}) | Q(round_id__isnull=False),
                ),
                (
                    "reversal_has_bet",
                    ~Q(**{f"{name}__in": ["ROLLBACK", "REPEATED_ROLLBACK"]})
                    | Q(related_transaction__isnull=False),
                ),
            )
        ),
    ]


KINDS = [
    *("OPENING", "BET", "WIN", "ROLLBACK", "TOMBSTONE", "REPEATED_ROLLBACK"),
    *("TOPUP", "BONUS", "SPEND", "ADJUSTMENT"),
]
MAY_BE_NOTHING = ["WIN", "ROLLBACK", "TOMBSTONE", "REPEATED_ROLLBACK"]


def _index_by_type(name: str) -> models.Index:
    return models.Index(
        fields=["related_transaction"],
        condition=Q(**{name: "REPEATED_ROLLBACK"}),
        name="casino_transactions_repeats",
    )


def _user_constraint(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=~Q(**{name: ""}), name=f"casino_users_{name}")


def _renamed_constraint(model: str, old: str, new: str) -> migrations.RunSQL:
    rename = "ALTER TABLE casino_{}s RENAME CONSTRAINT {} TO {}"
    return migrations.RunSQL(
        rename.format(model, old, new),
        rename.format(model, new, old),
        hints={"model_name": model},
    )


class Migration(migrations.Migration):
    dependencies = [("casino", "0012_direction_of_earlier_money")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveConstraint("user", "casino_users_player_id"),
                *(
                    migrations.RemoveConstraint("transaction", constraint.name)
                    for constraint in _constraints_by_type("kind")
                ),
                migrations.RemoveIndex("transaction", "casino_transactions_repeats"),
            ]
        ),
        migrations.RenameField("user", "player_id", "username"),
        migrations.RenameField("gameprovider", "base_url", "api_endpoint"),
        migrations.RenameField("gameprovider", "casino_secret", "secret_key"),
        migrations.RenameField("gameprovider", "enabled", "is_disabled"),
        migrations.RenameField("game", "game_id", "provider_game_id"),
        migrations.RenameField("transaction", "kind", "transaction_type"),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AddConstraint("user", _user_constraint("username")),
                *(
                    migrations.AddConstraint("transaction", constraint)
                    for constraint in _constraints_by_type("transaction_type")
                ),
                migrations.AddIndex("transaction", _index_by_type("transaction_type")),
            ]
        ),
        _renamed_constraint("user", "casino_users_player_id", "casino_users_username"),
        _renamed_constraint("user", "casino_users_player_id_key", "casino_users_username_key"),
        _renamed_constraint(
            "game", "casino_games_game_id_key", "casino_games_provider_game_id_key"
        ),
        migrations.RunSQL(
            "UPDATE casino_game_providers SET is_disabled = NOT is_disabled",
            "UPDATE casino_game_providers SET is_disabled = NOT is_disabled",
            hints={"model_name": "gameprovider"},
        ),
        migrations.AlterField("gameprovider", "is_disabled", models.BooleanField(default=False)),
        migrations.AddField(
            "user", "email", models.EmailField(max_length=254, null=True, blank=True)
        ),
        migrations.AlterField(
            "wallet",
            "currency",
            models.ForeignKey(
                to="casino.currency",
                on_delete=models.PROTECT,
                related_name="wallets",
                db_column="currency_code",
                db_index=False,
            ),
        ),
        migrations.RunSQL(
            (SQL / "currency_guards_by_code.sql").read_text(),
            (SQL / "currency_guards_by_id.sql").read_text(),
            hints={"model_name": "currency"},
        ),
        migrations.AddField(
            "gamesession",
            "is_active",
            models.GeneratedField(
                expression=models.ExpressionWrapper(
                    Q(status="ACTIVE"), output_field=models.BooleanField()
                ),
                output_field=models.BooleanField(),
                db_persist=True,
            ),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE casino_transactions ALTER COLUMN response_cache DROP NOT NULL,"
                    " ALTER COLUMN response_cache TYPE json USING nullif(response_cache, '')::json",
                    "ALTER TABLE casino_transactions ALTER COLUMN response_cache TYPE text"
                    " USING coalesce(response_cache::text, ''),"
                    " ALTER COLUMN response_cache SET NOT NULL",
                    hints={"model_name": "transaction"},
                )
            ],
            state_operations=[
                migrations.AlterField(
                    "transaction",
                    "response_cache",
                    StoredAnswerField(
                        null=True,
                        blank=True,
                        help_text="The body that was sent, and is sent again.",
                    ),
                )
            ],
        ),
    ]

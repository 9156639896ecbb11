"""Gives tables and columns the names of the specification. No row is lost or changed.

Rewrites provider_bets once: its column response_cache becomes `json`, which keeps the text as it
is. A round gets its session's player, game and currency, and the totals of its bets.
"""

from django.db import migrations, models
from django.db.models import ExpressionWrapper, F, Func, Q

from provider.migrations._fields import JSONColumnField


def constraints(bet_type):
    """The constraints of provider_bets that name the column."""
    return [
        models.UniqueConstraint(
            fields=["related"],
            condition=Q(**{bet_type: "ROLLBACK"}),
            name="provider_bets_rolled_back_once",
        ),
        models.CheckConstraint(
            condition=Q(**{f"{bet_type}__in": ["DEBIT", "CREDIT", "ROLLBACK"]}),
            name=f"provider_bets_{bet_type}_known",
        ),
        models.CheckConstraint(
            condition=Q(amount__gt=0) | Q(**{bet_type: "CREDIT", "amount": 0}),
            name="provider_bets_amount_fits",
        ),
        models.CheckConstraint(
            condition=(
                Q(**{bet_type: "DEBIT", "related__isnull": True})
                | Q(**{bet_type: "CREDIT"})
                | Q(**{bet_type: "ROLLBACK", "related__isnull": False})
            ),
            name="provider_bets_related_fits",
        ),
        models.CheckConstraint(
            condition=~Q(status__in=["VOIDING", "VOIDED"]) | Q(**{bet_type: "DEBIT"}),
            name="provider_bets_only_debits_void",
        ),
    ]


CODES_OF_CUSTOMERS = """
UPDATE provider_customers customer SET casino_code = casino.code
FROM provider_casinos casino WHERE casino.id = customer.casino_id
"""
# One statement: a second change of a row would leave checks of its keys for the end of the
# transaction, and PostgreSQL would refuse the changes of the table that follow.
SESSIONS_AND_TOTALS_OF_ROUNDS = """
UPDATE provider_game_rounds round
SET player_id = session.customer_id, game_id = session.game_id, currency = session.currency,
    total_bet_amount = least(coalesce(staked, 0), 9223372036854775807),
    total_payout_amount = least(coalesce(paid, 0), 9223372036854775807)
FROM provider_game_rounds old
JOIN provider_sessions session ON session.id = old.session_id
LEFT JOIN (
    SELECT round_id, sum(amount) FILTER (WHERE bet_type = 'DEBIT') staked,
        sum(amount) FILTER (WHERE bet_type = 'CREDIT') paid
    FROM provider_bets WHERE status = 'ACCEPTED' GROUP BY round_id
) bets ON bets.round_id = old.id
WHERE old.id = round.id
"""
# PostgreSQL cannot read JSON that contains the escape of NUL. The balance is a number without it.
BALANCES_OF_BETS = r"""
UPDATE provider_bets
SET casino_balance_after =
    (replace(response_cache::text, '\u0000', '\u0001')::json ->> 'balance')::bigint
WHERE http_status = 200
"""


class Migration(migrations.Migration):
    dependencies = [("provider", "0009_session_tokens")]
    operations = [
        migrations.RenameField("game", "active", "is_active"),
        migrations.AddField(
            "game",
            "min_bet",
            models.GeneratedField(
                expression=Func(F("stakes"), template="(%(expressions)s)[1]"),
                output_field=models.BigIntegerField(),
                db_persist=True,
            ),
        ),
        migrations.AddField(
            "game",
            "max_bet",
            models.GeneratedField(
                expression=Func(
                    F("stakes"), template="(%(expressions)s)[cardinality(%(expressions)s)]"
                ),
                output_field=models.BigIntegerField(),
                db_persist=True,
            ),
        ),
        migrations.AddField(
            "customer",
            "casino_code",
            models.CharField(default="", max_length=64, help_text="A copy of the casino's code."),
            preserve_default=False,
        ),
        migrations.RunSQL(CODES_OF_CUSTOMERS, migrations.RunSQL.noop),
        migrations.AddField(
            "customer",
            "external_user_id",
            models.GeneratedField(
                expression=ExpressionWrapper(F("player_id"), output_field=models.CharField()),
                output_field=models.CharField(max_length=128),
                db_persist=True,
            ),
        ),
        *(migrations.RemoveConstraint("bet", each.name) for each in constraints("kind")),
        migrations.RenameField("bet", "kind", "bet_type"),
        *(migrations.AddConstraint("bet", each) for each in constraints("bet_type")),
        migrations.RenameField("bet", "response", "response_cache"),
        migrations.AddField(
            "bet", "casino_balance_after", models.BigIntegerField(null=True, blank=True)
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE provider_bets ALTER COLUMN response_cache TYPE json"
                    " USING response_cache::json",
                    "ALTER TABLE provider_bets ALTER COLUMN response_cache TYPE text"
                    " USING response_cache::text",
                )
            ],
            state_operations=[
                migrations.AlterField(
                    "bet", "response_cache", JSONColumnField(null=True, blank=True)
                )
            ],
        ),
        migrations.RunSQL(BALANCES_OF_BETS, migrations.RunSQL.noop),
        *(
            migrations.AddField("gameround", name, field, preserve_default=False)
            for name, field in (
                (
                    "player",
                    models.ForeignKey(
                        "provider.customer",
                        models.PROTECT,
                        db_index=False,
                        related_name="+",
                        null=True,
                    ),
                ),
                (
                    "game",
                    models.ForeignKey("provider.game", models.PROTECT, related_name="+", null=True),
                ),
                ("currency", models.CharField(default="", max_length=32)),
            )
        ),
        migrations.AddField("gameround", "total_bet_amount", models.BigIntegerField(default=0)),
        migrations.AddField("gameround", "total_payout_amount", models.BigIntegerField(default=0)),
        migrations.RunSQL(SESSIONS_AND_TOTALS_OF_ROUNDS, migrations.RunSQL.noop),
        migrations.AlterField(
            "gameround",
            "player",
            models.ForeignKey(
                "provider.customer", models.PROTECT, db_index=False, related_name="+"
            ),
        ),
        migrations.AlterField(
            "gameround",
            "game",
            models.ForeignKey("provider.game", models.PROTECT, related_name="+"),
        ),
        migrations.AddConstraint(
            "gameround",
            models.CheckConstraint(
                condition=Q(total_bet_amount__gte=0, total_payout_amount__gte=0),
                name="provider_game_rounds_totals_fit",
            ),
        ),
    ]

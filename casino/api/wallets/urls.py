"""The wallet service: ``/api/v1`` and the root service next to it.

User ids and references may contain a slash, except in ``/balance/{user_id}``, where an asset may
follow.
"""

from django.urls import include, path, re_path, register_converter

from casino.api.wallets import root, v1_money, v1_reading
from casino.api.wallets.endpoint import UnknownWalletAddress


class Anything:
    """One or more characters, slashes and line breaks included: the endpoint says what is wrong."""

    regex = "(?s:.+)"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(Anything, "anything")

_V1 = [
    path("health", v1_reading.WalletHealth.as_view()),
    path("wallets", v1_money.OpenWallet.as_view()),
    path("wallets/topup", v1_money.TopUp.as_view()),
    path("wallets/bonus", v1_money.GiveBonus.as_view()),
    path("wallets/spend", v1_money.Spend.as_view()),
    path("wallets/<anything:user_id>/balance", v1_reading.WalletBalances.as_view()),
    path("wallets/<anything:user_id>/transactions", v1_reading.WalletTransactions.as_view()),
    path("wallets/<anything:user_id>/add-funds", v1_money.AddFunds.as_view()),
    path("wallets/<anything:user_id>/remove-funds", v1_money.RemoveFunds.as_view()),
    path("transactions/<anything:reference_id>", v1_reading.FindTransaction.as_view()),
]

urlpatterns = [
    path("api/v1/", include(_V1)),
    path("assets", root.ListAssets.as_view()),
    path("balance/<str:user_id>", root.UserBalances.as_view()),
    path("balance/<anything:user_id>/<str:asset_code>", root.UserBalance.as_view()),
    path("transaction", root.PostTransaction.as_view()),
    path("transaction/<anything:user_id>/history", root.TransactionHistory.as_view()),
    re_path("^(?:api/v1|assets|balance|transaction)(?:/|$)", UnknownWalletAddress.as_view()),
]

"""Version 1 of the wallet service, below ``/api/v1/``. User ids and references may hold a slash."""

from django.urls import path, re_path

from casino.api.wallets import v1_money, v1_reading
from casino.api.wallets.endpoint import Nowhere

urlpatterns = [
    path("health", v1_reading.WalletHealth.as_view()),
    path("wallets", v1_money.OpenWallet.as_view()),
    path("wallets/topup", v1_money.TopUp.as_view()),
    path("wallets/bonus", v1_money.GiveBonus.as_view()),
    path("wallets/spend", v1_money.Spend.as_view()),
    path("wallets/<path:user_id>/balance", v1_reading.WalletBalances.as_view()),
    path("wallets/<path:user_id>/transactions", v1_reading.WalletTransactions.as_view()),
    path("wallets/<path:user_id>/add-funds", v1_money.AddFunds.as_view()),
    path("wallets/<path:user_id>/remove-funds", v1_money.RemoveFunds.as_view()),
    path("transactions/<path:reference_id>", v1_reading.FindTransaction.as_view()),
    re_path("", Nowhere.as_view()),
]

"""The wallet service at the root.

A user id may hold a slash, but not in ``/balance/{user_id}``: there what follows it is an asset.
"""

from django.urls import path

from casino.api.wallets import root

urlpatterns = [
    path("assets", root.ListAssets.as_view()),
    path("balance/<str:user_id>", root.UserBalances.as_view()),
    path("balance/<path:user_id>/<str:asset_code>", root.UserBalance.as_view()),
    path("transaction", root.PostTransaction.as_view()),
    path("transaction/<path:user_id>/history", root.TransactionHistory.as_view()),
]

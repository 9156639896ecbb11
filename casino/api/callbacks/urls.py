"""The callbacks, below ``/casino/``."""

from django.urls import path

from casino.api.callbacks import feed, views

urlpatterns = [
    path("getBalance", views.GetBalance.as_view(), name="get-balance"),
    path("debit", views.Debit.as_view(), name="debit"),
    path("credit", views.Credit.as_view(), name="credit"),
    path("rollback", views.Rollback.as_view(), name="rollback"),
    path("transactions", feed.Transactions.as_view(), name="transactions"),
]

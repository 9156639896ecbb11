"""The plain endpoint."""

from django.urls import path

from scripts.benchmark.plain.views import PlainDebit

urlpatterns = [path("plain/debit", PlainDebit.as_view())]

"""What is measured for scale."""

from django.urls import path

from scripts.benchmark.plain.views import PlainDebit

urlpatterns = [path("plain/debit", PlainDebit.as_view())]

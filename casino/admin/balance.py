"""A wallet's balance at a glance: all of it can be played with, a part can be withdrawn."""

from functools import partial

from django.utils.html import format_html
from django.utils.safestring import SafeString

from casino.admin.display import money
from casino.models import Wallet
from config.backoffice.charts import Part, split_bar
from config.backoffice.money import grouped


def balance_card(wallet: Wallet) -> SafeString:
    redeemable = wallet.redeemable_balance
    to_play_only = wallet.playable_balance - redeemable
    bar = split_bar(
        title="What it is made of",
        parts=[Part("redeemable", redeemable), Part("not redeemable", to_play_only, "other")],
        written=partial(grouped, exponent=wallet.currency.exponent),
    )
    return format_html(
        '<section class="card"><h2>Balance</h2><p class="balance">{}</p>'
        "<p>Redeemable: {} · Not redeemable: {}</p>{}</section>",
        money(wallet.playable_balance, wallet.currency),
        money(redeemable, wallet.currency),
        money(to_play_only, wallet.currency),
        bar,
    )

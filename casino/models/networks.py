"""Parses lists of networks and checks whether an address is in one of them."""

import re
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from django.core.exceptions import ValidationError

Network = IPv4Network | IPv6Network


def parse_networks(text: str) -> tuple[Network, ...]:
    """Raises ValueError if a part is not a network or has bits set beyond its mask."""
    return tuple(ip_network(part) for part in re.split(r"[,\s]+", text) if part)


def validate_networks(text: str) -> None:
    try:
        parse_networks(text)
    except ValueError as error:
        raise ValidationError(f"Must be a list of addresses or networks: {error}.") from None


def is_within(networks: Sequence[Network], address: str) -> bool:
    """Whether the address is in one of the networks. False if it is not an IP address."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return any((mapped or found) in network for network in networks)

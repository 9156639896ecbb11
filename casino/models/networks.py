"""Networks as people write them down, and whether an address lies in one."""

import re
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from django.core.exceptions import ValidationError

Network = IPv4Network | IPv6Network


def parse_networks(text: str) -> tuple[Network, ...]:
    """Raises ValueError where one is none, or has bits set beyond its mask."""
    return tuple(ip_network(part) for part in re.split(r"[,\s]+", text) if part)


def validate_networks(text: str) -> None:
    try:
        parse_networks(text)
    except ValueError as error:
        raise ValidationError(f"Must list addresses or networks: {error}.") from None


def is_within(networks: Sequence[Network], address: str) -> bool:
    """What is no address lies nowhere."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return any((mapped or found) in network for network in networks)

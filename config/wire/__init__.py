"""What casino and provider agree on to talk to each other; imports neither of them."""

"""What casino and provider need to talk to each other. It imports neither of them."""

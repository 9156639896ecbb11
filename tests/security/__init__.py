"""What the service is attacked with, and what answers it."""

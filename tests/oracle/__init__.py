"""The contract as a program, and the service held against it, answer by answer."""

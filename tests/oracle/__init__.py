"""The contract as a program, which predicts the service's answers one by one."""

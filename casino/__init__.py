"""The casino. Players' money is held and moved here and nowhere else."""

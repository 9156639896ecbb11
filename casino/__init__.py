"""The casino: it holds the players' money and moves it, here and nowhere else."""

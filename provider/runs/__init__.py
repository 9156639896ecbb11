"""What a session plays: scripted runs and spins, journalled and brought to their end."""

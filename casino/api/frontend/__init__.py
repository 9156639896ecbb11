"""The frontend's and the tester's dialect: launchGame, simulateRound (contract, section 2)."""

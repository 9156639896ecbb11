"""The providers' dialect: getBalance, debit, credit, rollback, transactions, signed."""

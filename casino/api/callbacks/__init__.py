"""The providers' dialect: getBalance, debit, credit, rollback, signed (contract, section 2)."""

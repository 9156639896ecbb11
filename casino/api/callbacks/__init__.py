"""The providers' dialect: signed getBalance, debit, credit, rollback and transactions."""

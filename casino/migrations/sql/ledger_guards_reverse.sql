DROP TRIGGER casino_ledger_entries_balance ON casino_ledger_entries;
DROP TRIGGER casino_ledger_entries_append_only ON casino_ledger_entries;
DROP TRIGGER casino_transactions_append_only ON casino_transactions;
DROP FUNCTION casino_refuse_imbalance();
DROP FUNCTION casino_refuse_change();

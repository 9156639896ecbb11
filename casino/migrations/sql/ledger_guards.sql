-- PostgreSQL refuses changes that must never happen, whoever writes.

CREATE FUNCTION casino_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END;
$$;

CREATE TRIGGER casino_transactions_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON casino_transactions
    FOR EACH STATEMENT EXECUTE FUNCTION casino_refuse_change();

CREATE TRIGGER casino_ledger_entries_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON casino_ledger_entries
    FOR EACH STATEMENT EXECUTE FUNCTION casino_refuse_change();

-- Double entry: the entries that a statement writes sum to zero per transaction and currency.
CREATE FUNCTION casino_refuse_imbalance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM written GROUP BY transaction_id, currency HAVING sum(amount) <> 0
    ) THEN
        RAISE EXCEPTION 'ledger entries do not balance' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;

CREATE TRIGGER casino_ledger_entries_balance
    AFTER INSERT ON casino_ledger_entries
    REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION casino_refuse_imbalance();

-- The rules for a row of the ledger, by its kind or its account.
--
-- There is one function per table, because PostgreSQL parses every CHECK constraint again for every
-- statement that writes: thirteen of them cost a debit more than its two locks. A function is
-- planned only once per connection.

CREATE FUNCTION casino_transaction_is_sound(
    transaction_type text, sequence bigint, amount bigint, redeemable_amount bigint,
    balance_after bigint, redeemable_after bigint, round_id text, related_transaction_id uuid
) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN sequence >= 1
        AND redeemable_amount BETWEEN 0 AND amount
        AND redeemable_after BETWEEN 0 AND balance_after
        AND CASE transaction_type
            WHEN 'BET' THEN amount > 0 AND round_id IS NOT NULL
            WHEN 'WIN' THEN redeemable_amount IN (0, amount) AND round_id IS NOT NULL
            WHEN 'ROLLBACK' THEN related_transaction_id IS NOT NULL
            WHEN 'TOMBSTONE' THEN amount = 0
            WHEN 'REPEATED_ROLLBACK' THEN amount = 0 AND related_transaction_id IS NOT NULL
            WHEN 'OPENING' THEN amount > 0 AND redeemable_amount = 0
            WHEN 'TOPUP' THEN amount > 0 AND redeemable_amount = 0
            WHEN 'BONUS' THEN amount > 0 AND redeemable_amount = 0
            WHEN 'SPEND' THEN amount > 0
            WHEN 'ADJUSTMENT' THEN amount > 0
            ELSE false
        END;
END;
$$;

-- Amounts are signed here. A house account has no balance. Some house accounts only move money one
-- way: it leaves the treasury and the bonus account, and enters the sales account.
CREATE FUNCTION casino_ledger_entry_is_sound(
    account text, wallet_id bigint, amount bigint, redeemable_amount bigint,
    balance_before bigint, balance_after bigint, redeemable_before bigint, redeemable_after bigint
) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF account = 'WALLET' THEN
        RETURN wallet_id IS NOT NULL
            AND amount <> 0
            AND redeemable_amount BETWEEN least(amount, 0) AND greatest(amount, 0)
            AND coalesce(balance_after = balance_before + amount, false)
            AND coalesce(redeemable_after = redeemable_before + redeemable_amount, false);
    END IF;
    RETURN wallet_id IS NULL
        AND balance_before IS NULL AND balance_after IS NULL
        AND redeemable_before IS NULL AND redeemable_after IS NULL
        AND redeemable_amount = 0
        AND CASE account
            WHEN 'GAMES' THEN amount <> 0
            WHEN 'ADJUSTMENT' THEN amount <> 0
            WHEN 'TREASURY' THEN amount < 0
            WHEN 'BONUS' THEN amount < 0
            WHEN 'SALES' THEN amount > 0
            ELSE false
        END;
END;
$$;

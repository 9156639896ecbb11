-- The text of a function does not change when a column that it names is renamed.
CREATE OR REPLACE FUNCTION casino_refuse_other_money() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM casino_currencies WHERE code = OLD.code FOR UPDATE;
    IF EXISTS (SELECT FROM casino_wallets WHERE currency_code = OLD.code) THEN
        RAISE EXCEPTION 'there are wallets in "%": its exponent and its wins stay as they are',
            OLD.code
            USING ERRCODE = 'restrict_violation', TABLE = 'casino_currencies',
                CONSTRAINT = 'casino_currencies_fixed_once_used';
    END IF;
    RETURN NEW;
END;
$$;

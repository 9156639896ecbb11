-- A name means only one currency, and the meaning of a currency's amounts never changes.

-- Callers name an asset by its code or its short code, so the two share one namespace. The advisory
-- lock serialises changes of the catalogue: if two are made at the same time, the second one sees
-- the first.
CREATE FUNCTION casino_refuse_shared_code() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('casino_currencies'));
    IF EXISTS (
        SELECT FROM casino_currencies other
        WHERE other.code <> NEW.code AND (TG_OP = 'INSERT' OR other.code <> OLD.code)
            AND (other.code = NEW.short_code OR other.short_code = NEW.code)
    ) THEN
        RAISE EXCEPTION 'a code or short code of "%" is taken by another currency', NEW.code
            USING ERRCODE = 'unique_violation', TABLE = 'casino_currencies',
                CONSTRAINT = 'casino_currencies_one_namespace';
    END IF;
    RETURN NEW;
END;
$$;

CREATE TRIGGER casino_currencies_one_namespace
    BEFORE INSERT OR UPDATE OF code, short_code ON casino_currencies
    FOR EACH ROW EXECUTE FUNCTION casino_refuse_shared_code();

-- With another exponent every balance would be a different amount, and if is_redeemable changed,
-- nobody could check earlier wins. Wallets that are being opened wait for the row's lock.
CREATE FUNCTION casino_refuse_other_money() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM casino_currencies WHERE code = OLD.code FOR UPDATE;
    IF EXISTS (SELECT FROM casino_wallets WHERE currency_id = OLD.code) THEN
        RAISE EXCEPTION 'there are wallets in "%": its exponent and its wins stay as they are',
            OLD.code
            USING ERRCODE = 'restrict_violation', TABLE = 'casino_currencies',
                CONSTRAINT = 'casino_currencies_fixed_once_used';
    END IF;
    RETURN NEW;
END;
$$;

CREATE TRIGGER casino_currencies_fixed_once_used
    BEFORE UPDATE ON casino_currencies
    FOR EACH ROW
    WHEN (
        OLD.exponent IS DISTINCT FROM NEW.exponent
        OR OLD.is_redeemable IS DISTINCT FROM NEW.is_redeemable
    )
    EXECUTE FUNCTION casino_refuse_other_money();

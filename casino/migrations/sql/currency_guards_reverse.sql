DROP TRIGGER casino_currencies_fixed_once_used ON casino_currencies;
DROP TRIGGER casino_currencies_one_namespace ON casino_currencies;
DROP FUNCTION casino_refuse_other_money();
DROP FUNCTION casino_refuse_shared_code();

# The role and the database of the product. Patroni calls this when it has made the cluster, with the
# address of the primary as its superuser. A restored cluster has both already.
set -eu
psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --dbname="$1" <<'SQL'
SELECT count(*) = 0 AS is_new FROM pg_database WHERE datname = 'casino' \gset
\if :is_new
    \getenv password CASINO_DB_PASSWORD
    CREATE ROLE casino LOGIN PASSWORD :'password';
    -- Connections ask for these themselves. PgBouncer drops that, so the role has them too.
    ALTER ROLE casino SET lock_timeout = 2000;
    ALTER ROLE casino SET statement_timeout = 5000;
    ALTER ROLE casino SET idle_in_transaction_session_timeout = 10000;
    CREATE DATABASE casino OWNER casino;
\endif
SQL

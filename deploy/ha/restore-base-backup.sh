# Copy the base backup $BASE_BACKUP to the data directory. Patroni calls this if its bootstrap method
# is `restore`, then starts PostgreSQL, which reads the archived log on top.
set -eu
cp -R "${BASE_BACKUP:?}/." "${PATRONI_POSTGRESQL_DATA_DIR:?}"
chmod 700 "$PATRONI_POSTGRESQL_DATA_DIR"

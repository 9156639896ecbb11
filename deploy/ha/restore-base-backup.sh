# Copy the base backup $BASE_BACKUP to the data directory, which Patroni names in --datadir=. Patroni calls this if its bootstrap method
# is `restore`, then starts PostgreSQL, which reads the archived log on top.
set -eu
for argument; do
    case $argument in --datadir=*) data_dir=${argument#--datadir=} ;; esac
done
cp -R "${BASE_BACKUP:?}/." "${data_dir:?}"
chmod 700 "$data_dir"

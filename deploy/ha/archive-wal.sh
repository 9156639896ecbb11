# Copy a piece of the write-ahead log into $WAL_ARCHIVE: archive-wal.sh PATH NAME
# It gets its name only when it is complete and on the disk. After a failover the new primary may
# archive a piece once more; that succeeds if both are the same.
set -eu
to="${WAL_ARCHIVE:?}/$2"
if [ -e "$to" ]; then
    cmp -s "$1" "$to"
    exit
fi
part="$to.$$.part"
trap 'rm -f "$part"' EXIT  # each attempt on a full disk would otherwise leave one
cp "$1" "$part"
sync "$part"
mv "$part" "$to"

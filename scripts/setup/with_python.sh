# Runs a command with the first Python that can do the set-up: with_python.sh COMMAND [ARGUMENT...]
set -euo pipefail
export CALLED_FROM=$PWD  # paths in the arguments are relative to it
cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."

cannot_run=1
[[ $1 == certify ]] && cannot_run=2  # 1 would say that the wallet does not conform
trap 'exit 130' INT  # exit even if a program below ignores the signal

if [[ $OSTYPE == msys* || $OSTYPE == cygwin* ]]; then
    echo "scripts/$1: does not run on Windows itself; use WSL 2, which is Linux, or Docker" >&2
    exit $cannot_run
fi

candidates=(python3.11 python3 python3.12 python3.13 python3.14 python)
[[ -e .venv/.complete ]] && candidates=(.venv/bin/python "${candidates[@]}")

without_venv=
for python in "${candidates[@]}"; do
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || continue
    if [[ $python == .venv/* ]] || "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        exec "$python" -m scripts.setup "$@"
    fi
    without_venv=${without_venv:-$python}
done

if [[ $without_venv ]]; then
    echo "scripts/$1: $without_venv lacks the venv module; on Debian or Ubuntu: apt install python3-venv" >&2
else
    echo "scripts/$1: needs Python 3.11 or newer, and none was found on PATH" >&2
fi
exit $cannot_run

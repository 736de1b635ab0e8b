#!/bin/sh
# Rewrites the lock files from requirements*.in; needs uv. Universal: one lock for Python 3.11 to 3.13 and every platform.
set -eu
cd "$(dirname "$0")/.."
options="--universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --quiet"
lock() {
    # shellcheck disable=SC2086
    uv pip compile $options --custom-compile-command "sh tools/lock.sh" "$@"
}
lock requirements.in -o requirements.lock
lock -c requirements.lock requirements-dev.in -o requirements-dev.lock
lock requirements-node.in -o requirements-node.lock
lock -c requirements-dev.lock requirements-clients.in -o requirements-clients.lock

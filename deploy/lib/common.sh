# What every script of deploy/, tests/ and .ci/ shares: where the project is, how to talk, how to stop.
# Sourced, not run. REQUIRES bash with `set -Eeuo pipefail`.

# shellcheck disable=SC2034
KIMBERLITE_ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"

say() { printf '%s\n' "$*"; }
heading() { printf '\n== %s\n' "$*"; }
warn() { printf 'warning: %s\n' "$*" >&2; }

# die WHAT [REMEDY]
die() {
  printf 'error: %s\n' "$1" >&2
  [ $# -lt 2 ] || printf '       %s\n' "$2" >&2
  exit 1
}

# Seconds since the epoch, and a span of seconds for people.
now_s() { date +%s; }
span() {
  local seconds=$1
  if [ "$seconds" -lt 60 ]; then printf '%d s' "$seconds"; else printf '%d min %02d s' $((seconds / 60)) $((seconds % 60)); fi
}

# usage_of SCRIPT: the comment at the head of a script is its help text.
usage_of() { awk 'NR > 1 { if (!/^#/) exit; sub(/^# ?/, ""); print }' "$1"; }

# How many compilers at once: one a core, but never more than memory allows (1.5 GiB each, what the heaviest files take).
build_jobs() {
  if [ -n "${KIMBERLITE_JOBS:-}" ]; then
    printf '%s' "$KIMBERLITE_JOBS"
    return
  fi
  local cores memory_kib by_memory
  cores=$(nproc)
  memory_kib=$(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo)
  by_memory=$((memory_kib / 1572864))
  [ "$by_memory" -ge 1 ] || by_memory=1
  printf '%s' $((cores < by_memory ? cores : by_memory))
}

# Building by preset. Sourced after common.sh.

# build PRESET [TARGET...]: configures build/PRESET when needed and builds the targets (none: everything).
# On a terminal ninja shows its progress; else the output goes to build/PRESET.log and its end is shown on failure.
build() {
  local preset=$1 log begin status=0
  shift
  log="$KIMBERLITE_ROOT/build/$preset.log"
  begin=$(now_s)
  mkdir -p "$KIMBERLITE_ROOT/build"
  : >"$log"
  if [ ! -f "$KIMBERLITE_ROOT/build/$preset/build.ninja" ]; then
    (cd "$KIMBERLITE_ROOT" && cmake --preset "$preset") >>"$log" 2>&1 || status=$?
  fi
  if [ "$status" -eq 0 ]; then
    if [ -t 1 ]; then
      ninja -C "$KIMBERLITE_ROOT/build/$preset" -j "$(build_jobs)" "$@" || status=$?
    else
      ninja -C "$KIMBERLITE_ROOT/build/$preset" -j "$(build_jobs)" "$@" >>"$log" 2>&1 || status=$?
    fi
  fi
  if [ "$status" -ne 0 ]; then
    [ -t 1 ] || { grep -E 'FAILED|error|Error' -A 12 "$log" || tail -n 20 "$log"; } | tail -n 60 >&2
    [ ! -s "$log" ] || die "the build ($preset) failed" "the whole output is in $log; run the same command again after mending it"
    die "the build ($preset) failed" "run the same command again after mending it"
  fi
  say "built ($preset) in $(span $(($(now_s) - begin)))"
}

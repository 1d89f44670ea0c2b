# Starting, watching and stopping the daemons of a network on this machine. Sourced after common.sh.
#
# A network's folder is what `kimberlite network new --out DIR` writes. Beside each nodes/X/kimberlited.toml these
# functions keep kimberlited.log and kimberlited.pid. A process is only ever signalled after /proc has confirmed that the
# recorded number is still our daemon.

KIMBERLITED="${KIMBERLITED:-$KIMBERLITE_ROOT/build/release/node/kimberlited}"
KIMBERLITE_CLI="${KIMBERLITE_CLI:-$KIMBERLITE_ROOT/build/release/cli/kimberlite}"

readonly KIMBERLITE_GRPC_PORT_OFFSET=100
readonly KIMBERLITE_HTTP_PORT_OFFSET=200
readonly KIMBERLITE_STOP_SECONDS=15

# Names of the network's nodes, in the order of their ports.
node_names() {
  local file
  for file in "$1"/nodes/*/kimberlited.toml; do
    [ -f "$file" ] || continue
    printf '%s %s\n' "$(setting "$file" peer | sed 's/.*://')" "$(basename "$(dirname "$file")")"
  done | sort -n | cut -d' ' -f2
}

# setting FILE KEY: the text value of a key that is unique in a node's file.
setting() { sed -n "s/^$2 *= *\"\\(.*\\)\"\$/\\1/p" "$1" | head -n 1; }
node_http() { setting "$1/nodes/$2/kimberlited.toml" http; }
node_grpc() { setting "$1/nodes/$2/kimberlited.toml" grpc; }

# node_pid DIR NODE: prints the number of the running daemon; fails when it does not run.
node_pid() {
  local file="$1/nodes/$2/kimberlited.pid" pid
  [ -f "$file" ] || return 1
  pid=$(cat "$file")
  [ -n "$pid" ] && [ "$(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -cF -- "$1/nodes/$2/kimberlited.toml")" = 1 ] || return 1
  printf '%s' "$pid"
}

start_node() {
  local dir=$1 node=$2 folder="$1/nodes/$2"
  node_pid "$dir" "$node" >/dev/null && return 0
  # A session of its own: Ctrl-C reaches this script, which then stops the daemons in order.
  setsid "$KIMBERLITED" run --config "$folder/kimberlited.toml" >>"$folder/kimberlited.log" 2>&1 </dev/null &
  printf '%s\n' "$!" >"$folder/kimberlited.pid"
  disown
}

# signal_node DIR NODE SIGNAL
signal_node() {
  local pid
  pid=$(node_pid "$1" "$2") || return 1
  kill -s "$3" "$pid"
}

http_get() { curl --silent --fail --max-time 5 --noproxy '*' "http://$1"; }

# Whether the node says that it makes progress.
node_ready() { http_get "$(node_http "$1" "$2")/readyz" >/dev/null 2>&1; }

# wait_ready DIR NODE SECONDS: fails with the end of the log when the daemon ends or does not get ready in time.
wait_ready() {
  local dir=$1 node=$2 until
  until=$(($(now_s) + $3))
  while ! node_ready "$dir" "$node"; do
    if ! node_pid "$dir" "$node" >/dev/null; then
      show_log "$dir" "$node"
      die "the node of $node ended instead of getting ready" "its last words are above"
    fi
    if [ "$(now_s)" -gt "$until" ]; then
      show_log "$dir" "$node"
      die "the node of $node was not ready within $3 s" \
        "it says: $(curl --silent --max-time 5 --noproxy '*' "http://$(node_http "$dir" "$node")/readyz" || printf nothing)"
    fi
    sleep 0.1
  done
}

show_log() {
  printf -- '-- the end of %s\n' "$1/nodes/$2/kimberlited.log" >&2
  tail -n 15 "$1/nodes/$2/kimberlited.log" >&2 || true # it may not have got as far as a log
}

show_logs() {
  local node
  for node in $(node_names "$1"); do show_log "$1" "$node"; done
}

start_network() {
  local dir=$1 node
  for node in $(node_names "$dir"); do start_node "$dir" "$node"; done
  for node in $(node_names "$dir"); do wait_ready "$dir" "$node" 60; done
}

# Ends all daemons of the network: SIGTERM first, SIGKILL for what is still there after KIMBERLITE_STOP_SECONDS.
# Prints the names of those that ran.
stop_network() {
  local dir=$1 node until stopped=""
  for node in $(node_names "$dir"); do
    signal_node "$dir" "$node" TERM 2>/dev/null && stopped="$stopped $node"
  done
  until=$(($(now_s) + KIMBERLITE_STOP_SECONDS))
  for node in $stopped; do
    while node_pid "$dir" "$node" >/dev/null && [ "$(now_s)" -le "$until" ]; do sleep 0.1; done
    if signal_node "$dir" "$node" KILL 2>/dev/null; then
      warn "the node of $node did not stop within $KIMBERLITE_STOP_SECONDS s and was killed; its log: $dir/nodes/$node/kimberlited.log"
    fi
    rm -f "$dir/nodes/$node/kimberlited.pid"
  done
  printf '%s' "${stopped# }"
}

network_runs() {
  local node
  for node in $(node_names "$1"); do node_pid "$1" "$node" >/dev/null && return 0; done
  return 1
}

port_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# free_base_port COUNT FIRST: the first base from FIRST on, in steps of 300, whose ports for COUNT nodes nobody answers on.
free_base_port() {
  local count=$1 base offset node taken
  for ((base = $2; base < 60000; base += 300)); do
    taken=""
    for offset in 0 $KIMBERLITE_GRPC_PORT_OFFSET $KIMBERLITE_HTTP_PORT_OFFSET; do
      for ((node = 0; node < count; node++)); do
        if port_taken $((base + offset + node)); then taken=$((base + offset + node)); fi
      done
    done
    if [ -z "$taken" ]; then
      printf '%s' "$base"
      return 0
    fi
  done
  return 1
}

# One line a node: what runs, where it answers, whether it is ready and why not.
print_network() {
  local dir=$1 node state
  printf '  %-5s %-22s %-22s %s\n' node gRPC HTTP state
  for node in $(node_names "$dir"); do
    if ! node_pid "$dir" "$node" >/dev/null; then
      state="stopped"
    elif node_ready "$dir" "$node"; then
      state="ready, process $(node_pid "$dir" "$node")"
    else
      state="not ready, process $(node_pid "$dir" "$node"): $(curl --silent --max-time 5 --noproxy '*' "http://$(node_http "$dir" "$node")/readyz" || printf 'no answer')"
    fi
    printf '  %-5s %-22s %-22s %s\n' "$node" "$(node_grpc "$dir" "$node")" "http://$(node_http "$dir" "$node")" "$state"
  done
}

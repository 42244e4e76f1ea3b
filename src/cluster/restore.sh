#!/bin/sh
# Puts back what a run of proxyshift found on a cluster. Needs a POSIX shell and kubectl; neither proxyshift nor Temporal.
#
#   kubectl -n kube-system get configmap SNAPSHOT -o jsonpath='{.data.restore\.sh}' | sh
#
# Environment:
#   KUBECTL        the command, such as "k3s kubectl" (default: kubectl)
#   CONTEXT        the context of the kubeconfig (default: the current one). KUBECONFIG is kubectl's own
#   TAKE_OVER      who holds the lock and is gone for good, as this script says it
#   SETTLE         seconds to wait after a node shows its mode: its first rules come later (default: 15)
#   DRY_RUN        yes: say what would be done, and change nothing
#
# It can be run again at any time: it does only what is left. Exit codes: 0 all is as it was, and was looked at;
# 1 something is not; 2 refused, nothing was changed.
#
# The settings between these two lines are written by proxyshift when it makes a snapshot.
# --- settings
SNAPSHOT=${SNAPSHOT:-}
CLUSTER_UID=${CLUSTER_UID:-}
MODE=${MODE:-ipvs}
KUBE_PROXY=${KUBE_PROXY:-}
WHILE_RESTARTING=${WHILE_RESTARTING:-}
OTHER_MODES=${OTHER_MODES:-}
NODE_TIMEOUT=${NODE_TIMEOUT:-300}
CALICO_NAMESPACE=${CALICO_NAMESPACE:-}
CALICO_OPERATOR=${CALICO_OPERATOR:-}
CALICO_TIMEOUT=${CALICO_TIMEOUT:-600}
FELIX_MODE=${FELIX_MODE:-}
EBPF=${EBPF:-}
DATAPLANE=${DATAPLANE:-}
OBJECTS=${OBJECTS:-}
# --- end of settings

set -eu

# What people and installers write into an object, as kubectl prints it: maps come sorted. What is asked for by standard
# input comes as a list. The API server counts a DaemonSet's templates in an annotation.
OWN='{{define "own"}}{{range $key, $value := .}}{{if not (or (eq $key "apiVersion") (eq $key "kind") (eq $key "metadata") (eq $key "status") (eq $key "items"))}}{{$key}} {{$value}}
{{end}}{{end}}{{with .metadata.labels}}labels {{.}}
{{end}}{{range $key, $value := .metadata.annotations}}{{if ne $key "deprecated.daemonset.template.generation"}}annotation {{$key}} {{$value}}
{{end}}{{end}}{{end}}{{if .items}}{{range .items}}{{template "own" .}}{{end}}{{else}}{{template "own" .}}{{end}}'
# Pods that are not on their way out: node, name, uid, ready, restarts.
PODS='{{range .items}}{{if not .metadata.deletionTimestamp}}{{$pod := .}}{{with .spec.nodeName}}{{.}} {{$pod.metadata.name}} {{$pod.metadata.uid}}{{range $pod.status.containerStatuses}} {{.ready}} {{.restartCount}}{{end}}
{{end}}{{end}}{{end}}'
CONFIG_MAP=configmap.kube-system.kube-proxy.json
# Seconds between two looks; a shell has nothing to watch with.
PAUSE=2

say() { printf '%s\n' "$*"; }
refuse() {
  printf 'refused: %s\n' "$*" >&2
  exit 2
}
fail() {
  printf 'not done: %s\n' "$*" >&2
  [ "$LOCKED" = no ] || printf '%s\n' "The lock is kept, so that no run begins meanwhile; run this script again." >&2
  exit 1
}
trouble() {
  printf '  %s\n' "$*" >&2
  TROUBLE=yes
}

# Without standard input, which is this script itself where it is piped into a shell.
kube() { kube_with "$@" </dev/null; }
kube_with() {
  # shellcheck disable=SC2086 # It may be two words.
  ${KUBECTL:-kubectl} ${CONTEXT:+"--context=$CONTEXT"} "$@"
}

# Reads a key of the snapshot into $object.
read_saved() {
  object=$(kube -n kube-system get configmap "$SNAPSHOT" -o go-template="{{index .data \"$1\"}}") ||
    fail "the snapshot $SNAPSHOT could not be read"
  [ "$object" != "<no value>" ] || fail "the snapshot $SNAPSHOT has no $1"
}

# Whether $object is in the cluster as it is given.
is_as_saved() {
  want=$(printf '%s\n' "$object" | kube_with create --dry-run=client --validate=false -f - -o go-template="$OWN") ||
    fail "a saved object could not be understood"
  have=$(printf '%s\n' "$object" | kube_with get --ignore-not-found -f - -o go-template="$OWN") ||
    fail "a saved object could not be compared"
  [ "$want" = "$have" ]
}

# Whether there is an object: resource, name, namespace or nothing.
is_there() {
  found=$(kube get "$1" "$2" ${3:+"--namespace=$3"} --ignore-not-found -o name) || fail "$1 $2 could not be looked at"
  [ -n "$found" ]
}

# Makes the object of a key equal to what was saved; the second word is what it is called.
put_back() {
  read_saved "$1"
  if is_as_saved; then
    say "  $2: as it was"
  elif [ "$DRY_RUN" = yes ]; then
    say "  $2: would be put back"
  elif [ -n "$have" ]; then
    printf '%s\n' "$object" | kube_with replace --validate=false -f - >/dev/null || fail "$2 could not be written"
    say "  $2: put back"
  else
    printf '%s\n' "$object" | kube_with create --validate=false -f - >/dev/null || fail "$2 could not be made"
    say "  $2: made anew"
  fi
}

# Deletes what was not there: resource, name, namespace or nothing.
take_away() {
  if ! is_there "$@"; then
    say "  $1 $2: not there, as it was"
  elif [ "$DRY_RUN" = yes ]; then
    say "  $1 $2: would be deleted, there was none"
  else
    kube delete "$1" "$2" ${3:+"--namespace=$3"} --ignore-not-found >/dev/null || fail "$1 $2 could not be deleted"
    say "  $1 $2: deleted, there was none"
  fi
}

holder() { kube -n kube-system get lease proxyshift --ignore-not-found -o go-template='{{.spec.holderIdentity}}'; }

lock() {
  me="restore.sh/$SNAPSHOT"
  there=$(holder)
  if [ -z "$there" ]; then
    printf '{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"proxyshift","namespace":"kube-system"},"spec":{"holderIdentity":"%s"}}' "$me" |
      kube_with create -f - >/dev/null || refuse "the lock could not be taken: Lease kube-system/proxyshift"
  elif [ "$there" != "$me" ]; then
    if [ "${TAKE_OVER:-}" != "$there" ]; then
      kube -n kube-system get lease proxyshift -o go-template='{{with .metadata.annotations}}{{range $key, $value := .}}  {{$key}}: {{$value}}
{{end}}{{end}}' >&2
      refuse "$there holds the lock of this cluster. Only where it is gone for good: TAKE_OVER='$there'"
    fi
    patch=$(printf '[{"op":"test","path":"/spec/holderIdentity","value":"%s"},{"op":"replace","path":"/spec/holderIdentity","value":"%s"},{"op":"add","path":"/metadata/annotations","value":{}}]' "$there" "$me")
    kube -n kube-system patch lease proxyshift --type=json -p "$patch" >/dev/null ||
      refuse "the lock could not be taken over from $there"
    say "Took the lock over from $there."
  fi
  LOCKED=yes
}

unlock() {
  if [ "$LOCKED" = yes ] && [ "$(holder)" = "restore.sh/$SNAPSHOT" ]; then
    kube -n kube-system delete lease proxyshift >/dev/null
  fi
  LOCKED=no
}

# The mode that a pod of kube-proxy named when it started; empty where its log does not have it (any more).
mode_of() {
  kube -n kube-system logs "$1" -c kube-proxy --limit-bytes=65536 2>/dev/null |
    sed -n 's/.*"Using \([a-z]*\) Proxier.*/\1/p' | tail -n 1
}

wanted_on() {
  wanted=$MODE
  while read -r name mode; do
    if [ "$name" = "$1" ]; then wanted=$mode; fi
  done <<END
$OTHERS
END
}

proxy_pods() { kube -n kube-system get pods -l "$SELECTOR" -o go-template="$PODS" "$@"; }

# Waits until the node has another pod than the one given, in the mode that is wanted, and for its rules.
# 0 it has, 1 not in time, 2 its new pod shows another mode (a kubelet's copy of a ConfigMap lags)
await_pod() {
  left=$((NODE_TIMEOUT / PAUSE))
  while [ "$left" -gt 0 ]; do
    left=$((left - 1))
    line=$(proxy_pods --field-selector "spec.nodeName=$1" | tail -n 1)
    read -r _ new_pod new_uid ready restarts _ <<END
$line
END
    if [ -n "$new_pod" ] && [ "$new_uid" != "$2" ] && [ "$ready" = true ]; then
      mode=$(mode_of "$new_pod")
      if [ "$mode" = "$MODE" ]; then
        sleep "$SETTLE"
        [ "$(proxy_pods --field-selector "spec.nodeName=$1" | tail -n 1)" != "$line" ] || return 0
      elif [ -n "$mode" ]; then
        return 2
      fi
    fi
    sleep "$PAUSE"
  done
  return 1
}

# node, pod, uid: replaces the pod, a second and a third time where the new one still reads the old mode.
restart() {
  restart_pod=$2
  restart_uid=$3
  for attempt in 1 2 3; do
    kube -n kube-system delete pod "$restart_pod" --wait=false >/dev/null || return 1
    result=0
    await_pod "$1" "$restart_uid" || result=$?
    [ "$result" = 2 ] || return "$result"
    say "  $1: came up in $mode (attempt $attempt)"
    restart_pod=$new_pod
    restart_uid=$new_uid
  done
  return 1
}

# A second kube-proxy that a run has left on a node. When it goes its rules stay: the next start of the node's own
# kube-proxy takes them away, and until then that one's pod bears a label.
STANDBYS=k8s-app=kube-proxy-standby
STALE=proxyshift.dev/stale-rules

# Nodes of the pods with this label.
nodes_of() {
  kube -n kube-system get pods -l "$1" -o go-template='{{range .items}}{{.spec.nodeName}} {{end}}' ||
    fail "the pods with $1 could not be looked at"
}

is_among() {
  case " $2 " in *" $1 "*) return 0 ;; esac
  return 1
}

# node, pod of its own kube-proxy
remove_standby() {
  kube -n kube-system label pod "$2" "$STALE=yes" --overwrite >/dev/null || return 1
  kube -n kube-system delete pods -l "$STANDBYS" --field-selector "spec.nodeName=$1" >/dev/null || return 1
  say "  $1: its stand-by is deleted"
}

return_nodes() {
  say "kube-proxy, node by node:"
  standby_nodes=$(nodes_of "$STANDBYS") || exit 1
  stale_nodes=$(nodes_of "$STALE,$SELECTOR") || exit 1
  pods=$(proxy_pods)
  while read -r node pod uid _; do
    [ -n "$node" ] || continue
    wanted_on "$node"
    mode=$(mode_of "$pod")
    if [ "$mode" = "$wanted" ] && ! is_among "$node" "$standby_nodes $stale_nodes"; then
      say "  $node: in $mode"
    elif [ "$wanted" != "$MODE" ]; then
      trouble "$node: was in $wanted before the run, is in ${mode:-an unknown mode}; left alone"
    elif [ "$DRY_RUN" = yes ]; then
      say "  $node: in ${mode:-an unknown mode}, would be restarted"
    else
      say "  $node: in ${mode:-an unknown mode}, restarting"
      if is_among "$node" "$standby_nodes" && ! remove_standby "$node" "$pod"; then
        trouble "$node: its stand-by could not be deleted"
      elif restart "$node" "$pod" "$uid"; then
        say "  $node: back in $MODE"
      else
        trouble "$node: did not come up in $MODE; see: kubectl -n kube-system get pods -o wide --field-selector spec.nodeName=$node"
      fi
    fi
  done <<END
$pods
END
}

# Calls $1 for each line of OBJECTS: key, or "-" where there was no such object; resource, name, namespace or nothing.
each_object() {
  while read -r key resource object_name namespace; do
    [ -n "$key" ] || continue
    "$1" "$key" "$resource" "$object_name" "$namespace"
  done <<END
$OBJECTS
END
}

# What the run made for Felix on the node it tried first; it names the run's snapshot.
CANARY='{{range .items}}{{if .metadata.annotations}}{{if eq (index .metadata.annotations "proxyshift.dev/snapshot") "@"}}{{.metadata.name}}
{{end}}{{end}}{{end}}'

canary_configurations() {
  kube get felixconfigurations.crd.projectcalico.org -l app.kubernetes.io/managed-by=proxyshift \
    -o go-template="$(printf '%s' "$CANARY" | sed "s/@/$SNAPSHOT/")" || fail "FelixConfigurations could not be read"
}

take_canary_away() {
  [ -n "$CALICO_NAMESPACE" ] || return 0
  canaries=$(canary_configurations) || exit 1
  for canary in $canaries; do
    take_away felixconfigurations.crd.projectcalico.org "$canary"
  done
}

check_canary() {
  [ -n "$CALICO_NAMESPACE" ] || return 0
  canaries=$(canary_configurations) || exit 1
  [ -z "$canaries" ] || trouble "FelixConfiguration $canaries is there, and was not"
}

# kube-proxy's ConfigMap comes later, with its nodes.
return_object() {
  if [ "$1" = "$CONFIG_MAP" ]; then return 0; fi
  if [ "$1" = - ]; then take_away "$2" "$3" "$4"; else put_back "$1" "$2 $3"; fi
}

check_object() {
  if [ "$1" = - ]; then
    if is_there "$2" "$3" "$4"; then trouble "$2 $3 is there, and was not"; fi
  else
    read_saved "$1"
    is_as_saved || trouble "$2 $3 is not as it was"
  fi
}

operator_available() {
  generation=$(kube get installations.operator.tigera.io default -o go-template='{{.metadata.generation}}')
  status=$(kube get tigerastatuses.operator.tigera.io calico -o go-template='{{range .status.conditions}}{{.type}}={{.status}}@{{.observedGeneration}} {{end}}')
  case " $status " in
    *" Available=True@$generation "*) ;;
    *) return 1 ;;
  esac
  case " $status " in
    *" Degraded=True@"* | *" Progressing=True@"*) return 1 ;;
  esac
}

operator_settled() {
  operator_available || return 1
  written=$(kube get felixconfigurations.crd.projectcalico.org default -o go-template='{{.spec.nftablesMode}}')
  [ "$written" = "$FELIX_MODE" ]
}

# Waits for a condition, in as many looks as $left has; the second word is what is said where it does not come.
await_calico_to() {
  until "$1"; do
    left=$((left - 1))
    [ "$left" -gt 0 ] || fail "$2"
    sleep "$PAUSE"
  done
}

# Calico's eBPF mode is off in the operator's eyes, and kube-proxy has pods again.
out_of_ebpf() {
  operator_available || return 1
  bpf=$(kube get felixconfigurations.crd.projectcalico.org default -o go-template='{{.spec.bpfEnabled}}')
  [ "$bpf" != true ] || return 1
  off=$(kube -n kube-system get daemonset kube-proxy -o go-template='{{range $key, $value := .spec.template.spec.nodeSelector}}{{$key}} {{end}}')
  case " $off " in *" operator.tigera.io/disable-kube-proxy "* | *" non-calico "*) return 1 ;; esac
  read -r desired current <<END
$(kube -n kube-system get daemonset kube-proxy -o go-template='{{.status.desiredNumberScheduled}} {{.status.currentNumberScheduled}}')
END
  [ "$desired" -gt 0 ] && [ "$current" -ge "$desired" ]
}

# The dataplane first: an operator that may no longer manage kube-proxy leaves it switched off. It refuses
# bpfNetworkBootstrap under any other dataplane.
leave_ebpf() {
  [ -n "$EBPF" ] || return 0
  say "Calico, out of eBPF mode:"
  now=$(kube get installations.operator.tigera.io default -o go-template='{{.spec.calicoNetwork.linuxDataplane}} {{.spec.calicoNetwork.bpfNetworkBootstrap}}') ||
    fail "the Installation could not be read"
  bootstrap=
  case "$now" in *" Enabled") bootstrap=',"bpfNetworkBootstrap":"Disabled"' ;; esac
  if [ "${now%% *}" != BPF ] && [ -z "$bootstrap" ]; then
    say "  its dataplane is not BPF"
  elif [ "$DRY_RUN" = yes ]; then
    say "  its dataplane would be $DATAPLANE again"
  else
    kube patch installations.operator.tigera.io default --type=merge \
      -p "{\"spec\":{\"calicoNetwork\":{\"linuxDataplane\":\"$DATAPLANE\"$bootstrap}}}" >/dev/null ||
      fail "the Installation could not be written"
    say "  its dataplane is $DATAPLANE again"
  fi
  # Where people switched it off, nobody else switches it on.
  [ "$EBPF" = operator ] || put_back daemonset.kube-system.kube-proxy.json "DaemonSet kube-proxy"
  [ "$DRY_RUN" = no ] || return 0
  left=$((CALICO_TIMEOUT / PAUSE))
  await_calico_to out_of_ebpf "kube-proxy is not back, or eBPF is still on: kubectl get tigerastatus; kubectl -n kube-system get daemonset kube-proxy -o yaml"
  say "  kube-proxy has its pods again, and eBPF is off"
}

# Felix starts anew inside its container for another mode, and names it when it has loaded its configuration.
felix_mode_of() {
  kube -n "$CALICO_NAMESPACE" logs "$1" -c calico-node --tail=20000 2>/dev/null |
    sed -n -e 's/.*Successfully loaded configuration.*NFTablesMode:"\([A-Za-z]*\)".*/\1/p' \
      -e 's/.*Parsed value for NFTablesMode: \([A-Za-z]*\) (from .*/\1/p' | tail -n 1
}

felix_pods() { kube -n "$CALICO_NAMESPACE" get pods -l k8s-app=calico-node -o go-template="$PODS"; }

await_calico() {
  [ -n "$CALICO_NAMESPACE" ] || return 0
  [ "$DRY_RUN" = no ] || return 0
  say "Calico:"
  left=$((CALICO_TIMEOUT / PAUSE))
  if [ "$CALICO_OPERATOR" = yes ]; then
    await_calico_to operator_settled "the operator has not settled: kubectl get tigerastatus calico -o yaml"
    say "  the operator has settled"
  fi
  while :; do
    missing=
    rotated=0
    seen=0
    pods=$(felix_pods)
    while read -r node pod _; do
      [ -n "$node" ] || continue
      mode=$(felix_mode_of "$pod")
      if [ "$mode" = "$FELIX_MODE" ]; then seen=$((seen + 1)); fi
      if [ -z "$mode" ]; then rotated=$((rotated + 1)); fi
      if [ -n "$mode" ] && [ "$mode" != "$FELIX_MODE" ]; then missing="$missing $node"; fi
    done <<END
$pods
END
    [ -n "$missing" ] || break
    left=$((left - 1))
    [ "$left" -gt 0 ] || fail "Felix does not run with nftablesMode $FELIX_MODE on:$missing"
    sleep "$PAUSE"
  done
  say "  Felix runs with nftablesMode $FELIX_MODE on $seen nodes"
  [ "$rotated" = 0 ] || say "  of $rotated nodes the log of Felix does not say its mode any more: look at them yourself"
}

check_nodes() {
  pods=$(proxy_pods)
  total=0
  while read -r node pod uid ready _; do
    [ -n "$node" ] || continue
    total=$((total + 1))
    wanted_on "$node"
    mode=$(mode_of "$pod")
    [ "$mode" = "$wanted" ] || trouble "$node shows ${mode:-no mode}, not $wanted"
    [ "$ready" = true ] || trouble "$node: kube-proxy is not Ready"
  done <<END
$pods
END
  standby_nodes=$(nodes_of "$STANDBYS") || exit 1
  [ -z "$standby_nodes" ] || trouble "a stand-by is on $standby_nodes"
  desired=$(kube -n kube-system get daemonset kube-proxy -o go-template='{{.status.desiredNumberScheduled}}')
  [ "$total" = "$desired" ] || trouble "kube-proxy runs on $total nodes, and should on $desired"
}

main() {
  DRY_RUN=${DRY_RUN:-no}
  SETTLE=${SETTLE:-15}
  LOCKED=no
  TROUBLE=no
  [ -n "$SNAPSHOT" ] || refuse "this is the template; take the script out of a snapshot"

  uid=$(kube get namespace kube-system -o go-template='{{.metadata.uid}}') || refuse "the cluster does not answer"
  [ "$uid" = "$CLUSTER_UID" ] ||
    refuse "this is another cluster: its kube-system has uid $uid, the snapshot is of $CLUSTER_UID"
  OTHERS=
  if [ "$OTHER_MODES" = yes ]; then
    read_saved other-modes.txt
    OTHERS=$object
  fi
  SELECTOR=$(kube -n kube-system get daemonset kube-proxy -o go-template='{{range $key, $value := .spec.selector.matchLabels}}{{$key}}={{$value}},{{end}}')
  SELECTOR=${SELECTOR%,}
  [ "$DRY_RUN" = yes ] || lock

  leave_ebpf
  say "Objects of $SNAPSHOT:"
  each_object return_object
  take_canary_away
  await_calico
  if [ "$KUBE_PROXY" = yes ]; then
    if [ "$WHILE_RESTARTING" = yes ]; then
      put_back while-restarting.json "ConfigMap kube-proxy, in $MODE"
    else
      put_back "$CONFIG_MAP" "ConfigMap kube-proxy"
    fi
    return_nodes
    if [ "$WHILE_RESTARTING" = yes ]; then put_back "$CONFIG_MAP" "ConfigMap kube-proxy"; fi
  fi
  if [ "$DRY_RUN" = yes ]; then
    say "Nothing was changed."
    return 0
  fi

  say "Looking at everything once more."
  each_object check_object
  check_canary
  if [ "$KUBE_PROXY" = yes ]; then check_nodes; fi
  [ "$TROUBLE" = no ] || fail "not everything is as it was; the lines above say what"
  unlock
  if [ "$KUBE_PROXY" = yes ]; then say "Done: every saved object is as it was, and kube-proxy on $total nodes."; else say "Done: every saved object is as it was."; fi
}

main

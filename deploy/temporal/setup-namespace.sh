#!/bin/sh
# Makes a Temporal namespace and registers search attributes of type Keyword in it. Run again, it changes nothing.
# TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE are read by the Temporal CLI; RETENTION is a duration such as 2160h;
# KEYWORD_ATTRIBUTES are names with spaces between.
set -eu
: "${TEMPORAL_ADDRESS:?}" "${TEMPORAL_NAMESPACE:?}" "${RETENTION:?}" "${KEYWORD_ATTRIBUTES:?}"

# Two minutes: the server learns of a new namespace, and of new search attributes, with some delay.
ATTEMPTS=60
PAUSE_SECONDS=2

# retry WHAT COMMAND...
retry() {
  what=$1
  shift
  attempt=1
  until output=$("$@" 2>&1); do
    if [ "$attempt" -ge "$ATTEMPTS" ]; then
      echo "$what: failed $ATTEMPTS times; the last time it said: $output" >&2
      exit 1
    fi
    attempt=$((attempt + 1))
    sleep "$PAUSE_SECONDS"
  done
  echo "$what: done"
}

namespace() {
  temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" ||
    temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION" \
      --description "Kubernetes migrations by proxyshift"
}

# Asks first: creating one that exists is an error in some versions of the server.
attribute() {
  temporal operator search-attribute list | grep -qw "$1" ||
    temporal operator search-attribute create --name "$1" --type Keyword
}

retry "server is healthy" temporal operator cluster health
retry "namespace $TEMPORAL_NAMESPACE" namespace
for name in $KEYWORD_ATTRIBUTES; do
  retry "search attribute $name" attribute "$name"
done
# A run that sets one before the server knows it fails with "has no mapping defined for search attribute".
for name in $KEYWORD_ATTRIBUTES; do
  retry "search attribute $name is known to the server" temporal workflow count --query "$name IS NULL"
done

#!/bin/sh
# Creates Temporal's two databases in Postgres and brings their schema up to the version of this image. Run again, it
# changes nothing. The connection comes from SQL_PLUGIN, SQL_HOST, SQL_PORT, SQL_USER and SQL_PASSWORD, which
# temporal-sql-tool reads itself, so that the password is in no argument.
set -eu

schemas=${TEMPORAL_SCHEMAS:-/etc/temporal/schema/postgresql/v12}

# prepare DATABASE SCHEMA
prepare() {
  echo "database $1: create where missing, then bring up to date"
  SQL_DATABASE=$1 temporal-sql-tool create-database
  SQL_DATABASE=$1 temporal-sql-tool setup-schema --version 0.0
  SQL_DATABASE=$1 temporal-sql-tool update-schema --schema-dir "$schemas/$2/versioned"
}

prepare temporal temporal
prepare temporal_visibility visibility
echo "both databases are ready"

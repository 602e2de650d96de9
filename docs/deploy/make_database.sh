#!/bin/sh
# Makes the user, password and database of the address that the services use, with pgvector, and gives the user no rights
# beyond that database. The database's image runs this once, when its volume is empty.
set -eu
address=$(cat "${PASSERELLE_DATABASE_FILE:-/run/secrets/database}") # postgresql://USER:PASSWORD@HOST/DATABASE
rest=${address#*://}
user=${rest%%:*}
password=${rest#*:}
password=${password%%@*}
path=${rest#*@}
path=${path%%\?*}
# The password goes in by standard input: a command line is seen by every process.
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --set user="$user" --set database="${path##*/}" \
    --username "${POSTGRES_USER:-postgres}" --dbname postgres <<SQL
\\set password '$password'
CREATE ROLE :"user" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'password';
CREATE DATABASE :"database" OWNER :"user" TEMPLATE template0 ENCODING 'UTF8';
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
\\connect :"database"
CREATE EXTENSION vector;
SQL

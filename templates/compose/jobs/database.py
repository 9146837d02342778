"""Makes MLflow's tables, and a second database for the users of its basic-auth app where one is named.

    database.py [USERS_DATABASE]

Where the tables are there already, this costs one query, and MLflow is not even imported. Tables of another version are
left as they are. The connection is libpq's: PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE.
"""

import importlib.util
import os
import pathlib
import re
import sys

import psycopg2
from psycopg2 import errors, sql

users_databases = sys.argv[1:]
where = f"{os.environ['PGDATABASE']} at {os.environ['PGHOST']}:{os.environ['PGPORT']}"


def fail(what, why):
    sys.exit(f"{what}: {' '.join(str(why).split())}")


def revisions():
    """The revision that this MLflow wants, and all that it knows: each migration says what it follows."""
    (package,) = importlib.util.find_spec("mlflow").submodule_search_locations
    folder = pathlib.Path(package, "store", "db_migrations", "versions")
    texts = [path.read_text() for path in folder.glob("*.py")]
    known = {found for text in texts for found in re.findall(r"^revision = [\"']([0-9a-f]+)", text, re.M)}
    followed = {found for text in texts for line in re.findall(r"^down_revision = .*", text, re.M) for found in re.findall(r"[0-9a-f]{8,}", line)}
    (head,) = known - followed
    return head, known


def create(connection, name):
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM pg_database WHERE datname = %s", (name,))
        if cursor.fetchone():
            return
        try:
            cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        except errors.DuplicateDatabase:  # Another run was faster.
            return
    print(f"database {name}: made")


def found_revision(connection):
    with connection.cursor() as cursor:
        try:
            cursor.execute("SELECT version_num FROM alembic_version")
        except errors.UndefinedTable:
            return None
        row = cursor.fetchone()
        return row and row[0]


def make_tables():
    # Takes 2 s to import.
    from mlflow.store.db import utils

    engine = utils.create_sqlalchemy_engine("postgresql+psycopg2://")
    # Also what a run that was killed has left half done: both steps go on from there.
    if not utils._all_tables_exist(engine):
        utils._initialize_tables(engine)
    utils._verify_schema(engine)
    print(f"tables in {where}: made")


try:
    connection = psycopg2.connect(connect_timeout=10)
except psycopg2.OperationalError as error:
    fail(f"No connection to database {where}", error)
connection.autocommit = True
try:
    for name in users_databases:
        create(connection, name)
    found = found_revision(connection)
    head, known = revisions()
    if found is None:
        make_tables()
    elif found == head:
        print(f"tables in {where}: there already")
    elif found in known:
        fail(f"An older MLflow made the tables in {where}", f"their revision is {found}, this MLflow wants {head}")
    else:
        fail(f"A newer MLflow made the tables in {where}", f"this MLflow does not know their revision {found}")
except psycopg2.Error as error:
    fail(f"Database {where} refused", error)

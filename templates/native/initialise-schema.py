"""Creates MLflow's tables in an empty database, before a server is started.

The server would do the same and retry for two minutes when it fails; here it fails at once and in one place. The
environment is the server's: MLFLOW_BACKEND_STORE_URI and PGHOST, PGUSER ...
"""

import os

from mlflow.store.db import utils

engine = utils.create_sqlalchemy_engine(os.environ["MLFLOW_BACKEND_STORE_URI"])
# Also what a run that was killed has left half done: both steps go on from there.
if not utils._all_tables_exist(engine):
    utils._initialize_tables(engine)
utils._verify_schema(engine)

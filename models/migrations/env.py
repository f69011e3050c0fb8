"""Alembic's entry: works on the connection it is handed, and knows every table."""

import importlib
import pkgutil

from alembic import context

import models
from models.base import Base

for module in pkgutil.iter_modules(models.__path__):
    if not module.ispkg:
        importlib.import_module(f"models.{module.name}")

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    compare_type=True,
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()

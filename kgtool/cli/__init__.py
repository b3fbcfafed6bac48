"""The command line: a thin layer over :mod:`kgtool.api`."""

from kgtool.cli._app import main

__all__ = ["main"]

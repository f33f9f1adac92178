"""`python -m nlc`."""

from nlc.cli.main import run

run()

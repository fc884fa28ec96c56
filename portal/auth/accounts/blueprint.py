"""The pages of accounts: each group of routes adds its own to this."""

from flask import Blueprint

accounts = Blueprint("accounts", __name__)

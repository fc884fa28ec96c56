"""For a WSGI server: `granian --interface wsgi wsgi:app` or `gunicorn wsgi:app`."""

import os

from portal.app import create_app
from portal.config import Settings
from portal.runtime import open_configured

app = create_app(*open_configured(Settings.from_environ(os.environ)))

"""For a WSGI server: `granian --interface wsgi wsgi:app` or `gunicorn wsgi:app`."""

import os

from portal.app import create_app
from portal.config import Settings, SettingsError
from portal.runtime import open_configured

if "PORTAL_ENV" not in os.environ:  # the default is the demo, which nobody should serve by mistake
    raise SettingsError("PORTAL_ENV is missing; set it to production.")

app = create_app(*open_configured(Settings.from_environ(os.environ)))

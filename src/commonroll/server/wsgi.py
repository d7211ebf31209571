"""The WSGI application that the web server runs."""

from __future__ import annotations

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "commonroll.server.settings")
# expressions are many small objects and few cycles: looking for those less often saves a tenth
gc.set_threshold(50_000, 20, 50)
application = get_wsgi_application()

"""The WSGI application that the web server runs."""

from __future__ import annotations

import gc
import os

from django.core.wsgi import get_wsgi_application

from commonroll.roomy import roomy

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "commonroll.server.settings")
application = roomy(get_wsgi_application())
# expressions are many small objects and few cycles: looking for those less often, never among the modules,
# saves a fifth
gc.freeze()
gc.set_threshold(100_000, 50, 100)

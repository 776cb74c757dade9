"""The entry of any WSGI server; it needs BIHUAN_DATA in its environment, and `./bihuan migrate` to have been run."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bihuan.site.settings")
application = get_wsgi_application()

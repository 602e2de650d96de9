"""Read web pages: decoded as browsers do, without hidden parts and menus; lists, tables and signs keep their sense."""

from ingest.loaders.web.loader import add_html as add_html
from ingest.loaders.web.loader import add_page as add_page
from ingest.loaders.web.loader import load as load
from ingest.loaders.web.loader import paragraphs_of_fragment as paragraphs_of_fragment
from ingest.loaders.web.loader import read_fragment as read_fragment

"""The fixtures of both databases, for every test of the index."""

from tests.databases import backend as backend
from tests.databases import locate as locate
from tests.postgresql import postgresql as postgresql

"""The Python client of a running Solulu: `Client(address).scrape(spec).wait()`."""

from solulu.client.channel import Unreachable
from solulu.client.client import Client, JobHandle

__all__ = ["Client", "JobHandle", "Unreachable"]

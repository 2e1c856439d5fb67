import sys

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import MaxRetryError
from urllib3.util import Retry


class UpToAMinute(Retry):
    def increment(self, method=None, url=None, response=None, *rest, **named):
        if response is not None and (self.get_retry_after(response) or 0) > 60:
            raise MaxRetryError(None, url, "the day's limit is used up")
        return super().increment(method, url, response, *rest, **named)


retries = UpToAMinute(3, allowed_methods=None, raise_on_status=False)
session = requests.Session()
session.mount("https://", HTTPAdapter(max_retries=retries))
session.mount("http://", HTTPAdapter(max_retries=retries))

url, authorization = sys.argv[1:]
print(session.post(url, headers={"authorization": authorization}).status_code)

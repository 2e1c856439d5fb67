import sys
import time

import urllib3

http = urllib3.PoolManager(retries=False)


def call(method, url, **options):
    for attempt in range(4):
        response = http.request(method, url, **options)
        wait = int(response.headers.get("retry-after", 0))
        if response.status not in (429, 503) or wait > 60 or attempt == 3:
            return response
        time.sleep(wait)


url, authorization = sys.argv[1:]
print(call("POST", url, headers={"authorization": authorization}).status)

#!/usr/bin/env bash
# urllib3's PoolManager without any setting of retries, where a 429 asks for a wait of twelve hours.
#
# Guess: a 429 is an answer like another, and is given to the caller; retries are for lost connections, and what takes
# longer than `timeout=2` ends.
# Seen with urllib3 2.8.0: the one call sleeps for six hours (Retry-After is cut to `retry_after_max`, 21600 s) and then
# calls again, six hours earlier than it was told; neither `timeout` nor an empty `status_forcelist` is a bound. It does so
# for GET and PUT and not for POST. `retries=False` gives the 429 at once. (The sleeping is noted here instead of slept.)
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
python3 -m venv room
room/bin/pip install --quiet --disable-pip-version-check urllib3==2.8.0
cat > ask.py <<'PY'
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import urllib3

calls = 0


class RefusedOnce(BaseHTTPRequestHandler):
    def do_GET(self):
        global calls
        calls += 1
        self.send_response(429 if calls == 1 else 200)
        self.send_header("retry-after", "43200")
        self.send_header("content-length", "0")
        self.end_headers()

    do_POST = do_PUT = do_GET

    def log_message(self, *_):
        pass


slept = []
time.sleep = slept.append
server = HTTPServer(("127.0.0.1", 0), RefusedOnce)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/"
for what, method, options in [
    ("GET", "GET", {}),
    ("GET, timeout=2", "GET", {"timeout": 2}),
    ("PUT", "PUT", {}),
    ("POST", "POST", {}),
    ("GET, retries=False", "GET", {"retries": False}),
]:
    calls = 0
    slept.clear()
    status = urllib3.PoolManager(**options).request(method, url).status
    print(f"{what}: sleeps {slept}, calls {calls}, then {status}")
PY
cat > expected <<'TEXT'
GET: sleeps [21600], calls 2, then 200
GET, timeout=2: sleeps [21600], calls 2, then 200
PUT: sleeps [21600], calls 2, then 200
POST: sleeps [], calls 1, then 429
GET, retries=False: sleeps [], calls 1, then 429
TEXT
room/bin/python -c 'import urllib3; print("urllib3", urllib3.__version__)'
room/bin/python ask.py | tee seen
diff expected seen

#!/usr/bin/env bash
# Caddy's `lb_policy round_robin` before two upstreams, one of which its health checks have taken out, and POSTs at once.
#
# Guess: every call goes to the upstream that is well, as it does where calls come one after the other.
# Seen with Caddy 2.6.2 (Debian 12): some calls are answered 503, "no upstreams available", in microseconds. All calls
# advance one counter, so that two that look at once can both be shown the one that is out, twice; and a POST is not tried
# again, whatever `lb_try_duration` says. `lb_policy least_conn` looks at every upstream: no call fails.
# Debian's package is unpacked into a temporary folder; nothing is installed.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
apt-get download -qq -o APT::Sandbox::User=root caddy=2.6.2-5
dpkg -x ./*.deb .
export HOME=$room XDG_DATA_HOME=$room XDG_CONFIG_HOME=$room
cat > ask.js <<'JS'
const http = require('node:http');
const { spawn } = require('node:child_process');
const { writeFileSync } = require('node:fs');

const listen = (server) => new Promise((done) => server.listen(0, '127.0.0.1', () => done(server.address().port)));
const portThatIsClosed = async () => {
  const server = http.createServer();
  const port = await listen(server);
  await new Promise((done) => server.close(done));
  return port;
};

async function failuresOf(policy, up, down) {
  const port = await portThatIsClosed();
  writeFileSync(
    'Caddyfile',
    `{\n admin off\n}\n:${port} {\n bind 127.0.0.1\n reverse_proxy 127.0.0.1:${up} 127.0.0.1:${down} {\n` +
      `  lb_policy ${policy}\n  lb_try_duration 5s\n  health_uri /\n  health_interval 100ms\n }\n}\n`,
  );
  const caddy = spawn('usr/bin/caddy', ['run', '--config', 'Caddyfile', '--adapter', 'caddyfile'], { stdio: 'ignore' });
  const agent = new http.Agent({ keepAlive: true });
  const post = () =>
    new Promise((done) => {
      const request = http.request({ port, method: 'POST', agent, headers: { 'content-length': 2 } }, (response) => {
        response.resume().on('end', () => done(response.statusCode));
      });
      request.on('error', () => done(0)).end('{}');
    });
  // Until the one that is gone is out: fifty calls in a row are served.
  for (let served = 0; served < 50; ) {
    served = (await post()) === 200 ? served + 1 : 0;
    if (served === 0) await new Promise((done) => setTimeout(done, 20));
  }
  const failures = new Map();
  await Promise.all(
    Array.from({ length: 64 }, async () => {
      for (let calls = 0; calls < 400; calls++) {
        const status = await post();
        if (status !== 200) failures.set(status, (failures.get(status) ?? 0) + 1);
      }
    }),
  );
  agent.destroy();
  caddy.kill();
  return failures;
}

(async () => {
  const server = http.createServer((request, response) => request.resume().on('end', () => response.end('well')));
  const up = await listen(server);
  const down = await portThatIsClosed();
  for (const policy of ['round_robin', 'least_conn']) {
    const failures = await failuresOf(policy, up, down);
    console.error(`${policy}: of 25,600 POSTs`, failures);
    const statuses = [...failures.keys()].join(', ');
    console.log(`${policy}: ${statuses === '' ? 'every POST is served' : `some POSTs are answered ${statuses}`}`);
  }
  server.close();
})();
JS
cat > expected <<'TEXT'
round_robin: some POSTs are answered 503
least_conn: every POST is served
TEXT
usr/bin/caddy version
node ask.js | tee seen
diff expected seen

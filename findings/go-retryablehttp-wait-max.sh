#!/usr/bin/env bash
# go-retryablehttp with `RetryWaitMax`, where a 429 asks for a longer wait.
#
# Guess: RetryWaitMax is the longest wait, as its name says: what is told to wait for three seconds waits for half of one,
# or is given the 429.
# Seen with go-retryablehttp 0.7.1 (Debian 12, Go 1.19): it waits the three seconds. RetryWaitMax bounds its own backoff alone,
# so that a Retry-After of hours is slept through; a CheckRetry that reads the header gives the 429 at once. A Retry-After
# that is a date, which HTTP allows, is not read: it calls again after RetryWaitMin.
# Debian's packages of these versions are unpacked into a temporary folder; nothing is installed.
set -euo pipefail
room=$(mktemp -d)
trap 'chmod -R u+w "$room"; rm -rf "$room"' EXIT
cd "$room"
apt-get download -qq -o APT::Sandbox::User=root golang-1.19-go golang-1.19-src golang-github-hashicorp-go-retryablehttp-dev=0.7.1-1 \
  golang-github-hashicorp-go-cleanhttp-dev=0.5.2-1 golang-github-hashicorp-go-hclog-dev \
  golang-github-fatih-color-dev golang-github-mattn-go-colorable-dev golang-github-mattn-go-isatty-dev golang-golang-x-sys-dev
for package in ./*.deb; do dpkg -x "$package" .; done
mkdir -p usr/share/gocode/src/ask
cat > usr/share/gocode/src/ask/main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

func main() {
	for _, one := range []struct {
		what, retryAfter string
		checkRetry       retryablehttp.CheckRetry
	}{
		{"Retry-After: 3", "3", retryablehttp.DefaultRetryPolicy},
		{"Retry-After: 43200, CheckRetry", "43200", upToAMinute},
		{"Retry-After: a date in an hour", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat), retryablehttp.DefaultRetryPolicy},
	} {
		calls := 0
		server := httptest.NewServer(http.HandlerFunc(func(writer http.ResponseWriter, _ *http.Request) {
			calls++
			if calls == 1 {
				writer.Header().Set("Retry-After", one.retryAfter)
				writer.WriteHeader(429)
			}
		}))
		client := retryablehttp.NewClient()
		client.Logger = nil
		client.RetryWaitMin, client.RetryWaitMax = 10*time.Millisecond, 500*time.Millisecond
		client.CheckRetry = one.checkRetry
		begun := time.Now()
		response, err := client.Get(server.URL)
		if err != nil {
			panic(err)
		}
		fmt.Printf("%s: %d calls, then %d after %d whole s\n", one.what, calls, response.StatusCode, int(time.Since(begun).Seconds()))
		server.Close()
	}
}

func upToAMinute(ctx context.Context, response *http.Response, err error) (bool, error) {
	if response != nil {
		if seconds, _ := strconv.Atoi(response.Header.Get("Retry-After")); seconds > 60 {
			return false, nil
		}
	}
	return retryablehttp.DefaultRetryPolicy(ctx, response, err)
}
GO
cat > expected <<'TEXT'
Retry-After: 3: 2 calls, then 200 after 3 whole s
Retry-After: 43200, CheckRetry: 1 calls, then 429 after 0 whole s
Retry-After: a date in an hour: 2 calls, then 200 after 0 whole s
TEXT
export GOROOT=$room/usr/lib/go-1.19 GOPATH=$room/usr/share/gocode GO111MODULE=off GOFLAGS=-buildvcs=false GOCACHE=$room/cache
"$GOROOT/bin/go" version
"$GOROOT/bin/go" run ask | tee seen
diff expected seen

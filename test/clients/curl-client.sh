curl -sf --retry 3 --retry-max-time 90 -X POST -H "$AUTHORIZATION" "$LATCHKEY/v1/users/m2m/oauth/token"

#!/bin/sh
# A step of a pipeline that raises the share of one tenant: pipeline.sh TENANT FROM TO. It waits until the tenant may leave the share
# FROM, then calls "route TENANT TO", which stands for whatever routes your messages. ROLL BACK routes all back. Everything else,
# HOLD, no data or an error, moves nothing and fails the step: run it again.
set -u
tenant=$1 from=$2 to=$3

code=0
migtop verdict "$tenant" --share "$from" --wait "${MIGTOP_WAIT:-5h}" || code=$?
case $code in
0) route "$tenant" "$to" ;;
20)
  route "$tenant" 0
  exit 20
  ;;
*)
  echo "$tenant stays at $from (exit code $code)" >&2
  exit "$code"
  ;;
esac

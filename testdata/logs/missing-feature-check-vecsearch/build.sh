#!/bin/bash
set -e
cd "$(dirname "$0")"
CGO_ENABLED=0 GOAMD64=${LEVEL:-v4} go build -o vecsearch main.go

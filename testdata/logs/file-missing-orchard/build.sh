#!/bin/bash
set -e
cd "$(dirname "$0")"
CGO_ENABLED=0 go build -o orchard main.go

#!/bin/bash
set -e
cd "$(dirname "$0")"
musl-gcc ${STATIC:-} -o muslmeter meter.c

#!/bin/bash
set -e
cd "$(dirname "$0")"
rustc -O -o sensorlog main.rs 2>&1

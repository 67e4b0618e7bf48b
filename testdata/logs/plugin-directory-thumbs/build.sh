#!/bin/bash
# nothing to build

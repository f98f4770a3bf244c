#!/bin/sh
# Interesting (1) if an exchange is left, as tacit-reduce wants to know it.
tacit-opt "$1" 2>/dev/null | grep -q 'tacit.all_reduce' && exit 1
exit 0

#!/bin/sh
# Starts ipykernel with the arguments that camkernel takes: kernel -f FILE.
exec "${PYTHON:-python3}" -m ipykernel_launcher -f "$3"

# make help lists the targets. Everything works on a bare Debian machine with Swift 6.2 or later.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PACKAGES := libjemalloc-dev liblz4-dev zlib1g-dev libzstd-dev liburing-dev libxxhash-dev pkg-config
RELEASE := .build/release
FLAGSHIP := scenarios/fleet-100k.yaml
REPORT := reports/fleet-100k
# What the notebooks need to be executed by the tests; pyspark (0.4 GB) also needs Java 17.
NOTEBOOK := nbclient ipykernel nbformat pandas matplotlib pyspark==4.0.1
SWIFT_SOURCES := Sources Tests Benchmarks Package.swift

.PHONY: help simulate build test bench lint clean packages notebook-python

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1|/' \
	  | awk -F'|' '{ printf "make %-10s %s\n", $$1, $$2 }'

simulate: build ## simulate a minute of 105,000 nodes and write reports/fleet-100k
	$(RELEASE)/tarn simulate $(FLAGSHIP) --export $(REPORT)

build: packages ## build the release binaries
	swift build -c release

# Two planted bugs must be caught before anything else counts; the runner's own closing line comes last.
test: build notebook-python ## build everything and prove that it is right
	swift build --build-tests
	Tests/Mutants/run --fast
	TARN_BIN=$(CURDIR)/$(RELEASE)/tarn TARN_DEBUG_BIN=$(CURDIR)/.build/debug/tarn \
	  TARN_PYTHON=$(CURDIR)/.venv/bin/python swift test --skip-build

bench: build ## run the side-by-side measurements of Benchmarks/
	$(RELEASE)/bench-kernel --quick
	$(RELEASE)/bench-placement
	$(RELEASE)/bench-core
	$(RELEASE)/bench-trace
	Benchmarks/flagship --no-profile

lint: ## check the format of all sources
	swift format lint --strict --recursive $(SWIFT_SOURCES)

clean: ## remove everything that was built
	rm -rf .build .venv reports

# One line for each package that is missing; installed at once where we may.
packages:
	@command -v swift >/dev/null || { echo "swift is missing: install Swift 6.2 or later from swift.org/install"; exit 1; }
	@missing=""; for package in $(PACKAGES); do \
	  dpkg-query -W -f='$${Status}' $$package 2>/dev/null | grep -q '^install ok installed$$' \
	    || { echo "$$package is missing: apt-get install $$package"; missing="$$missing $$package"; }; done; \
	  [ -n "$$missing" ] || exit 0; \
	  if [ "$$(id -u)" = 0 ]; then as=""; elif command -v sudo >/dev/null; then as=sudo; \
	  else echo "not root and no sudo: install them, then run make again"; exit 1; fi; \
	  $$as apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$as apt-get install -y -qq $$missing

# A virtual environment in which the tests execute exported notebooks.
notebook-python:
	@command -v python3 >/dev/null || { echo "python3 is missing: notebooks will not be executed"; exit 0; }; \
	  [ "$$(cat .venv/ready 2>/dev/null)" != "$(NOTEBOOK)" ] || exit 0; \
	  python3 -c 'import venv, ensurepip' 2>/dev/null \
	    || { $(MAKE) --no-print-directory packages PACKAGES=python3-venv || exit 1; }; \
	  python3 -m venv --clear .venv \
	    && .venv/bin/python -m pip install --quiet --disable-pip-version-check $(NOTEBOOK) \
	    && echo "$(NOTEBOOK)" > .venv/ready

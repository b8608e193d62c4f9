# The two commands that matter: `make demo` and `make test`. Both install what they need.

.DEFAULT_GOAL := help
.PHONY: help demo test audit-matrix crash-test run lint fmt bench setup setup-build clean
CARGO ?= cargo
TARGET := $(or $(CARGO_TARGET_DIR),target)
# Which fifth of the kill matrix runs beside its critical rows: another one each day.
export OAUTHLAB_MATRIX_SLICE ?= $(shell expr $$(date +%s) / 86400 % 5)
INTEROP := tests/interop/node_modules/.package-lock.json
PYTHON := tests/interop/.venv/installed

help: ## Say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: setup-build ## Build, then walk through a whole flow: register, token, call, introspect, refusal
	$(CARGO) build --release --locked
	sh tests/demo.sh $(TARGET)/release/oauthlab

test: setup ## Run every test, on the release build of the program; nothing is skipped
	$(CARGO) build --release --locked
	$(CARGO) test --locked --doc
	@echo "kill matrix: the critical rows and slice $(OAUTHLAB_MATRIX_SLICE) of 5; all of it: make audit-matrix"
	@export OAUTHLAB_TEST_PROGRAM=$(abspath $(TARGET))/release/oauthlab; \
	if $(CARGO) nextest --version >/dev/null 2>&1; then \
	  echo "$(CARGO) nextest run --locked"; $(CARGO) nextest run --locked --no-fail-fast; \
	else \
	  echo "$(CARGO) test --locked"; $(CARGO) test --locked --no-fail-fast --bins --lib --test it; \
	fi

audit-matrix: setup-build ## Audit a lab with each weakness in turn: exactly its own check must fail
	OAUTHLAB_MATRIX=all $(CARGO) test --locked --test it audit::matrix

crash-test: setup ## Kill the lab in the middle of 2,000 requests, 20 times, on SQLite and on Redis
	$(CARGO) build --release --locked
	OAUTHLAB_TEST_PROGRAM=$(abspath $(TARGET))/release/oauthlab OAUTHLAB_TEST_CRASHES=20 \
	  $(CARGO) test --locked --test it store::crash -- --nocapture

run: setup-build ## Serve the lab in the foreground
	$(CARGO) run --release --locked -- serve

lint: setup ## Check formatting, lints and the shell scripts
	$(CARGO) fmt --check
	$(CARGO) clippy --locked --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --no-deps --lib
	shellcheck install.sh tests/demo.sh tests/setup.sh .ci/run

fmt: setup-build ## Format the sources
	$(CARGO) fmt

bench: setup ## Measure start, memory, signatures, each engine of the store, and a million tokens in it
	$(CARGO) build --release --locked
	$(CARGO) build --release --manifest-path benches/bare/Cargo.toml --target-dir $(TARGET)
	$(CARGO) build --release --manifest-path benches/load/Cargo.toml --target-dir $(TARGET)
	python3 benches/cold_start.py
	python3 benches/flood.py --program $(TARGET)/release/oauthlab
	$(TARGET)/release/load --oauthlab $(TARGET)/release/oauthlab
	$(TARGET)/release/load --oauthlab $(TARGET)/release/oauthlab --engines
	$(TARGET)/release/load --oauthlab $(TARGET)/release/oauthlab --million --rounds 5

setup: $(INTEROP) $(PYTHON) ## Install what the tests need (Debian, as root) and say what is missing
	@sh tests/setup.sh test

setup-build:
	@sh tests/setup.sh build

$(INTEROP): tests/interop/package.json tests/interop/package-lock.json
	@sh tests/setup.sh test
	cd tests/interop && npm ci --no-fund --no-audit
	@touch $@

$(PYTHON): tests/interop/requirements.txt
	@sh tests/setup.sh test
	python3 -m venv tests/interop/.venv
	tests/interop/.venv/bin/pip install --quiet --disable-pip-version-check -r tests/interop/requirements.txt
	@touch $@

clean: ## Remove what was built and installed here
	$(CARGO) clean
	rm -rf tests/interop/node_modules tests/interop/.venv

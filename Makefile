# `make lab` and `make test` set up what they need; `make` alone lists the targets.

VENV := .venv
BIN := $(VENV)/bin
# The newest Python from 3.14 down to 3.11 that really starts, else a newer one; set PYTHON to choose another.
PYTHON ?= $(shell for p in python3.14 python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
READY := $(VENV)/.ready
comma := ,
SITE_READY := $(VENV)/.site-ready
LAB_ARGS ?=
# Tests of one xdist_group share what is costly, such as a graded class, so that one worker runs them.
# Six workers keep two cores busy: many a test waits for a kernel, a browser, a box or a time limit. With
# four, the cores were idle for a part of the run, and it took 19 minutes instead of 15.
TEST_ARGS ?= -n 6 --dist loadgroup --no-loadscope-reorder

# Programs such as nbgrader call others by their bare names.
export PATH := $(CURDIR)/$(BIN):$(PATH)
# Some machines forbid Python to keep what it has compiled. A run of the tests starts hundreds of processes,
# and each would compile all that it imports.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup lab test quick coverage mutants notebooks address site picture results bench lint colab-env lock
help:
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(READY) ## make the environment in .venv, and nothing else

lab: $(READY) ## open the course in JupyterLab, in a copy that is yours
	@$(BIN)/python tools/open_course.py
	@cd my_course && jupyter lab --config=../jupyter_server_config.py --LabApp.default_url=/lab/tree/START.ipynb $(LAB_ARGS)

test: $(READY) ## run the whole test suite
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python tools/colab_env.py
	$(BIN)/python -m pytest $(TEST_ARGS) --minutes 15

quick: $(READY) ## run the tests that need no browser, no kernel and no whole class
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest $(TEST_ARGS) --minutes 3 -m "not slow"

coverage: $(READY) ## run the tests of make quick, and print how much of the code they reach
	$(BIN)/python -m pytest $(TEST_ARGS) -m "not slow" --cov --cov-report term:skip-covered

mutants: $(READY) ## try check and judge on every wrong answer and every mutant of the references
	$(BIN)/python tests/mutation.py

colab-env: $(READY) ## make the environment that the tests of Colab run in
	$(BIN)/python tools/colab_env.py

notebooks: $(READY) ## build the stubs and notebooks from lessons/ and solutions/
	$(BIN)/python tools/build_notebooks.py

address: $(READY) ## set the public address everywhere: make address URL=https://github.com/OWNER/COURSE
	@$(BIN)/python tools/address.py "$(URL)"

site: $(SITE_READY) ## build the site: lessons with their results, rules, API
	$(BIN)/python docs/site/build.py

picture: $(READY) ## film README's picture that moves, in Chromium
	$(BIN)/python tools/moving_picture.py

lock: $(READY) ## renew the versions that Binder installs
	printf 'hatchling\neditables\n' | $(BIN)/uv pip compile --quiet --upgrade --python-version 3.12 \
		--python-platform linux --custom-compile-command 'make lock' -o binder/requirements.txt pyproject.toml -

results: $(READY) ## record the long runs that the lessons show (needs MNIST and CIFAR-10)
	$(BIN)/python benchmarks/record_results.py
	$(BIN)/python benchmarks/record_mirror.py
	$(BIN)/python benchmarks/record_direct.py
	$(BIN)/python benchmarks/record_pepita.py
	$(BIN)/python benchmarks/record_targets.py
	$(BIN)/python benchmarks/record_rules.py
	$(BIN)/python benchmarks/record_convolution.py

bench: $(READY) ## compare the speed with the textbook's and PyTorch's, and time the panels (on a quiet machine)
	$(BIN)/python benchmarks/speed.py
	$(BIN)/python benchmarks/convolution.py
	$(BIN)/python benchmarks/growth.py
	$(BIN)/python benchmarks/sweep.py
	$(BIN)/python benchmarks/slider.py

lint: $(READY) ## correct the style of the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The stamp holds the Python that the environment was made for and the folder that it was made in,
# so that an environment that has moved, or whose Python is gone, is made again.
STAMP := $(CURDIR) $(shell $(BIN)/python -c 'import sys; print(sys.version_info[:2])' 2>/dev/null)
ifneq ($(STAMP),$(shell cat $(READY) 2>/dev/null))
.PHONY: $(READY)
endif

# uv installs in seconds what takes pip a minute. Where it can't, pip does it: pip knows indexes and proxies
# that were set up for it alone.
UV = $(or $(shell command -v uv),$(BIN)/uv)
define install
	@[ -x "$(UV)" ] || $(BIN)/python -m pip install --quiet --disable-pip-version-check --retries 1 uv 2>/dev/null || true
	@"$(UV)" pip install --quiet --python $(BIN)/python --editable '.[$(1)]' 2>/dev/null || \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[$(1)]' || { \
		echo "The packages could not be installed: see the lines above. With no network, try again later."; exit 1; }
endef

$(READY): pyproject.toml
	@if [ -z "$(PYTHON)" ]; then \
		echo "microlearn needs Python 3.11 or newer, and none was found. Install one (on Debian or" \
			"Ubuntu: apt install python3 python3-venv), or name it: make lab PYTHON=/path/to/python3.14"; exit 1; fi
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "microlearn needs Python 3.11 or newer; $(PYTHON) is `$(PYTHON) --version 2>&1`."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info >= (3, 15))' || \
		echo "microlearn was tested with Python 3.11 to 3.14. `$(PYTHON) --version` is newer: it may work or not."
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
		echo "$(PYTHON) can't make virtual environments. On Debian or Ubuntu: apt install python3-venv"; exit 1; }
	@echo "Setting up the environment in $(VENV) with `$(PYTHON) --version` (once) ..."
	@$(PYTHON) -m venv --clear $(VENV)
	$(call install,dev)
	@echo "$(CURDIR) `$(BIN)/python -c 'import sys; print(sys.version_info[:2])'`" > $(READY)

# Sphinx comes into the same environment, so that the site shows what the tests have run, but only for
# those who build the site.
$(SITE_READY): $(READY)
	$(call install,dev$(comma)site)
	@touch $@

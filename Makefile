# make lab and make test do all the set-up that they need; `make` alone lists what there is.

VENV := .venv
BIN := $(VENV)/bin
# The newest Python from 3.13 down to 3.11 that really starts; set PYTHON to choose another.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo $$p && break; done)
READY := $(VENV)/.ready
LAB_ARGS ?=
TEST_ARGS ?= -n 2

# Programs such as nbgrader call others by their bare names.
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help lab test notebooks results bench lint
help:
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

lab: $(READY) ## open the course in JupyterLab, in a copy that is yours
	@$(BIN)/python tools/open_course.py
	@cd my_course && jupyter lab --LabApp.default_url=/lab/tree/00_network/00_network.ipynb $(LAB_ARGS)

test: $(READY) ## run the whole test suite
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m pytest $(TEST_ARGS)

notebooks: $(READY) ## build the stubs and notebooks from lessons/ and solutions/
	$(BIN)/python tools/build_notebooks.py

results: $(READY) ## record the long runs that the lessons show (needs MNIST)
	$(BIN)/python benchmarks/record_results.py

bench: $(READY) ## measure the speed beside the textbook's, and the panels'
	$(BIN)/python benchmarks/updates.py
	$(BIN)/python benchmarks/signal_to_noise.py
	$(BIN)/python benchmarks/slider.py

lint: $(READY) ## mend the style of the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The stamp holds the Python that the environment was made for and the folder that it was made in,
# so that an environment that has moved, or whose Python is gone, is made again.
STAMP := $(CURDIR) $(shell $(BIN)/python -c 'import sys; print(sys.version_info[:2])' 2>/dev/null)
ifneq ($(STAMP),$(shell cat $(READY) 2>/dev/null))
.PHONY: $(READY)
endif

$(READY): pyproject.toml
	@if [ -z "$(PYTHON)" ]; then \
		echo "microlearn needs Python 3.11, 3.12 or 3.13, and none was found. Install one (on" \
			"Debian or Ubuntu: apt install python3 python3-venv), or name it: make lab PYTHON=/path/to/python3.12"; exit 1; fi
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || { \
		echo "microlearn needs Python 3.11, 3.12 or 3.13; $(PYTHON) is `$(PYTHON) --version 2>&1`."; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
		echo "$(PYTHON) can't make virtual environments. On Debian or Ubuntu: apt install python3-venv"; exit 1; }
	@echo "Setting up the environment in $(VENV) with `$(PYTHON) --version` (a minute, once) ..."
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]' || { \
		echo "The packages could not be installed: see the lines above. With no network, try again later."; exit 1; }
	@echo "$(CURDIR) `$(BIN)/python -c 'import sys; print(sys.version_info[:2])'`" > $(READY)

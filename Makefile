# `make` sets up and rebuilds the default experiment, `make paper` that of a preset; `make test` sets up and tests. README.md says what
# comes out.
PYTHON ?= python3
VENV := .venv
READY := $(VENV)/.ready
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)

TARGETS := all report notebooks claims pages test newest lint check schema bench clean
PRESETS := $(filter-out $(TARGETS),$(basename $(notdir $(wildcard workflow/presets/*.yaml))))
PRESET =
CONFIG = $(if $(PRESET),--configfile workflow/presets/$(PRESET).yaml)
FILE = $(if $(PRESET),workflow/presets/$(PRESET).yaml,config.yaml)
NAME = $(or $(shell sed -n "s/^name: *[\"']*\([A-Za-z0-9_-]*\).*/\1/p" $(FILE)),$(error $(FILE) has no name: write one))
RESULTS = results/$(NAME)
REPORT = $(RESULTS)/report.html

.PHONY: $(TARGETS) $(PRESETS)

all: $(READY)
	snakemake $(CONFIG)
	@$(MAKE) --no-print-directory report PRESET=$(PRESET)

$(PRESETS):
	@$(MAKE) --no-print-directory all PRESET=$@

# Snakemake draws the report anew each time it is asked to: ask only when a table or figure is newer.
report: $(READY)
	@[ -d $(RESULTS)/tables ] || { echo "There are no results of $(NAME) yet: run make $(PRESET)."; exit 1; }
	@if [ ! -e $(REPORT) ] || [ -n "$$(find $(RESULTS)/tables figures/$(NAME) -newer $(REPORT) -name '*.[cs]*')" ]; then \
	    snakemake $(CONFIG) --quiet rules --report $(REPORT); \
	fi
	@echo "Open $(REPORT); tables are in $(RESULTS)/tables, figures in figures/$(NAME)."

notebooks: $(READY)
	snakemake notebooks $(CONFIG)

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev,slurm]'
	touch $@

# What every archived experiment says of the claims, and the archives' own tables anew; `embedded` is config.yaml alone.
ARCHIVES = $(notdir $(wildcard archive/*))
claims: $(READY)
	for name in $(ARCHIVES); do \
	    preset=workflow/presets/$$name.yaml; \
	    snakemake tables $$([ ! -e $$preset ] || echo --configfile $$preset) --config source=archive --quiet all || exit 1; \
	    cp results/$$name/tables/accuracy.csv archive/$$name/ || exit 1; \
	done
	python -m disentangle ledger $(ARCHIVES:%=results/%/tables/claims.csv) > docs/claims.md

# What the pages show: the claims, and small copies of the figures in docs/figures, all from the archives.
pages: claims
	for name in $(notdir $(wildcard docs/figures/*)); do \
	    preset=workflow/presets/$$name.yaml; \
	    snakemake figures $$([ ! -e $$preset ] || echo --configfile $$preset) --config source=archive --quiet all || exit 1; \
	    for page in docs/figures/$$name/*.png; do python -m disentangle shrink figures/$$name/$${page##*/} $$page || exit 1; done; \
	done

test: $(READY)
	pytest --numprocesses auto --maxprocesses 8 --dist worksteal

# The newest versions that pyproject.toml allows and the index has, in an environment of its own; torch stays, since another build of
# it may take gigabytes.
newest:
	$(PYTHON) -m venv --clear $(VENV)-newest
	grep -E '^torch(vision)?==' constraints.txt > $(VENV)-newest/torch.txt
	$(VENV)-newest/bin/pip install --quiet --disable-pip-version-check --upgrade --upgrade-strategy eager --constraint $(VENV)-newest/torch.txt --editable '.[dev,slurm]'
	PATH="$(CURDIR)/$(VENV)-newest/bin:$$PATH" pytest -m "not slow" --ignore-glob 'tests/*figure*' --numprocesses auto --maxprocesses 8 --dist worksteal
	PATH="$(CURDIR)/$(VENV)-newest/bin:$$PATH" snakemake --configfile workflow/presets/smoke.yaml --config name=newest --quiet all

lint: $(READY)
	ruff check .
	ruff format --check .
	mypy
	snakefmt --check Snakefile workflow
	snakemake --lint
	python -m disentangle schema | diff workflow/schemas/config.schema.json - || (echo "run make schema"; exit 1)

check: $(READY)
	snakemake check --quiet all

schema: $(READY)
	python -m disentangle schema > workflow/schemas/config.schema.json

bench: $(READY)
	python -m benchmarks

clean:
	rm -rf $(RESULTS) figures/$(NAME) results/smoke figures/smoke .snakemake .pytest_cache .mypy_cache .ruff_cache .hypothesis

# make demo            install, segment lesion images, write a report to open
# make demo IMAGES=folder   the same on your own images
# make test            install and run the tests
# make label           install MONAI Label in an environment of its own, to annotate with
PYTHON ?= python3
VENV ?= .venv
LABEL_VENV ?= .venv-label
JOBS ?= 2
DEMO ?= demo
IMAGES ?=
PYTEST_ARGS ?=
FUZZ_SECONDS ?= 60

python := $(VENV)/bin/python
bundle := bundles/lesion_segmentation
dataset := $(if $(IMAGES),$(IMAGES),$(DEMO)/phantoms/images)

# Two cores: threads inside each test worker only fight each other. A key that stands twice in a configuration is an error.
export OMP_NUM_THREADS ?= 1
export MONAI_FAIL_ON_DUPLICATE_CONFIG := 1

.PHONY: demo label test test-system test-label check lint types format bench fuzz hazards wheel clean

# torch comes first: left to choose, the installer would fetch the newest, with gigabytes of GPU libraries
$(VENV)/.installed: setup.cfg constraints.txt
	test -x $(python) || $(PYTHON) -m venv $(VENV)
	$(python) -m pip install --quiet -c constraints.txt torch
	$(python) -m pip install --quiet -c constraints.txt -e .
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(python) -m pip install --quiet -c constraints.txt -e '.[dev]'
	touch $@

demo: $(VENV)/.installed
	rm -rf "$(DEMO)/results"
	$(if $(IMAGES),,$(python) -m monai_skin data phantoms $(DEMO)/phantoms --count 8)
	$(python) -m monai.bundle run --config_file $(bundle)/configs/inference.json \
		--bundle_root $(bundle) --dataset_dir "$(dataset)" --output_dir "$(DEMO)/results"
	@echo "Research use only. Open $(DEMO)/results/report.html"

# MONAI Label 0.8.5 needs older numpy and pydicom than we do, so it cannot live in our environment; see docs/howto
$(LABEL_VENV)/.installed: constraints-label.txt
	test -x $(LABEL_VENV)/bin/python || $(PYTHON) -m venv $(LABEL_VENV)
	$(LABEL_VENV)/bin/python -m pip install --quiet -c constraints-label.txt torch
	$(LABEL_VENV)/bin/python -m pip install --quiet -c constraints-label.txt monailabel 'dicomweb-client[gcp]'
	touch $@

label: $(VENV)/.installed $(LABEL_VENV)/.installed
	$(python) -m pip install --quiet -c constraints.txt -e '.[dicom]'
	@echo "Research use only. Start with: $(python) -m monai_skin label serve --studies FOLDER"

# the tests that need MONAI Label run by `make test-label`, in one process: they share a server; those of whole nodes by `make test-system`
test: $(VENV)/.installed-dev
	$(python) -m pytest -n $(JOBS) -m "not label and not system" $(PYTEST_ARGS)

test-label: $(VENV)/.installed-dev label
	MONAI_LABEL_PYTHON="$(abspath $(LABEL_VENV))/bin/python" $(python) -m pytest -m label tests/system/label -n 0 $(PYTEST_ARGS)

# whole processes beside real archives; needs Orthanc and DCMTK, and skips, saying so, what is not there; and all other tests of
# what is promised of DICOM files, of the node and of privacy, by the rows that `make hazards` shows
rows := $(foreach row,g1 g2 g3 g4 g5 g6 g7 g8 g9 h1 h2 h3 h4 h5 h6 h7 h8 h9 j1_,or test_$(row))
test-system: $(VENV)/.installed-dev
	$(python) -m pytest -m system tests/system $(PYTEST_ARGS)
	$(python) -m pytest -n $(JOBS) -m "not label and not system" -k "$(wordlist 2,99,$(rows))" tests $(PYTEST_ARGS)

# what a change should pass before it is sent: style, types, and everything that is not slow
check: lint types
	$(python) -m pytest -n $(JOBS) -m "not slow and not label and not system" $(PYTEST_ARGS)

lint: $(VENV)/.installed-dev
	$(python) -m ruff check .
	$(python) -m ruff format --check .

types: $(VENV)/.installed-dev
	$(python) -m mypy

format: $(VENV)/.installed-dev
	$(python) -m ruff check --fix .
	$(python) -m ruff format .

bench: $(VENV)/.installed-dev
	$(python) -m pip install --quiet -c constraints.txt -e '.[bench]'
	$(python) -m benchmarks

# every promise about failure and the tests that keep it
hazards: $(VENV)/.installed-dev
	$(python) -m tests.hazards

fuzz: $(VENV)/.installed-dev
	$(python) -m pip install --quiet -c constraints.txt -e '.[fuzz]'
	$(python) -m tests.fuzz.images -max_total_time=$(FUZZ_SECONDS)
	$(python) -m tests.fuzz.dicom -max_total_time=$(FUZZ_SECONDS)

wheel: $(VENV)/.installed-dev
	$(python) -m pip wheel --no-deps --wheel-dir dist .

clean:
	rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

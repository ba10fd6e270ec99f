# One command each to build, test, lint and benchmark. A fresh checkout needs Python >= 3.10 and a C++ compiler.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
READY := $(VENV)/.ready
BUILT := $(VENV)/.built
SOURCES := setup.py $(shell find include thinc -name '*.h' -o -name '*.hh' -o -name '*.pyx' -o -name '*.pxd' -o -name '*.isa.cpp')
CPP = $(filter-out %.pyx %.pxd setup.py,$(SOURCES))
BUILD_TOOLS := setuptools wheel Cython numpy cymem preshed murmurhash blis
LINTERS := ruff mypy basedpyright cython-lint clang-format
DOCUMENTERS := mkdocs mkdocs-material 'mkdocstrings[python]' ruff

export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: demo test test-frameworks test-gpu spacy-quick spacy bench docs bench-gpu lint format exhaustive fuzz sanitize emulated wheel clean

demo: $(BUILT)
	$(PY) -m thinc demo $(ARGS)

test: $(BUILT)
	$(PY) -m pytest -q $(ARGS)

# On a machine with a GPU and CuPy (pip install thinc[cuda13x]); without one, what needs it is skipped and says so.
test-gpu: $(BUILT)
	$(PY) -m pytest -q -rs tests/cuda $(ARGS)

bench-gpu: $(BUILT)
	$(PY) benchmarks/bench_gpu.py $(ARGS)

# Each framework in an environment of its own, made by the first run; ARGS=--quick, or the names of some.
test-frameworks: $(BUILT)
	$(PY) tests/frameworks/run.py $(ARGS)

# spaCy as released, on a wheel of this checkout: its pipelines, and what its binaries look up. A minute or two.
spacy-quick: $(BUILT)
	tests/spacy_pipelines/quick.sh $(PY) $(ARGS)

# The same; pipelines exchanged with the thinc that spaCy asks for, spaCy's own tests, speed and accuracy.
spacy: $(BUILT)
	tests/spacy_pipelines/full.sh $(PY)

bench: $(BUILT)
	env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE $(PY) -m thinc bench $(ARGS)

# The site, in the folder site; warnings are errors.
docs: $(READY)
	$(PY) -m pip install -q -c build-constraints.txt $(DOCUMENTERS)
	NO_MKDOCS_2_WARNING=1 $(PY) -m mkdocs build --strict $(ARGS)

lint: $(BUILT)
	$(PY) -m pip install -q -c build-constraints.txt $(LINTERS)
	$(PY) -m ruff check .
	PATH=$(VENV)/bin:$$PATH cython-lint thinc tests
	$(VENV)/bin/clang-format --dry-run -Werror $(CPP)
	$(PY) -m mypy
	$(VENV)/bin/basedpyright

format: $(READY)
	$(PY) -m pip install -q -c build-constraints.txt $(LINTERS)
	$(VENV)/bin/clang-format -i $(CPP)

# The worst error of every math function over all 2^32 float32 inputs, at every level; about twenty minutes on one core.
exhaustive: $(BUILT)
	$(PY) tests/measure_math.py $(ARGS)

fuzz: $(BUILT)
	$(PY) tests/fuzz_serialization.py --inputs 200000 $(ARGS)

# All op tests with the kernels under the address and undefined-behaviour sanitizers.
sanitize: $(READY)
	tests/sanitize.sh $(PY) $(ARGS)

# The kernels for 64-bit Arm in an emulator, against those for x86-64-v3. Needs aarch64-linux-gnu-g++ and qemu-aarch64.
emulated:
	tests/emulated/run.sh

$(READY): setup.cfg pyproject.toml build-constraints.txt
	test -x $(PY) || $(PYTHON) -m venv $(VENV)
	$(PY) -m pip install -q -c build-constraints.txt $(BUILD_TOOLS)
	THINC_REQUIRE_COMPILED=1 $(PY) setup.py -q build_ext
	THINC_REQUIRE_COMPILED=1 $(PY) -m pip install -q --no-build-isolation -c build-constraints.txt -e '.[test]'
	touch $@

$(BUILT): $(READY) $(SOURCES)
	THINC_REQUIRE_COMPILED=1 $(PY) setup.py -q build_ext --inplace
	touch $@

# A source distribution, and the wheel built from it.
wheel: $(READY)
	$(PY) -m pip install -q build
	$(PY) -m build --outdir dist

clean:
	rm -rf build dist *.egg-info $(VENV)
	find thinc -name '*.so' -delete

# Two commands for people: `make run` and `make test`. Both make and reuse .venv.
PYTHON ?= python3.11
BIN := .venv/bin
READY := .venv/.ready

unexport PYTHONPATH

.PHONY: run test lint examples zoo learn scaling gpu precision tuned taken bench fuzz kernels env clean

run: $(READY)
	$(BIN)/nlc demo examples/hope.nl --minutes 3.5 --out runs/demo

test: $(READY)
	$(BIN)/python -m pytest -m alone
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m "not alone" -n 2 --durations=10

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright

# Every example for a few hundred steps; prints how far each gets. About ten minutes on two cores.
examples: $(READY)
	@for spec in examples/*.nl; do \
		name=$$(basename $$spec .nl); echo "== $$name"; \
		$(BIN)/nlc train $$spec --steps 200 --minutes 10 --length 128 --out runs/$$name | tail -n 2 || exit 1; \
	done

# Every system against its formula: writes docs/systems.md, docs/systems.json and README's list of them.
zoo: $(READY)
	$(BIN)/python tests/zoo/table.py

# What a delta rule learns that a sum does not, and rates to 2 that rates to 1 do not: writes docs/learn.md.
learn: $(READY)
	$(BIN)/python tests/learn/learn.py

# Time and memory of training by the length of a sequence. A few minutes.
scaling: $(READY)
	$(BIN)/python tests/scaling.py

# On a machine with a GPU: are the kernels right there, and how fast beside others? Writes docs/gpu.md.
gpu: $(READY)
	$(BIN)/python tests/gpu/gpu.py

# Drawn specs against the laws for SECONDS, then every example cut at every byte, and with one byte changed
# at every place; each must end in a report.
SECONDS ?= 600
fuzz: $(READY)
	$(BIN)/python tests/laws/fuzz.py $(SECONDS)
	$(BIN)/python -m pytest tests/fuzz --all --timeout=0

# How far interpreted kernels are off, by precision and by how alike keys are; into docs/kernels.md.
precision: $(READY)
	$(BIN)/python tests/kernels/precision.py

# What kernels of well-known systems take of a GPU that need not be here; into docs/kernels.md.
taken: $(READY)
	OMP_NUM_THREADS=1 $(BIN)/python tests/kernels/taken.py

# Bytes and launches beside flash-linear-attention, in an environment of its own; into docs/kernels.md.
bench: $(READY)
	test -d .venv-bench || $(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[triton,bench]'
	.venv-bench/bin/python tests/bench/beside_fla.py

# Every kernel of every example compiled for four GPUs, which need not be here; goes on where it was stopped.
kernels: $(READY)
	OMP_NUM_THREADS=1 $(BIN)/python tests/kernels/every.py

# How kernels are launched, from compiling them for GPUs that need not be here: writes backends/triton/tuned.
tuned: $(READY)
	OMP_NUM_THREADS=1 $(BIN)/python -m nlc.run.kernels.shipped

env: $(READY)

# The stamp is older than these two files when the environment is stale; half an install leaves none.
$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,peers,triton]'
	@touch $@

clean:
	rm -rf .venv runs out build dist .pytest_cache .ruff_cache .hypothesis

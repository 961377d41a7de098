# What can be done with camkernel. `make lab` and `make test` install what they need.
SHELL := /bin/bash
.DEFAULT_GOAL := help
export ARGS

# ONEDNN=FOLDER, which has include/ and lib/: another oneDNN than the system's, 2.6 or 3.x.
onednn := $(if $(ONEDNN),$(foreach flag,-Xcc=-I$(abspath $(ONEDNN))/include -Xlinker=-L$(abspath $(ONEDNN))/lib \
	-Xlinker=-rpath -Xlinker=$(abspath $(ONEDNN))/lib,$(subst =, ,$(flag))))

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

lab: ## open JupyterLab on notebooks/ with our kernel (ARGS="--no-browser --port 9999")
	@Scripts/lab.sh $(ARGS)

test: ## install what is missing and pass all tests
	@Scripts/test.sh

check: lint test ## what a change must pass

deps: ## install the Debian packages that are missing
	@Scripts/need-swift.sh
	@Scripts/need-packages.sh

build: deps ## debug build
	@swift build $(onednn)

release: deps ## release build (ONEDNN=FOLDER: with another oneDNN than the system's)
	@swift build -c release --product camkernel $(onednn)

kernelspec: release ## install the kernel for this user
	@.build/release/camkernel install --user

test-filter: deps ## run the Swift tests that match F=
	@swift test --filter '$(F)'

test-model: deps ## CAMRuntime's tests with the loops for AVX-512 and bfloat16 on a model of its instructions (ARGS="--filter X")
	@CAMKERNEL_MODEL=avx512 CAMKERNEL_ROOMS=CAMRuntimeTests swift test --scratch-path .build/avx512 $(ARGS)

snapshots: deps ## record the snapshots of help and diagnostics anew
	@CAMKERNEL_RECORD=1 swift test --filter KernelTests

conformance: ## jupyter_kernel_test, nbconvert, papermill and jupyter console against the release binary
	@Scripts/conformance.sh $(ARGS)

test-fresh: ## 'make test' on a Debian with nothing but Swift, gcc, git and Python, as root (ARGS=trixie: Debian 13)
	@Scripts/test-fresh.sh $(ARGS)

memory-ladder: release ## the kernel under a ladder of memory limits: every cell is answered (ARGS="--step 60")
	@Scripts/need-venv.sh .venv Scripts/requirements-lab.txt Scripts/requirements-test.txt
	@.venv/bin/python Tests/Memory/ladder.py $(ARGS)

test-browser: ## JupyterLab in headless Chromium; screenshots go to outputs/browser
	@Scripts/test-browser.sh $(ARGS)

notebooks: ## execute all notebooks in place and check them
	@Scripts/run-notebooks.sh $(ARGS)

reports: ## the stored notebooks as HTML, slides, Markdown and PDF in outputs/reports
	@Scripts/need-venv.sh .venv Scripts/requirements-lab.txt Scripts/requirements-test.txt
	@.venv/bin/python Tests/Notebooks/export.py outputs/reports notebooks/*.ipynb

lint: ## layout of code, arrows between rooms, file sizes
	@Scripts/lint.sh

format: ## lay out the code
	@swift format --in-place --recursive Package.swift Sources Tests

docs: release ## write docs/commands.md from the declarations of the commands
	@.build/release/camkernel reference > docs/commands.md

sanitize: deps ## the tests under ThreadSanitizer and AddressSanitizer
	@Scripts/sanitize.sh $(ARGS)

bench-display: deps ## a 12-megapixel photograph to a heat map, beside Pillow and matplotlib (PYTHON= with both)
	@CAMKERNEL_ROOMS=camkernel-bench swift build -c release
	@$(or $(PYTHON),python3) Benchmarks/bench_display.py .build/release/camkernel-bench

fuzz: deps ## the fuzzers, SECONDS= each (60)
	@Scripts/fuzz.sh $(SECONDS)

oracle: ## write the exports of other libraries into ../oracle-out (ORACLE=DIR)
	@Scripts/oracle.sh exports

check-oracle: ## run every exported net through `camkernel forward` and compare
	@Scripts/oracle.sh check $(ARGS)

test-onnx: ## the ONNX project's cases of single operations
	@Scripts/oracle.sh onnx

bench-kernel: ## our kernel and ipykernel side by side: start, round trips, throughput, memory
	@Scripts/bench-kernel.sh $(ARGS)

bench-engine: ## forward passes beside OpenVINO, ONNX Runtime and PyTorch
	@Scripts/oracle.sh bench-engine $(ARGS)

bench-cam: ## explanations beside pytorch-grad-cam and torchcam (ARGS=--quick leaves out what takes minutes)
	@Scripts/oracle.sh bench-cam $(ARGS)

bench-train: ## training steps beside PyTorch
	@Scripts/oracle.sh bench-train $(ARGS)

clean: ## remove what was built; the virtual environments stay
	@rm -rf .build outputs

.PHONY: help lab test test-fresh check deps build release kernelspec test-filter test-model snapshots conformance test-browser notebooks reports \
	lint format docs memory-ladder sanitize fuzz oracle check-oracle test-onnx bench-kernel bench-engine bench-cam bench-train bench-display clean

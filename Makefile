# Both commands do everything on a fresh machine with a Swift toolchain and Python 3: libraries, libtorch, build.
swift := swift
flags := -c release --manifest-cache none  # libtorch may have become another one
wirespace := .build/release/wirespace

.PHONY: demo model test bench lint build setup clean

## Train on generated pages, evaluate, and leave a report and a model in runs/demo (about ten minutes on two cores).
demo: build
	$(wirespace) train configs/demo.yaml --run runs/demo --resume
	$(wirespace) evaluate runs/demo --train-pages 600

## Make models/demo.safetensors, the released model, again: the demo's network trained for an hour and more, in half precision;
## then its layout decoder, in another three quarters of an hour.
model: build
	$(wirespace) train configs/best.yaml --run runs/best --resume
	$(wirespace) train configs/best.yaml --run runs/better --resume model.pretrained=runs/best seed=5 data.splits.seed=0 \
		optimization.epochs=20 scheduler.params.T_0=20 optimization.lr=0.0015 loss.warmup_epochs=1 loss.prior_pull_warmup_epochs=1
	$(wirespace) release runs/better --out models/demo.safetensors
	$(wirespace) layouts models/demo.safetensors --resume

## Run every test. They run side by side, so each takes one thread: OpenMP's waiting threads would slow them fiftyfold.
test: setup
	OMP_NUM_THREADS=1 $(swift) test $(flags) --disable-testable-imports

## Steps per second, beside PyTorch running the same recipe.
bench: setup
	Benchmarks/run

## Formatting and style.
lint:
	$(swift) format lint --strict --recursive Sources Tests Benchmarks/Sources Package.swift Benchmarks/Package.swift

build: setup
	$(swift) build $(flags) --product wirespace

setup:
	@scripts/setup

clean:
	rm -rf .build

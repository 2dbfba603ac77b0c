# Both commands do everything on a fresh machine with a Swift toolchain and Python 3: libraries, libtorch, build.
swift := swift
flags := -c release --manifest-cache none  # libtorch may have become another one
wirespace := .build/release/wirespace

.PHONY: demo model test bench lint build setup clean

## Train on generated pages, evaluate, and leave a report and a model in runs/demo (about ten minutes on two cores).
demo: build
	$(wirespace) train configs/demo.yaml --run runs/demo --resume
	$(wirespace) evaluate runs/demo --train-pages 600

# The later cycles of the released model: on other pages than the first, with the same validation and test pages. The third and the
# fifth end before their learning rate has come down; the fourth and the sixth go on from there and bring it down. The seventh
# gives the network six blocks more, the eighth weighs the rate (KL) four times as much, the last four train the decoder alone,
# the last of them between codes, too.
cycle := --resume data.splits.seed=0
sharp := $(cycle) loss.ssim_share=0.84 loss.ssim_warmup_epochs=0 loss.beta_kld=2 loss.warmup_epochs=0 loss.prior_pull_warmup_epochs=0
decoder := $(sharp) loss.prior_pull=8 model.further_blocks=1 loss.beta_kld=8 model.frozen_encoder=true optimization.lr=0.0012

## Make models/demo.safetensors, the released model, again: the demo's network, grown before the seventh cycle and trained for some ten hours, in half precision;
## then its layout decoder, in four hours more.
model: build
	$(wirespace) train configs/best.yaml --run runs/model-1 --resume
	$(wirespace) train configs/best.yaml --run runs/model-2 $(cycle) model.pretrained=runs/model-1 seed=5 optimization.lr=0.0015 \
		optimization.epochs=20 scheduler.params.T_0=20 loss.warmup_epochs=1 loss.prior_pull_warmup_epochs=1
	$(wirespace) train configs/best.yaml --run runs/model-3 $(sharp) model.pretrained=runs/model-2 seed=9 optimization.lr=0.002 \
		optimization.epochs=8 scheduler.params.T_0=36
	$(wirespace) train configs/best.yaml --run runs/model-4 $(sharp) model.pretrained=runs/model-3 seed=10 optimization.lr=0.0018 \
		optimization.epochs=20 scheduler.params.T_0=20
	$(wirespace) train configs/best.yaml --run runs/model-5 $(sharp) model.pretrained=runs/model-4 seed=11 optimization.lr=0.0018 \
		optimization.epochs=35 scheduler.params.T_0=60 loss.prior_pull=8
	$(wirespace) train configs/best.yaml --run runs/model-6 $(sharp) model.pretrained=runs/model-5 seed=12 optimization.lr=0.0009 \
		optimization.epochs=45 scheduler.params.T_0=56 loss.prior_pull=8
	$(wirespace) train configs/best.yaml --run runs/model-7 $(sharp) model.pretrained=runs/model-6 seed=14 optimization.lr=0.0018 \
		optimization.epochs=40 scheduler.params.T_0=40 loss.prior_pull=8 model.further_blocks=1
	$(wirespace) train configs/best.yaml --run runs/model-8 $(sharp) model.pretrained=runs/model-7 seed=18 optimization.lr=0.0012 \
		optimization.epochs=20 scheduler.params.T_0=20 loss.prior_pull=8 model.further_blocks=1 loss.beta_kld=8
	$(wirespace) train configs/best.yaml --run runs/model-9 $(decoder) model.pretrained=runs/model-8 seed=22 \
		optimization.epochs=32 scheduler.params.T_0=32
	$(wirespace) train configs/best.yaml --run runs/model-10 $(decoder) model.pretrained=runs/model-9 seed=24 \
		optimization.epochs=31 scheduler.params.T_0=31
	$(wirespace) train configs/best.yaml --run runs/model-11 $(decoder) model.pretrained=runs/model-10 seed=25 \
		optimization.epochs=28 scheduler.params.T_0=28
	$(wirespace) train configs/best.yaml --run runs/model-12 $(decoder) model.pretrained=runs/model-11 seed=26 \
		optimization.lr=0.0006 optimization.epochs=7 scheduler.params.T_0=7 loss.geodesic=0.5
	$(wirespace) release runs/model-12 --out models/demo.safetensors
	$(wirespace) layouts models/demo.safetensors layouts.epochs=122 --resume

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

"""The whole model, its losses and their gradients: model.safetensors and vgg.safetensors."""

from __future__ import annotations

import dataclasses
import math
from itertools import count

import torch
from safetensors.torch import load_file
from torch import Tensor

from support import (
    HERE, LATENT, WIDTH, conditioned_model, further_model, normal, norms, pages, plain_model, ref, save, seeded, subpixel_model, unit,
)  # fmt: skip


FULL_GRADIENTS = (
    "encoder.stem.conv.weight", "encoder.stages.0.conv1.weight", "encoder.stages.1.cbam.channel.reduce.weight",
    "encoder.stages.2.shortcut.norm.weight", "heads.logvar.bias", "decoder.project.bias",
    "decoder.stages.0.cbam.spatial.conv.weight", "decoder.stages.3.norm2.bias",
    "decoder.stages.2.modulation1.bias", "decoder.null_skips.1", "decoder.fine_skip.weight", "decoder.output.weight",
    "encoder.further.1.1.conv2.weight", "decoder.further.2.0.norm2.weight", "decoder.further.0.0.modulation1.bias",
)  # fmt: skip

SIZES = ((33, 47, 3), (64, 64, 2), (96, 160, 2))


# Gradients are compared at 1e-4. A ReLU, a maximum or an absolute value that lies on its kink moves them by more than
# that when the last digit of anything changes, PyTorch's own too. So the pages are such that rounding tips none over,
# and the gradients are of the loss without the perceptual term, which has too many kinks (its own is in vgg.safetensors).
STABLE = 2e-5


def gradients(network, objective: ref.Objective, image: Tensor, eps: Tensor, drop, labels) -> dict[str, Tensor]:
    network.zero_grad()
    loss = dataclasses.replace(objective, vgg=None)(network(unit(image), eps, drop), unit(image), labels)["total"].mean()
    loss.backward()
    return {name: p.grad.clone() for name, p in network.named_parameters() if p.grad is not None}


def spread(network, *case) -> float:
    """How far the gradients move when the parameters change by 1e-7: relative to the largest entry of each."""
    expected, original = gradients(network, *case), {k: v.clone() for k, v in network.state_dict().items()}
    largest = 0.0
    for seed in range(6):
        g = seeded(seed)
        with torch.no_grad():
            for p in network.parameters():
                p.mul_(1 + 1e-7 * torch.randn(p.shape, generator=g))
        moved = gradients(network, *case)
        largest = max(largest, *(((moved[k] - v).abs().max() / v.abs().max()).item() for k, v in expected.items()))
        network.load_state_dict(original)
    return largest


def model(features: ref.VGGFeatures) -> dict:
    tensors: dict[str, Tensor] = {}
    means = ref.archetype_means(3, LATENT, 6.0, seeded(15))
    g = seeded(16)
    variants = {
        "plain": (plain_model(), ref.Objective("l1", alpha=0.05, beta=0.7, vgg=features)),
        "conditioned": (
            conditioned_model(),
            ref.Objective("bce", beta=0.3, prior_pull=4.0, free_bits=0.2, means=means),
        ),
        "subpixel": (subpixel_model(), ref.Objective("bce", beta=0.3, means=means)),
        "further": (further_model(), ref.Objective("bce", beta=0.3, means=means)),
    }
    labels = {2: torch.tensor([2, -1]), 3: torch.tensor([0, -1, 1])}
    drops = {2: torch.tensor([True, False]), 3: torch.tensor([False, True, False])}
    report: dict = {"width": WIDTH, "latent_dim": LATENT, "skips": True}
    tensors["conditioned.means"] = means
    for variant, (network, objective) in variants.items():
        conditioned = variant != "plain"
        tensors |= {f"{variant}.parameters.{k}": v for k, v in network.state_dict().items()}
        cases = {}
        for height, width, batch in SIZES:
            case = f"{variant}.{height}x{width}"
            eps = normal(g, batch, LATENT)
            drop = drops[batch] if conditioned else None
            for seed in count(100 + height, 1000):
                image = pages(batch, height, width, seed=seed)
                if spread(network, objective, image, eps, drop, labels[batch]) < STABLE:
                    break
            output = network(unit(image), eps, drop)
            terms = objective(output, unit(image), labels[batch])
            grads = gradients(network, objective, image, eps, drop, labels[batch])
            tensors |= {f"{case}.image": image, f"{case}.eps": eps, f"{case}.logits": output.logits}
            tensors |= {f"{case}.mu": output.mu, f"{case}.logvar": output.logvar}
            tensors |= {f"{case}.loss.{term}": value for term, value in terms.items()}
            if conditioned:
                tensors |= {f"{case}.drop": drop.to(torch.uint8), f"{case}.labels": labels[batch]}
            cases[f"{height}x{width}"] = {
                "loss": terms["total"].mean().item(), "page_seed": seed,
                "gradient_norm": math.sqrt(sum(n**2 for n in norms(grads.items()).values())),
                "gradient_norms": norms(grads.items()),
            }
            for name in FULL_GRADIENTS if height != 96 else ():
                if name in grads:
                    tensors[f"{case}.grad_parameters.{name}"] = grads[name]
        with torch.no_grad():  # decoding from the latent alone, at a size that is not the image's
            tensors[f"{variant}.latent_only.logits"] = network.decoder(tensors[f"{variant}.33x47.mu"], (40, 72))
            tensors[f"{variant}.evaluation.logits"] = network(unit(tensors[f"{variant}.33x47.image"])).logits
        report[variant] = {
            "modulation": conditioned, "coordinates": conditioned, "pixel": objective.pixel, "alpha": objective.alpha,
            "beta": objective.beta, "prior_pull": objective.prior_pull, "free_bits": objective.free_bits,
            "parameter_count": sum(p.numel() for p in network.parameters()), "cases": cases,
        }  # fmt: skip
    tensors |= prior_cases()
    save("model", tensors)
    report["full_model_parameter_count"] = sum(p.numel() for p in ref.BetaVAE(ref.ModelConfig()).parameters())
    return report


def refinement() -> dict:
    """The best codes of model.safetensors on the way down the gradient of the cross-entropy and the squared norm."""
    steps, length, prior_weight = 12, 0.3, 2.0
    network, tensors = subpixel_model(), load_file(HERE / "model.safetensors")
    network.load_state_dict({k: tensors[f"subpixel.parameters.{k}"] for k in network.state_dict()})
    image = unit(tensors["subpixel.64x64.image"])
    z = tensors["subpixel.64x64.mu"].detach().clone().requires_grad_()
    optimizer = torch.optim.Adam([z], betas=(0.9, 0.9))
    best, least = z.detach().clone(), torch.full((len(z),), torch.inf)
    for step in range(steps + 1):
        pixels = torch.nn.functional.binary_cross_entropy_with_logits(
            network.decoder(z, image.shape[-2:]), image, reduction="none"
        )
        loss = pixels.flatten(1).sum(1) + prior_weight * 0.5 * z.square().sum(1)
        better = loss.detach() < least
        best[better], least[better] = z.detach()[better], loss.detach()[better]
        optimizer.param_groups[0]["lr"] = length * (1 - 0.9 * step / steps)
        (z.grad,) = torch.autograd.grad(loss.sum(), z)
        optimizer.step()
    save("refinement", {"subpixel.codes": best})
    return {"steps": steps}


def prior_cases() -> dict[str, Tensor]:
    """The divergences alone, with their gradients, for means near enough that the mixture is not its own component."""
    g, cases = seeded(17), {}
    means, labels = ref.archetype_means(4, 6, 2.0, g), torch.tensor([0, 1, 2, 3, -1, -1])
    mu, logvar = normal(g, 6, 6), normal(g, 6, 6, scale=0.5)
    cases |= {"prior.means": means, "prior.labels": labels, "prior.mu": mu, "prior.logvar": logvar}
    for case, function in {
        "standard": lambda m, v: ref.gaussian_kl(m, v),
        "standard_free_bits": lambda m, v: ref.gaussian_kl(m, v, free_bits=0.5),
        "archetypes": lambda m, v: ref.archetype_kl(m, v, means, labels),
        "archetypes_free_bits": lambda m, v: ref.archetype_kl(m, v, means, labels, free_bits=0.5),
        "mixture": lambda m, v: ref.mixture_kl(m, v, means),
        "pull": lambda m, v: ref.prior_pull(m, means, labels) + 0 * v.sum(),
    }.items():
        leaves = mu.clone().requires_grad_(), logvar.clone().requires_grad_()
        output = function(*leaves)
        output.sum().backward()
        cases |= {f"prior.{case}.output": output, f"prior.{case}.grad_mu": leaves[0].grad}
        cases[f"prior.{case}.grad_logvar"] = leaves[1].grad
    return cases


def dissimilarity() -> None:
    """The pixel term with shares of 1 − SSIM, and its gradient; the sides are under, at and over the window's 11 pixels."""
    g, tensors = seeded(23), {}
    for height, width in ((7, 40), (11, 11), (48, 64)):
        target, logits = pages(2, 48, 64, seed=24)[:, :, :height, :width].contiguous(), normal(g, 2, 1, height, width, scale=2.0)
        case = f"{height}x{width}"
        tensors |= {f"{case}.target": target, f"{case}.logits": logits}
        for kind, share in (("l1", 1.0), ("bce", 0.3)):
            leaf = logits.clone().requires_grad_()
            output = ref.pixel_loss(kind, leaf, unit(target), share)
            output.sum().backward()
            tensors |= {f"{case}.{kind}.output": output, f"{case}.{kind}.grad": leaf.grad}
    save("dissimilarity", tensors)


def vgg(features: ref.VGGFeatures) -> dict:
    g = seeded(21)
    target = pages(1, 48, 64, seed=22)
    reconstruction = (unit(target) * 0.7 + 0.3 * torch.rand(1, 1, 48, 64, generator=g)).requires_grad_()
    tensors = {"target": target, "reconstruction": reconstruction}
    for name, value in zip(ref.VGGFeatures.NAMES, features(unit(target))):
        tensors[f"{name}.channel_mean"] = value.mean(dim=(0, 2, 3))
        tensors[f"{name}.channel_std"] = value.std(dim=(0, 2, 3), unbiased=False)
        tensors[f"{name}.slice"] = value[0, :4, :6, :8]
    loss = ref.perceptual_loss(features, reconstruction, unit(target))
    loss.sum().backward()
    tensors |= {"loss": loss, "grad_reconstruction": reconstruction.grad}
    save("vgg", tensors)
    return {"loss": loss.item(), "slice": "[0, :4, :6, :8] of the layer, so [4, 6, 8]; std is the population's"}

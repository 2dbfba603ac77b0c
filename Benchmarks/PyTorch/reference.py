"""The β-VAE of Wirespace in plain PyTorch: model, loss and training step.

It is written to be read beside the Swift, and used twice: `Tests/Goldens/make_goldens.py` takes the expected numbers of
the tests from it, and `train_peer.py` times it as the peer of the benchmark. The names of the modules are the
`state_dict` keys that both sides share.

Images are [B, 1, H, W] in [0, 1]; 1 is white paper, 0 is ink. H and W are free: every ÷2 rounds up.

Sources
    β-VAE                   Higgins et al., ICLR 2017; Kingma & Welling, ICLR 2014
    residual blocks         He et al., CVPR 2016; group norm: Wu & He, ECCV 2018
    CBAM                    Woo et al., ECCV 2018
    spatial pyramid pooling He et al., ECCV 2014
    FiLM (modulation)       Perez et al., AAAI 2018
    sub-pixel convolution   Shi et al., CVPR 2016
    coordinate channels     Liu et al., NeurIPS 2018 (CoordConv)
    perceptual loss         Johnson et al., ECCV 2016
    1 − SSIM as a loss      Wang et al., IEEE TIP 2004; Zhao et al., IEEE TCI 2017
    mixture bound           Hershey & Olsen, ICASSP 2007, section 7
    free bits               Kingma et al., NeurIPS 2016, here per image so that images stay independent
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn


# --------------------------------------------------------------------------------------------------------------------
# Configuration


@dataclass
class ModelConfig:
    width: float = 1.0  # scales every channel count; 1 is the full model
    latent_dim: int = 128
    use_skip_connections: bool = True
    modulation: bool = False  # FiLM: z scales and shifts the norms of every decoder stage
    coordinates: bool = False  # four position channels in every decoder stage
    further_blocks: int = 0  # residual blocks after each stage's own, twice as wide in the middle, identities at first
    upsampling: str = "stages"  # "subpixel": the last two stages become one sub-pixel convolution

    def channels(self, n: int) -> int:
        """`n` channels of the full model, scaled, as a multiple of 8 (halves round up)."""
        return max(8, math.floor(n * self.width / 8 + 0.5) * 8)

    def groups(self, channels: int) -> int:
        """The largest divisor of `channels` that is at most 32·width (halves round up)."""
        limit = max(1, math.floor(32 * self.width + 0.5))
        return max(d for d in range(1, channels + 1) if channels % d == 0 and d <= limit)

    def norm(self, channels: int) -> nn.GroupNorm:
        return nn.GroupNorm(self.groups(channels), channels, eps=1e-5)


# --------------------------------------------------------------------------------------------------------------------
# Blocks


class ChannelAttention(nn.Module):
    """σ(MLP(mean F) + MLP(max F)), one weight a channel; the MLP is shared. Reduction 16."""

    def __init__(self, channels: int):
        super().__init__()
        hidden = max(1, channels // 16)
        self.reduce = nn.Linear(channels, hidden)
        self.expand = nn.Linear(hidden, channels)

    def forward(self, x: Tensor) -> Tensor:  # [B, C, H, W] -> [B, C, 1, 1]
        def mlp(pooled: Tensor) -> Tensor:
            return self.expand(F.relu(self.reduce(pooled)))

        # `amax` shares the gradient evenly between equal maxima, which blank paper has many of.
        attention = torch.sigmoid(mlp(x.mean(dim=(2, 3))) + mlp(x.amax(dim=(2, 3))))
        return attention[:, :, None, None]


class SpatialAttention(nn.Module):
    """σ(Conv7×7[mean over channels; max over channels]), one weight a position."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 1, 7, padding=3, bias=False)

    def forward(self, x: Tensor) -> Tensor:  # [B, C, H, W] -> [B, 1, H, W]
        pooled = torch.cat([x.mean(dim=1, keepdim=True), x.amax(dim=1, keepdim=True)], dim=1)
        return torch.sigmoid(self.conv(pooled))


class CBAM(nn.Module):
    def __init__(self, channels: int):
        super().__init__()
        self.channel = ChannelAttention(channels)
        self.spatial = SpatialAttention()

    def forward(self, x: Tensor) -> Tensor:
        x = x * self.channel(x)
        return x * self.spatial(x)


class Shortcut(nn.Module):
    def __init__(self, inputs: int, outputs: int, stride: int, config: ModelConfig):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False)
        self.norm = config.norm(outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(self.conv(x))


class ResBlock(nn.Module):
    """ReLU(CBAM(GN(Conv(ReLU(GN(Conv_s(x)))))) + shortcut(x)).

    With `modulation`, each norm is followed by h·(1 + γ) + β where [γ, β] is a linear map of z that starts at zero.
    """

    def __init__(
        self, inputs: int, outputs: int, stride: int, config: ModelConfig, modulation: bool = False,
        hidden: int | None = None,
    ):
        super().__init__()
        hidden = hidden or outputs
        self.conv1 = nn.Conv2d(inputs, hidden, 3, stride=stride, padding=1, bias=False)
        self.norm1 = config.norm(hidden)
        self.conv2 = nn.Conv2d(hidden, outputs, 3, padding=1, bias=False)
        self.norm2 = config.norm(outputs)
        self.cbam = CBAM(outputs)
        changes_shape = inputs != outputs or stride != 1
        self.shortcut = Shortcut(inputs, outputs, stride, config) if changes_shape else nn.Identity()
        self.modulation1 = zero_linear(config.latent_dim, 2 * hidden) if modulation else None
        self.modulation2 = zero_linear(config.latent_dim, 2 * outputs) if modulation else None

    def forward(self, x: Tensor, z: Tensor | None = None) -> Tensor:
        h = F.relu(modulate(self.norm1(self.conv1(x)), self.modulation1, z))
        h = modulate(self.norm2(self.conv2(h)), self.modulation2, z)
        return F.relu(self.cbam(h) + self.shortcut(x))


class FurtherBlocks(nn.ModuleList):
    """`further_blocks` residual blocks of `channels`; the last norm's scale is zero at first (Goyal et al., 2017)."""

    def __init__(self, channels: int, config: ModelConfig, modulation: bool = False):
        blocks = [ResBlock(channels, channels, 1, config, modulation, 2 * channels) for _ in range(config.further_blocks)]
        super().__init__(blocks)
        for block in blocks:
            nn.init.zeros_(block.norm2.weight)

    def forward(self, x: Tensor, z: Tensor | None = None) -> Tensor:
        for block in self:
            x = block(x, z)
        return x


def zero_linear(inputs: int, outputs: int) -> nn.Linear:
    linear = nn.Linear(inputs, outputs)
    nn.init.zeros_(linear.weight)
    nn.init.zeros_(linear.bias)
    return linear


def modulate(h: Tensor, linear: nn.Linear | None, z: Tensor | None) -> Tensor:
    if linear is None:
        return h
    gamma, beta = linear(z)[:, :, None, None].chunk(2, dim=1)  # 2 × [B, C, 1, 1]
    return h * (1 + gamma) + beta


# --------------------------------------------------------------------------------------------------------------------
# Encoder


class Stem(nn.Module):
    def __init__(self, config: ModelConfig):
        super().__init__()
        self.conv = nn.Conv2d(1, config.channels(64), 7, stride=2, padding=3, bias=False)
        self.norm = config.norm(config.channels(64))

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.norm(self.conv(x)))


class Encoder(nn.Module):
    def __init__(self, config: ModelConfig):
        super().__init__()
        self.stem = Stem(config)
        widths = [config.channels(n) for n in (64, 128, 256, 512)]
        self.stages = nn.ModuleList(ResBlock(a, b, 2, config) for a, b in zip(widths, widths[1:]))
        self.further = nn.ModuleList(FurtherBlocks(b, config) for b in widths[1:])

    def forward(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        """The ÷32 map, and the maps at ÷16, ÷8, ÷4, ÷2 in the order in which the decoder meets them."""
        half = self.stem(x)
        quarter = F.max_pool2d(half, 3, stride=2, padding=1)
        eighth = self.further[0](self.stages[0](quarter))
        sixteenth = self.further[1](self.stages[1](eighth))
        return self.further[2](self.stages[2](sixteenth)), [sixteenth, eighth, quarter, half]


def spatial_pyramid(x: Tensor) -> Tensor:
    """[B, C, h, w] -> [B, 21·C]: adaptive averages on 1×1, 2×2 and 4×4 grids, each flattened as [C, k, k]."""
    return torch.cat([F.adaptive_avg_pool2d(x, k).flatten(1) for k in (1, 2, 4)], dim=1)


class Heads(nn.Module):
    def __init__(self, inputs: int, latent_dim: int):
        super().__init__()
        self.mu = nn.Linear(inputs, latent_dim)
        self.logvar = nn.Linear(inputs, latent_dim)


# --------------------------------------------------------------------------------------------------------------------
# Decoder


class Decoder(nn.Module):
    STRIDES = (16, 8, 4, 2, 1)  # of the result of each stage
    GRID = 4  # the side of the grid that z is projected to, before it is stretched to ⌈H/32⌉ × ⌈W/32⌉

    def __init__(self, config: ModelConfig):
        super().__init__()
        self.config = config
        c = config.channels
        self.project = nn.Linear(config.latent_dim, c(512) * self.GRID**2)
        self.subpixel = config.upsampling == "subpixel"
        outputs = [c(256), c(128), c(128)] if self.subpixel else [c(256), c(128), c(64), c(32), c(32)]
        skips = [c(256), c(128), c(64), c(128) if self.subpixel else c(64), 0] if config.use_skip_connections else [0] * 5
        inputs = [c(512), *outputs[:-1]]
        extra = 4 if config.coordinates else 0
        self.stages = nn.ModuleList(
            ResBlock(i + s + extra, o, 1, config, modulation=config.modulation)
            for i, s, o in zip(inputs, skips, outputs)
        )
        self.further = nn.ModuleList(FurtherBlocks(o, config, config.modulation) for o in outputs)
        self.null_skips = nn.ParameterList(nn.Parameter(torch.zeros(1, s, 1, 1)) for s in skips if s)
        # Brings the skip at ÷2 to the cells at ÷4 that the sub-pixel convolution reads.
        self.fine_skip = nn.Conv2d(c(64), c(128), 3, stride=2, padding=1) if self.subpixel and skips[3] else None
        if self.subpixel:
            self.output = nn.Conv2d(outputs[-1] + skips[3], 16, 3, padding=1)
        else:
            self.output = nn.Conv2d(outputs[-1], 1, 3, padding=1)

    def forward(
        self, z: Tensor, size: tuple[int, int], skips: list[Tensor] | None = None, drop: Tensor | None = None
    ) -> Tensor:
        """Logits [B, 1, H, W] for `size` (H, W).

        Without `skips` every skip is its null map: that is decoding from the latent alone. `drop` [B] (bool) chooses
        the null maps for single images.
        """
        height, width = size
        x = self.project(z).unflatten(1, (-1, self.GRID, self.GRID))  # [B, C, 4, 4]
        x = F.interpolate(x, size=(divide(height, 32), divide(width, 32)), mode="bilinear", align_corners=False)
        for k, (stage, stride) in enumerate(zip(self.stages, self.STRIDES)):
            h, w = divide(height, stride), divide(width, stride)
            x = F.interpolate(x, scale_factor=2, mode="nearest")[:, :, :h, :w]
            parts = self.joined(x, skips, k, drop)
            if self.config.coordinates:
                parts.append(coordinates(size, stride, x).expand(len(z), -1, -1, -1))
            x = self.further[k](stage(torch.cat(parts, dim=1), z), z)
        x = self.output(torch.cat(self.joined(x, skips, len(self.stages), drop), dim=1))
        return F.pixel_shuffle(x, 4)[:, :, :height, :width] if self.subpixel else x

    def joined(self, x: Tensor, skips: list[Tensor] | None, k: int, drop: Tensor | None) -> list[Tensor]:
        """`x` and, where there is a skip, the encoder's map, the null map, or for each image one of the two."""
        if k >= len(self.null_skips):
            return [x]
        null = self.null_skips[k]
        if skips is None:
            return [x, null.expand(len(x), -1, *x.shape[-2:])]
        skip = self.fine_skip(skips[k]) if k == len(self.stages) else skips[k]
        return [x, skip if drop is None else torch.where(drop[:, None, None, None], null, skip)]


def divide(n: int, by: int) -> int:
    """n / by, rounded up."""
    return -(-n // by)


def coordinates(size: tuple[int, int], stride: int, like: Tensor) -> Tensor:
    """[1, 4, ⌈H/s⌉, ⌈W/s⌉]: 2x/W − 1, 2y/H − 1, y/W and (H − y)/W at the cell centres x = (j + ½)s, y = (i + ½)s.

    The first two say where in the page, the last two how far from its top and bottom in units of its width, which is
    what a header and a footer keep when pages grow taller.
    """
    height, width = size
    options = {"device": like.device, "dtype": like.dtype}
    y = (torch.arange(divide(height, stride), **options) + 0.5) * stride
    x = (torch.arange(divide(width, stride), **options) + 0.5) * stride
    y, x = torch.meshgrid(y, x, indexing="ij")
    return torch.stack([2 * x / width - 1, 2 * y / height - 1, y / width, (height - y) / width])[None]


# --------------------------------------------------------------------------------------------------------------------
# The model


@dataclass
class Output:
    logits: Tensor  # [B, 1, H, W]; x̂ = σ(logits)
    mu: Tensor  # [B, latent]
    logvar: Tensor  # [B, latent]

    @property
    def reconstruction(self) -> Tensor:
        return torch.sigmoid(self.logits)


class BetaVAE(nn.Module):
    """Initialisation is PyTorch's own for convolutions and linear maps (uniform ±1/√fan-in), except the zeros of the
    modulations, of the null maps and of the further blocks' last norms."""

    def __init__(self, config: ModelConfig):
        super().__init__()
        self.config = config
        self.encoder = Encoder(config)
        self.heads = Heads(21 * config.channels(512), config.latent_dim)
        self.decoder = Decoder(config)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, list[Tensor]]:
        features, skips = self.encoder(x)
        pyramid = spatial_pyramid(features)
        return self.heads.mu(pyramid), self.heads.logvar(pyramid), skips

    def forward(self, x: Tensor, eps: Tensor | None = None, drop: Tensor | None = None) -> Output:
        """`eps` [B, latent] is the noise of the sample; without it z = μ. `drop` [B]: see `Decoder.forward`."""
        mu, logvar, skips = self.encode(x)
        z = mu if eps is None else mu + torch.exp(0.5 * logvar) * eps
        logits = self.decoder(z, x.shape[-2:], skips if self.config.use_skip_connections else None, drop)
        return Output(logits, mu, logvar)


# --------------------------------------------------------------------------------------------------------------------
# Prior and loss. Every term is per image, [B], in fp32.


def archetype_means(count: int, latent_dim: int, distance: float, generator: torch.Generator) -> Tensor:
    """[K, latent]: m_y = (distance/√2)·Q_y with orthonormal rows Q, so that any two means are `distance` apart."""
    basis, _ = torch.linalg.qr(torch.randn(latent_dim, count, generator=generator, dtype=torch.float64))
    return (distance / math.sqrt(2) * basis.T).float()


def gaussian_kl(mu: Tensor, logvar: Tensor, mean: Tensor | float = 0.0, free_bits: float = 0.0) -> Tensor:
    """KL(N(μ, σ²) ‖ N(mean, I)) over the last dimension; each dimension counts at least `free_bits` nats."""
    per_dimension = 0.5 * (logvar.exp() + (mu - mean) ** 2 - logvar - 1)
    if free_bits > 0:
        per_dimension = per_dimension.clamp(min=free_bits)
    return per_dimension.sum(dim=-1)


def mixture_kl(mu: Tensor, logvar: Tensor, means: Tensor, free_bits: float = 0.0) -> Tensor:
    """The upper bound −log Σ_k (1/K)·exp(−KL(q ‖ p_k)) of the divergence to the equal-weight mixture."""
    each = gaussian_kl(mu[:, None], logvar[:, None], means, free_bits)  # [B, K]
    return math.log(len(means)) - torch.logsumexp(-each, dim=1)


def archetype_kl(mu: Tensor, logvar: Tensor, means: Tensor, labels: Tensor, free_bits: float = 0.0) -> Tensor:
    """To the own component of a labelled image, to the mixture of an unlabelled one (label −1)."""
    own = gaussian_kl(mu, logvar, means[labels.clamp(min=0)], free_bits)
    return torch.where(labels >= 0, own, mixture_kl(mu, logvar, means, free_bits))


def prior_pull(mu: Tensor, means: Tensor, labels: Tensor) -> Tensor:
    """‖P(μ − m_y)‖², P the projection on the span of the (orthogonal) means; 0 for unlabelled images."""
    basis = F.normalize(means, dim=1)
    pull = (((mu - means[labels.clamp(min=0)]) @ basis.T) ** 2).sum(dim=1)
    return torch.where(labels >= 0, pull, torch.zeros_like(pull))


def structural_dissimilarity(x: Tensor, y: Tensor) -> Tensor:
    """Σ (1 − SSIM) over Gaussian windows of 11×11 pixels, σ = 1.5, around all pixels; beyond the edges is white paper."""
    weights = torch.exp(-(torch.arange(-5, 6, dtype=x.dtype) ** 2) / (2 * 1.5**2))
    weights = (weights / weights.sum()).tolist()
    x, y = F.pad(x, (5, 5, 5, 5), value=1.0), F.pad(y, (5, 5, 5, 5), value=1.0)

    def mean(image: Tensor) -> Tensor:  # no convolution: autocast and TF32 would round the variances away
        for dim in (2, 3):
            length = image.shape[dim] - 10
            image = sum(weight * image.narrow(dim, k, length) for k, weight in enumerate(weights))
        return image

    mean_x, mean_y = mean(x), mean(y)
    variances = mean(x * x) - mean_x**2 + mean(y * y) - mean_y**2
    covariance = mean(x * y) - mean_x * mean_y
    similarity = (2 * mean_x * mean_y + 0.01**2) * (2 * covariance + 0.03**2)
    similarity = similarity / ((mean_x**2 + mean_y**2 + 0.01**2) * (variances + 0.03**2))
    return (1 - similarity).sum(dim=(1, 2, 3))


def pixel_loss(kind: str, logits: Tensor, target: Tensor, ssim_share: float = 0.0) -> Tensor:
    """The sum over the pixels of |x − x̂| ("l1") or of the binary cross-entropy ("bce"), a share of it 1 − SSIM."""
    if ssim_share > 0:
        dissimilarity = structural_dissimilarity(torch.sigmoid(logits), target)
        return ssim_share * dissimilarity + (1 - ssim_share) * pixel_loss(kind, logits, target)
    if kind == "l1":
        return (torch.sigmoid(logits) - target).abs().sum(dim=(1, 2, 3))
    if kind == "bce":
        return F.binary_cross_entropy_with_logits(logits, target, reduction="none").sum(dim=(1, 2, 3))
    raise ValueError(f"pixel loss {kind!r} is not one of l1, bce")


class VGGFeatures(nn.Module):
    """relu1_2, relu2_2, relu3_3 and relu4_3 of ImageNet's VGG16 (Simonyan & Zisserman, ICLR 2015), frozen.

    The weights keep torchvision's names, `features.N.weight`.
    """

    LAYERS = (0, 2, "relu1_2", "pool", 5, 7, "relu2_2", "pool", 10, 12, 14, "relu3_3", "pool", 17, 19, 21, "relu4_3")
    NAMES = tuple(step for step in LAYERS if isinstance(step, str) and step != "pool")

    def __init__(self, path: str):
        super().__init__()
        from safetensors.torch import load_file

        self.weights = {key: value.float() for key, value in load_file(path).items()}
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1))

    def _apply(self, function, recurse: bool = True):
        self.weights = {key: function(value) for key, value in self.weights.items()}
        return super()._apply(function, recurse)

    def forward(self, image: Tensor) -> list[Tensor]:
        x = (image.expand(-1, 3, -1, -1) - self.mean) / self.std
        features = []
        for step in self.LAYERS:
            if step == "pool":
                x = F.max_pool2d(x, 2)
            elif isinstance(step, str):
                features.append(x)
            else:
                weight, bias = self.weights[f"features.{step}.weight"], self.weights[f"features.{step}.bias"]
                x = F.relu(F.conv2d(x, weight, bias, padding=1))
        return features


def perceptual_loss(vgg: VGGFeatures, reconstruction: Tensor, target: Tensor) -> Tensor:
    """numel(x) · Σ_ℓ mean|φ_ℓ(x) − φ_ℓ(x̂)|."""
    with torch.no_grad():
        wanted = vgg(target)
    terms = [(a - b).abs().mean(dim=(1, 2, 3)) for a, b in zip(vgg(reconstruction), wanted)]
    return target[0].numel() * torch.stack(terms).sum(dim=0)


@dataclass
class Objective:
    pixel: str = "l1"
    ssim_share: float = 0.0  # how much of the pixel term is 1 − SSIM
    alpha: float = 0.0  # weight of the perceptual term
    beta: float = 1.0  # weight of the divergence
    prior_pull: float = 0.0
    free_bits: float = 0.0
    means: Tensor | None = None  # [K, latent]; None is the standard prior
    vgg: VGGFeatures | None = None

    def __call__(self, output: Output, target: Tensor, labels: Tensor | None = None) -> dict[str, Tensor]:
        """The terms, unweighted, and their weighted sum `total`; each [B]."""
        logits, mu, logvar, target = (t.float() for t in (output.logits, output.mu, output.logvar, target))
        terms = {"pixel": pixel_loss(self.pixel, logits, target, self.ssim_share)}
        if self.means is None:
            terms["kl"] = gaussian_kl(mu, logvar, free_bits=self.free_bits)
        else:
            terms["kl"] = archetype_kl(mu, logvar, self.means, labels, self.free_bits)
        total = terms["pixel"] + self.beta * terms["kl"]
        if self.vgg is not None:
            terms["perceptual"] = perceptual_loss(self.vgg, torch.sigmoid(logits), target)
            total = total + self.alpha * terms["perceptual"]
        if self.means is not None and self.prior_pull > 0:
            terms["prior_pull"] = prior_pull(mu, self.means, labels)
            total = total + self.prior_pull * terms["prior_pull"]
        return terms | {"total": total}


# --------------------------------------------------------------------------------------------------------------------
# Optimisation


def perceptual_weight(epoch: float, low: float = 0.01, high: float = 0.08, warmup: float = 30) -> float:
    """α(t)."""
    return low + (high - low) * min(1.0, epoch / warmup)


def kl_weight(epoch: float, maximum: float = 1.0, warmup: float = 20) -> float:
    """β(t)."""
    return maximum * min(1.0, epoch / warmup)


@dataclass
class Batch:
    """Images of one size. `input` is what the encoder sees, `target` what is to be drawn."""

    input: Tensor
    target: Tensor
    eps: Tensor
    drop: Tensor | None = None
    labels: Tensor | None = None


def training_step(
    model: BetaVAE,
    objective: Objective,
    optimizer: torch.optim.Optimizer,
    group: list[Batch],
    clip: float = 1.0,
    precision: torch.dtype = torch.float32,
) -> tuple[float, float]:
    """One step on the mean loss of the group's images; returns that loss and the gradient's norm before clipping.

    A batch of n images counts as accumulation over n: nothing in the model mixes images. `precision` is what
    convolutions and linear maps compute in; bfloat16 needs no gradient scaler.
    """
    count = sum(len(batch.input) for batch in group)
    optimizer.zero_grad()
    shares = []
    for batch in group:
        with torch.autocast(batch.input.device.type, precision, enabled=precision != torch.float32):
            output = model(batch.input, batch.eps, batch.drop)
            share = objective(output, batch.target, batch.labels)["total"].sum() / count
        share.backward()
        shares.append(share.detach())
    norm = nn.utils.clip_grad_norm_(model.parameters(), clip)
    optimizer.step()
    return sum(share.item() for share in shares), norm.item()

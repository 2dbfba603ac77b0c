"""What a layout decoder makes of two short pages: layout_decoder.safetensors."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from support import normal, save, seeded

# Kind, x, y, width, height, fill, stroke, line width, radius, font size, alignment, count: values of each.
VALUES = (1 + 44 * 35, 128, 512, 129, 513, 18, 18, 4, 9, 64, 3, 16)
KIND, X, Y, WIDTH, HEIGHT = range(5)
REACH, PREFIX, LATENT, D, LAYERS, HEADS = 128, 4, 6, 8, 2, 2


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(D), nn.LayerNorm(D)
        self.project, self.join = nn.Linear(D, 3 * D), nn.Linear(D, D)
        self.widen, self.narrow = nn.Linear(D, 4 * D), nn.Linear(4 * D, D)

    def forward(self, x: Tensor) -> Tensor:  # [length, D]
        length = len(x)
        q, k, v = (t.view(length, HEADS, -1).transpose(0, 1) for t in self.project(self.norm1(x)).split(D, 1))
        scores = q @ k.transpose(1, 2) / math.sqrt(D / HEADS)
        later = torch.ones(length, length, dtype=torch.bool).triu(1)
        seen = scores.masked_fill(later, -torch.inf).softmax(2) @ v
        x = x + self.join(seen.transpose(0, 1).reshape(length, D))
        return x + self.narrow(F.gelu(self.widen(self.norm2(x))))


def landmarks(attribute: int, other: list[int], part: list[int]) -> list[int]:
    """Near what an attribute of `part` may lie, given another part."""
    if attribute in (X, Y):
        return [other[attribute], other[attribute] + other[attribute + 2]]
    if attribute in (WIDTH, HEIGHT):
        length, offset = other[attribute], part[attribute - 2] - other[attribute - 2]
        return [length, length - offset, length - 2 * offset]
    return []


def container(page: list[list[int]]) -> list[int] | None:
    """What the last part lies in: the last one before it that contains it and all that came between them."""

    def contains(a: list[int], b: list[int]) -> bool:
        return all(a[i] <= b[i] and b[i] + b[i + 2] <= a[i] + a[i + 2] for i in (X, Y))

    chain = [part for i, part in enumerate(page[:-1]) if all(contains(part, later) for later in page[i + 1 :])]
    return chain[-1] if chain else None


class Head(nn.Module):
    def __init__(self, attribute: int):
        super().__init__()
        self.attribute = attribute
        self.norm, self.hidden = nn.LayerNorm(D), nn.Linear(D, D)
        self.absolute, self.values = nn.Linear(D, VALUES[attribute]), nn.Embedding(VALUES[attribute], D)
        marks = 4 * len(landmarks(attribute, [0] * 12, [0] * 12))
        if marks:
            self.relative = nn.Linear(D, marks * (2 * REACH + 1))

    def logits(self, state: Tensor, part: list[int], others: list[list[int] | None]) -> Tensor:
        h = F.gelu(self.hidden(self.norm(state)))
        logits = self.absolute(h)
        marks = len(landmarks(self.attribute, part, part))
        for index, other in enumerate(others):
            for number, place in enumerate(landmarks(self.attribute, other or [0] * 12, part)):
                if other is not None:
                    first = (index * marks + number) * (2 * REACH + 1)
                    distance = (torch.arange(VALUES[self.attribute]) - place).clamp(-REACH, REACH) + REACH
                    logits = logits + self.relative(h)[first + distance]
        return logits


class LayoutDecoder(nn.Module):
    def __init__(self, deviations: Tensor):
        super().__init__()
        self.deviations = deviations
        self.code_prefix, self.code_shift = nn.Linear(LATENT, PREFIX * D), nn.Linear(LATENT, D)
        self.heights, self.places = nn.Embedding(513, D), nn.Embedding(256, D)
        self.parts, self.edges = nn.Embedding(sum(VALUES), D), nn.Embedding(129 + 513, D)
        self.blocks, self.norm = nn.ModuleList(Block() for _ in range(LAYERS)), nn.LayerNorm(D)
        self.twins = nn.ModuleDict(
            {"parts": nn.Embedding(sum(VALUES), D), "norm": nn.LayerNorm(D), "linear": nn.Linear(D, D)}
        )
        self.heads = nn.ModuleList(Head(attribute) for attribute in range(len(VALUES)))

    @staticmethod
    def describe(table: nn.Embedding, part: list[int]) -> Tensor:
        return sum(table.weight[sum(VALUES[:i]) + value] for i, value in enumerate(part))

    def forward(self, z: Tensor, rows: int, page: list[list[int]]) -> Tensor:
        """−log p of each attribute over one page, [attributes]."""
        z = z / self.deviations
        x = [*self.code_prefix(z).view(PREFIX, D), self.heights.weight[rows]]
        for place, part in enumerate(page):
            edges = min(part[X] + part[WIDTH], 128), 129 + min(part[Y] + part[HEIGHT], 512)
            x.append(self.describe(self.parts, part) + self.edges.weight[list(edges)].sum(0) + self.places.weight[place])
        x = torch.stack(x) + self.code_shift(z)
        for block in self.blocks:
            x = block(x)
        states = self.norm(x)[PREFIX:]
        losses, latest, whole = torch.zeros(len(VALUES)), {}, [0, 0, 0, 128, rows] + [0] * 7
        for place, state in enumerate(states):
            part = page[place] if place < len(page) else [0] * 12
            last = page[place - 1] if 0 < place else None
            around = container(page[:place])
            twin = latest.get(part[KIND])
            for head in self.heads:
                if head.attribute == X and part[KIND] == 0:
                    break
                if head.attribute == X and twin is not None:
                    state = state + self.twins["linear"](self.twins["norm"](self.describe(self.twins["parts"], twin)))
                chance = head.logits(state, part, [whole, around, last, twin]).log_softmax(0)[part[head.attribute]]
                losses = losses - F.one_hot(torch.tensor(head.attribute), len(VALUES)) * chance
                state = state + head.values.weight[part[head.attribute]]
            latest[part[KIND]] = part
        return losses


def layout_decoder() -> dict:
    g = seeded(41)
    means = 12 * torch.eye(LATENT)[:3]
    deviations = (1 + means.var(0, unbiased=False)).sqrt()
    network = LayoutDecoder(deviations)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(0.3 * torch.randn(parameter.shape, generator=g))
    kinds = (40, 700, 41)
    pages = [
        [
            [kinds[int(torch.randint(3, (1,), generator=g))]]
            + [int(torch.randint(min(v, 140), (1,), generator=g)) for v in VALUES[1:]]
            for _ in range(length)
        ]
        for length in (7, 4)
    ]
    # A card with two things in it, of which the second has a container that it can be compared with.
    pages[0][1][X : HEIGHT + 1], pages[0][2][X : HEIGHT + 1] = [10, 20, 90, 100], [12, 30, 40, 8]
    pages[0][3][X : HEIGHT + 1] = [12, 44, 40, 9]
    rows, z = (224, 600), normal(g, 2, LATENT, scale=3.0).requires_grad_()
    losses = sum(network(z[i], min(rows[i], 512), pages[i]) for i in range(2))
    losses.sum().backward()
    tensors = {f"parameters.{name}": value for name, value in network.named_parameters()}
    tensors |= {f"grad.{name}": network.get_parameter(name).grad for name in (
        "code_prefix.weight", "blocks.0.project.weight", "twins.linear.weight", "heads.3.relative.weight", "norm.weight"
    )}  # fmt: skip
    tensors |= {"z": z, "grad_z": z.grad, "losses": losses, "means": means}
    tensors |= {f"page.{i}": torch.tensor(page) for i, page in enumerate(pages)}
    save("layout_decoder", tensors)
    return {"rows": list(rows)}

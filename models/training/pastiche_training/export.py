"""Exports a checkpoint for onnxruntime-web: network, style encoder and named styles.

    python -m pastiche_training.export --data DIR --checkpoint FILE --out models/

Writes `pastiche.onnx`, `style-encoder.onnx` and `styles.json`, all three with the id of the style
space that they belong to. With `--name` writes another network beside them, of the same space.
"""

from __future__ import annotations

import argparse
import copy
import json
import warnings
from pathlib import Path
from typing import TypeVar

import numpy as np
import onnx
import onnx.numpy_helper
import onnx.reference
import torch
from torch import Tensor, nn

from .ancestors import JohnsonNetwork
from .checkpoint import load_trained
from .data import STYLE_SIDE, named_styles
from .network import STYLE_DIM, PasticheNetwork, StyleEncoder
from .style_set import StyleSet, Title, read_style_set, write_style_set

Module = TypeVar("Module", bound=nn.Module)

OPSET = 18

# Constants of this many numbers are halved; below, a node more costs more than it saves.
HALVED_FROM = 1024

# What the name of a halved constant ends in.
HALVED = ".half"
TITLES = Path(__file__).parents[1] / "titles.json"


class FoldedStyleEncoder(nn.Module):
    """A StyleEncoder whose steps after the pooling (standardisation, projection and whitening,
    all affine) are folded into one affine map, in double precision."""

    def __init__(self, encoder: StyleEncoder) -> None:
        super().__init__()
        self.convolutions = encoder.convolutions
        whitening = encoder.whitening_matrix.double()
        pooled_mean, pooled_deviation = encoder.pooled_statistics()
        weight = encoder.project.weight.double() / pooled_deviation
        offset = encoder.project.bias - weight @ pooled_mean - encoder.whitening_mean
        self.affine = nn.Linear(weight.shape[1], whitening.shape[1])
        self.affine.weight.data = (whitening.T @ weight).float()
        self.affine.bias.data = (offset @ whitening).float()

    def forward(self, style_image: Tensor) -> Tensor:
        pooled = nn.functional.adaptive_avg_pool2d(self.convolutions(style_image), 1)
        vector: Tensor = self.affine(pooled.flatten(1))
        return vector


def export_onnx(
    module: nn.Module,
    inputs: dict[str, Tensor],
    output: str,
    dynamic: dict[str, dict[int, str]],
    style_space: str,
    file: Path,
) -> None:
    """Writes one self-contained graph with constants as initializers and the style space's id in
    its metadata. `dynamic` names the axes of inputs and output that may vary."""
    # The TorchScript exporter, although deprecated: its graph is the network's operators and
    # nothing else, and it needs no further package.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module.eval(), tuple(inputs.values()), file,
            input_names=list(inputs), output_names=[output],
            dynamic_axes=dynamic, opset_version=OPSET, dynamo=False,
        )  # fmt: skip
    model = onnx.load(file)
    constants_to_initializers(model.graph)
    fold_constants(model.graph)
    halve_constants(model.graph)
    canonical_order(model.graph)
    for node in model.graph.node:
        node.ClearField("doc_string")
    onnx.helper.set_model_props(model, {"style_space": style_space})
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, file)


def constants_to_initializers(graph: onnx.GraphProto) -> None:
    """Replaces Constant nodes by initializers, equal ones by the same, and drops the Identity
    nodes by which the exporter shares equal weights."""
    initializers = {tensor.name for tensor in graph.initializer}
    names: dict[bytes, str] = {}
    renamed: dict[str, str] = {}
    kept = []
    for node in graph.node:
        if node.op_type == "Constant":
            tensor = onnx.TensorProto()
            tensor.CopyFrom(node.attribute[0].t)
            tensor.ClearField("name")
            key = tensor.SerializeToString(deterministic=True)
            if key not in names:
                names[key] = tensor.name = node.output[0]
                graph.initializer.append(tensor)
            renamed[node.output[0]] = names[key]
        elif node.op_type == "Identity" and node.input[0] in initializers:
            renamed[node.output[0]] = node.input[0]
        else:
            kept.append(node)
    for node in kept:
        node.input[:] = [renamed.get(name, name) for name in node.input]
    del graph.node[:]
    graph.node.extend(kept)


def fold_constants(graph: onnx.GraphProto) -> None:
    """Computes the nodes that depend on initializers alone (the exporter works out the amounts of
    reflection padding in eight nodes each), shares equal results and drops unused initializers."""
    known = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
    shared: dict[bytes, str] = {}
    renamed: dict[str, str] = {}
    kept = []
    for node in graph.node:
        node.input[:] = [renamed.get(name, name) for name in node.input]
        names = [name for name in node.input if name]
        if not names or any(name not in known for name in names):
            kept.append(node)
            continue
        evaluator = onnx.reference.ReferenceEvaluator(node)
        results = evaluator.run(None, {name: known[name] for name in names})
        value = np.asarray(next(iter(results)))
        key = str((value.dtype, value.shape)).encode() + value.tobytes()
        known[node.output[0]] = value
        renamed[node.output[0]] = shared.setdefault(key, node.output[0])
    used = {name for node in kept for name in node.input}
    tensors = [onnx.numpy_helper.from_array(known[name], name) for name in known if name in used]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(kept)
    graph.initializer.extend(tensors)


def rounded(module: Module) -> Module:
    """A copy whose parameters are what its export makes of them."""
    copied = copy.deepcopy(module)
    for parameter in copied.parameters():
        if parameter.numel() >= HALVED_FROM:
            parameter.data = parameter.data.half().float()
    return copied


def halve_constants(graph: onnx.GraphProto) -> None:
    """Writes large constants as 16-bit floats, each with a Cast back to 32 bits in front of the
    graph: half of the file. Runtimes fold the casts when they load it, and calculate as before."""
    casts, tensors = [], []
    for tensor in graph.initializer:
        values = onnx.numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.size < HALVED_FROM:
            tensors.append(tensor)
            continue
        halved = tensor.name + HALVED
        tensors.append(onnx.numpy_helper.from_array(values.astype(np.float16), halved))
        casts.append(
            onnx.helper.make_node("Cast", [halved], [tensor.name], to=onnx.TensorProto.FLOAT)
        )
    nodes = [*casts, *graph.node]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(nodes)
    graph.initializer.extend(tensors)


def canonical_order(graph: onnx.GraphProto) -> None:
    """Gives the nodes the one order that follows from what the graph computes, whatever order they had:
    the casts of halved constants first; then every node after the nodes that it takes values from,
    those of its first input first, and the one that makes the output last. Constants are in the order
    in which nodes use them. What the output does not need is dropped."""
    makers = {output: node for node in graph.node for output in node.output}
    casts: list[onnx.NodeProto] = []
    nodes: list[onnx.NodeProto] = []
    placed: set[str] = set()

    def place(value: str) -> None:
        if value in placed or value not in makers:
            return
        node = makers[value]
        placed.update(node.output)
        for taken in node.input:
            place(taken)
        (casts if node.op_type == "Cast" else nodes).append(node)

    for output in graph.output:
        place(output.name)
    ordered = [*casts, *nodes]
    constants = {tensor.name: tensor for tensor in graph.initializer}
    used = dict.fromkeys(name for node in ordered for name in node.input if name in constants)
    tensors = [constants[name] for name in used]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(ordered)
    graph.initializer.extend(tensors)


def operators_of(graph: onnx.GraphProto) -> list[str]:
    """The types of the nodes but for the casts of halved constants, in their order."""
    return [node.op_type for node in graph.node if node.op_type != "Cast"]


def pastiche_operators(blocks: int, detail_blocks: int) -> list[str]:
    """Those of an exported PasticheNetwork: what the extension's own kernels know it by
    (src/engine/worker/kernels/form.ts)."""
    strided = ["Pad", "Conv", "Relu"]
    fusion = ["Conv", "Conv", "Mul", "Conv", "Add", "Relu"]
    norm = ["InstanceNormalization", "Conv", "Mul", "Conv", "Add"]

    def modulated(*extent: str) -> list[str]:
        return ["Conv", *extent, "Add", "Resize", "Mul", "Conv", "Add", "Resize", "Add"]

    def block(norm: list[str]) -> list[str]:
        return ["Pad", "Conv", *norm, "Relu", "Pad", "Conv", *norm, "Add"]

    # What a single style vector grows to a map by: the first that needs it makes it.
    first = ["Pad", "ConvTranspose", *modulated("Slice", "Mul"), "Relu"]
    second = ["Pad", "ConvTranspose", *modulated(), "Relu"]
    skip = ["Conv", "Add"] if detail_blocks else []
    detail = block(["InstanceNormalization", *modulated()])
    return [
        *strided * 3, *fusion, *block(norm) * blocks,
        *first, *skip, *detail * detail_blocks,
        *second, *skip, "Pad", "Conv", "DepthToSpace", "Sigmoid",
    ]  # fmt: skip


def export_network(network: nn.Module, style_space: str, file: Path) -> None:
    """content [1,3,H,W] and style [1,128,hs,ws] to pastiche [1,3,H,W]. H and W are multiples of
    8; hs = ws = 1 for a uniform mix, H/8 and W/8 for a map. A network of one style has no style
    input.

    Throws ValueError, and leaves no file, for a PasticheNetwork whose graph is another than the
    extension's kernels know: it would be painted by onnxruntime-web, in four times the time."""
    inputs = {"content": torch.rand(1, 3, 64, 72), "style": torch.randn(1, STYLE_DIM, 1, 1)}
    dynamic = {
        "content": {2: "H", 3: "W"},
        "style": {2: "hs", 3: "ws"},
        "pastiche": {2: "H", 3: "W"},
    }
    if isinstance(network, JohnsonNetwork):
        del inputs["style"], dynamic["style"]
    export_onnx(network, inputs, "pastiche", dynamic, style_space, file)
    if isinstance(network, PasticheNetwork):
        known = pastiche_operators(len(network.blocks), len(network.detail_blocks))
        if operators_of(onnx.load(file).graph) != known:
            file.unlink()
            raise ValueError("the network consists of other operators than the kernels know")


def exported_weights(file: Path) -> dict[str, Tensor]:
    """The weights of an exported PasticheNetwork by the names that they have in it. Batch
    normalisation is folded away in an export, so that of the reference architecture has lost
    some."""
    tensors = onnx.load(file).graph.initializer
    arrays = {t.name.removesuffix(HALVED): onnx.numpy_helper.to_array(t) for t in tensors}
    weights = {name: torch.from_numpy(array.astype(np.float32)) for name, array in arrays.items()}
    # Constants that an export adds are named by their path, with slashes.
    return {name: weight for name, weight in weights.items() if "/" not in name}


def export_encoder(encoder: FoldedStyleEncoder, style_space: str, file: Path) -> None:
    """style_image [1,3,H,W], at least 16 pixels a side, to style_vector [1,128]."""
    export_onnx(
        encoder,
        {"style_image": torch.rand(1, 3, 64, 72)},
        "style_vector",
        {"style_image": {2: "H", 3: "W"}},
        style_space,
        file,
    )


def significant(value: float) -> float:
    """Five significant decimals: a style vector in a third of the bytes."""
    return float(f"{value:.5g}")


@torch.no_grad()
def style_set(encoder: FoldedStyleEncoder, style_space: str, images: dict[str, Tensor]) -> StyleSet:
    """The contents of styles.json for style images [1,3,H,W] by id. Throws KeyError for a style
    without an entry in titles.json."""
    titles: dict[str, Title] = json.loads(TITLES.read_text("utf-8"))
    return {
        "format": 1,
        "styleSpace": style_space,
        "styleImageSide": STYLE_SIDE,
        "styles": [
            {"id": id, **titles[id], "vector": [significant(v) for v in encoder(image)[0].tolist()]}
            for id, image in images.items()
        ],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--name", help="of another network's file, beside those in --out")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    trained = load_trained(arguments.checkpoint)
    space = trained.style_space
    styles = arguments.out / "styles.json"
    if arguments.name:
        known = read_style_set(arguments.out)["styleSpace"] if styles.exists() else space
        if known != space:
            raise ValueError(f"{arguments.checkpoint} is of style space {space}, not {known}")
        files = [arguments.out / f"{arguments.name}.onnx"]
    else:
        encoder = rounded(FoldedStyleEncoder(trained.encoder))
        files = [arguments.out / name for name in ("pastiche.onnx", "style-encoder.onnx")]
        export_encoder(encoder, space, files[1])
        write_style_set(style_set(encoder, space, named_styles(arguments.data)), arguments.out)
        files.append(styles)
    export_network(trained.network, space, files[0])
    for file in files:
        print(f"{file}: {file.stat().st_size / 1e6:.2f} MB, style space {space}")


if __name__ == "__main__":
    main()

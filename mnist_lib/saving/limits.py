"""What a model file may ask for, found out before it is built: a small file can ask for all of a machine's memory.

Keras's own limits begin at 4 GB. These are generous to a model for MNIST, and small for a machine.
"""

import io
import json
import math
import shutil
import zipfile

BYTES = 10**9  # of the file, and of all that it holds
PACKED_BYTES = 10**8  # of what it holds compressed: Keras compresses nothing, a person may have
CONFIG_BYTES = 4 * 10**6  # of config.json, and of the archive's list of members
MEMBERS = 10_000  # of the archive; groups and data sets of the weights
CALLS = 20_000  # of layers, initializers and the like: 100 layers in a Sequential, thousands in a Functional
WEIGHTS = 50 * 10**6
VALUES = 10 * 10**6  # that a layer gives for one image
STEPS = 1000  # of a recurrent layer that is unrolled


class ModelFileError(ValueError):
    """A model file that cannot be used, or must not be."""


def look_through(path):
    """Read the config of a ``.keras`` file; raise ModelFileError if the file asks for too much. Needs no TensorFlow."""
    with _InSmallPieces(path) as file, zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        packed = [member for member in members if member.compress_type != zipfile.ZIP_STORED]
        if any(member.compress_type != zipfile.ZIP_DEFLATED for member in packed):
            raise ModelFileError("is packed in a way that Keras does not use.")
        _no_more("members", len(members), MEMBERS)
        _no_more("bytes in all", sum(member.file_size for member in members), BYTES)
        _no_more("bytes that are compressed", sum(member.file_size for member in packed), PACKED_BYTES)
        _no_more("bytes of config.json", archive.getinfo("config.json").file_size, CONFIG_BYTES)
        config, weights = json.loads(archive.read("config.json")), io.BytesIO()
        with archive.open("model.weights.h5") as member:
            shutil.copyfileobj(member, weights)
    _no_more("layers, initializers and the like", _calls(config), CALLS)
    _look_through_weights(weights)
    return config


class _InSmallPieces(io.FileIO):
    """A file whose list of members, which zipfile reads at once, is short."""

    def read(self, size=-1):
        _no_more("bytes for the list of its members", size, CONFIG_BYTES)
        return super().read(size)


def _no_more(what, count, limit):
    if count > limit:
        raise ModelFileError(
            f"asks for {count:,} {what}; {limit:,} are allowed. "
            "Load a larger model that you made yourself with keras.models.load_model."
        )


def _calls(node, owner=None):
    """How often Keras makes or calls something to build this: models in models, called twice each, grow fast."""
    if isinstance(node, list):
        return sum(map(_calls, node))
    if not isinstance(node, dict):
        return 0
    count = "class_name" in node
    for key, value in node.items():
        if key == "layers":
            for i, layer in enumerate(value):  # a Sequential is built anew with each layer
                times = len(value) - i if owner == "Sequential" else len(layer.get("inbound_nodes", ()))
                count += max(1, times) * _calls(layer)
            continue
        count += _calls(value, node.get("class_name"))
        numbers = value if isinstance(value, list) and key.endswith(("shape", "size")) else [value]
        if key not in ("seed", "shared_object_id"):
            _no_more(f'as "{key}"', math.prod(n for n in numbers if isinstance(n, int)), WEIGHTS)
    return count


def _look_through_weights(file):
    """Refuse weights that are not in the file, or more than it holds: links, fill values, chunks of nothing."""
    import h5py

    with h5py.File(file) as weights:
        groups, seen, total = [weights], 0, 0
        while groups:
            group = groups.pop()
            seen += len(group)
            _no_more("groups and data sets", seen, MEMBERS)
            for name in group:
                if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                    raise ModelFileError(f"has weights that are only a link to somewhere else: {name}.")
                item = group[name]
                if isinstance(item, h5py.Group):
                    groups.append(item)
                elif isinstance(item, h5py.Dataset):
                    total += item.nbytes
                    if item.external or item.is_virtual or item.dtype.hasobject or total > file.getbuffer().nbytes:
                        raise ModelFileError(
                            f"declares weights that it does not hold: {item.name} of shape {item.shape} and type "
                            f"{item.dtype}."
                        )


def try_out(config):
    """Build the model of a config without memory for its weights; raise ModelFileError if it is too large."""
    import keras
    from keras.src.backend.common.global_state import set_global_attribute  # has no public name

    parts = list(_dicts(config))
    unrolled = any(part.get("unroll") for part in parts)
    for part in parts:  # neither can be tried out like this, and neither changes a shape
        part.update({switch: False for switch in ("unroll", "stateful") if part.get(switch)})
    config["compile_config"] = None
    with keras.StatelessScope(initialize_variables=False):
        try:
            model = keras.saving.deserialize_keras_object(config, safe_mode=True)
        finally:  # else the next model that is built would make the weights of this one
            set_global_attribute("uninitialized_variables", [])
    if not isinstance(model, keras.Model) or not model.built:
        raise ModelFileError("holds no model, or one that was never called, so that it has no weights yet.")
    _no_more("weights", sum(math.prod(variable.shape) for variable in model.variables), WEIGHTS)
    graphs = [getattr(layer, "_functional", None) or layer for layer in model._flatten_layers()]
    nodes = [node for graph in graphs for part in getattr(graph, "operations", ()) for node in part._inbound_nodes]
    shapes = [[n or 1 for n in tensor.shape[1:]] for node in nodes for tensor in node.outputs]
    _no_more("values for one image after one layer", max(map(math.prod, shapes), default=0), VALUES)
    if unrolled:
        _no_more("steps of an unrolled layer", max(n for shape in shapes for n in shape), STEPS)


def _dicts(node):
    if isinstance(node, dict):
        yield node
        node = list(node.values())
    for item in node if isinstance(node, list) else ():
        yield from _dicts(item)

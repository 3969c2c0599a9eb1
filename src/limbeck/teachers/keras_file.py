"""Keras files, checked before Keras reads them: it looks up whatever class a file names, and some of them run code."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any, cast

__all__ = ["checked_keras"]

_ENTRIES = {"metadata.json", "config.json", "model.weights.h5"}
_MOST_CONFIG = 1 << 24
# Read one by one and found to do arithmetic on what they are given: no files, no functions, no vocabularies.
_LAYERS = """
    Activation ActivityRegularization Add AdditiveAttention AlphaDropout Attention Average AveragePooling1D
    AveragePooling2D AveragePooling3D BatchNormalization Bidirectional CategoryEncoding Concatenate Conv1D
    Conv1DTranspose Conv2D Conv2DTranspose Conv3D Conv3DTranspose Cropping1D Cropping2D Cropping3D Dense DepthwiseConv1D
    DepthwiseConv2D Dot Dropout ELU EinsumDense Embedding Flatten GRU GRUCell GaussianDropout GaussianNoise
    GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D GlobalMaxPooling1D GlobalMaxPooling2D
    GlobalMaxPooling3D GroupNormalization GroupQueryAttention Identity InputLayer LSTM LSTMCell LayerNormalization
    LeakyReLU Masking MaxPooling1D MaxPooling2D MaxPooling3D Maximum Minimum MultiHeadAttention Multiply Normalization
    PReLU Permute RMSNormalization RNN ReLU RepeatVector Rescaling Reshape SeparableConv1D SeparableConv2D SimpleRNN
    SimpleRNNCell Softmax SpatialDropout1D SpatialDropout2D SpatialDropout3D SpectralNormalization StackedRNNCells
    Subtract TimeDistributed UnitNormalization UpSampling1D UpSampling2D UpSampling3D ZeroPadding1D ZeroPadding2D
    ZeroPadding3D
"""
_INITIALIZERS = """
    Constant GlorotNormal GlorotUniform HeNormal HeUniform Identity LecunNormal LecunUniform Ones Orthogonal
    RandomNormal RandomUniform TruncatedNormal VarianceScaling Zeros
"""
_OPERATIONS = """
    Absolute Add Concatenate Divide Exp ExpandDims Log Matmul Max Maximum Mean Min Minimum Multiply Negative Power
    Reshape Sqrt Square Squeeze Stack Subtract Sum Tanh Transpose TrueDivide
"""
_CLASSES = {
    "keras": {"DTypePolicy", "Functional", "Model", "Sequential"},
    "keras.models": {"Functional", "Model", "Sequential"},
    "keras.src.models.functional": {"Functional"},
    "keras.src.models.sequential": {"Sequential"},
    "keras.layers": set(_LAYERS.split()),
    "keras.initializers": set(_INITIALIZERS.split()),
    "keras.regularizers": {"L1", "L1L2", "L2", "OrthogonalRegularizer"},
    "keras.constraints": {"MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm"},
    "keras.src.ops.numpy": set(_OPERATIONS.split()),
    "keras.src.ops.nn": {"Elu", "Gelu", "LeakyRelu", "LogSoftmax", "Relu", "Selu", "Sigmoid", "Silu", "Softmax"},
}
_MODELS = {"Functional", "Model", "Sequential"}


def checked_keras(data: bytes) -> tuple[str, bytes]:
    """Return the configuration and the weights of a model, when both hold nothing but layers and numbers.

    Parameters
    ----------
    data : bytes
        A `.keras` file.

    Raises
    ------
    ValueError
        The archive holds something else, a class that is not on the list of those that were read, or weights that
        lie elsewhere.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        if set(names) != _ENTRIES or len(names) != len(_ENTRIES):
            strange = sorted(set(names) - _ENTRIES) or sorted(names)
            raise ValueError(f"the entries {strange[:5]} in the archive, such as vocabularies")
        if archive.getinfo("model.weights.h5").compress_type != zipfile.ZIP_STORED:
            raise ValueError("compressed weights, which Keras does not write")
        config = archive.open("config.json").read(_MOST_CONFIG + 1)
        weights = archive.read("model.weights.h5")
    if len(config) > _MOST_CONFIG:
        raise ValueError("a configuration of more than 16 MiB")
    try:
        model = json.loads(config)
    except RecursionError:
        raise ValueError("values inside values, too deep") from None
    if not isinstance(model, dict) or cast("dict[str, Any]", model).get("class_name") not in _MODELS:
        raise ValueError("a configuration of no functional or sequential model")
    _check_classes(model)
    _check_weights(weights)
    return json.dumps(model), weights


def _check_classes(model: Any) -> None:
    """See that every class is on the list; take out how the model was trained, which is not needed."""
    waiting = [model]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting.extend(cast("list[Any]", value))
        if not isinstance(value, dict):
            continue
        part = cast("dict[str, Any]", value)
        if "class_name" in part:
            part.pop("compile_config", None)
            name, module = part["class_name"], part.get("module")
            if name != "__keras_tensor__":
                known = isinstance(name, str) and isinstance(module, str) and name in _CLASSES.get(module, ())
                if not known or part.get("registered_name") not in (None, name):
                    raise ValueError(f"the class `{module}.{name}`, which is not on the list of harmless ones")
        waiting.extend(part.values())


def _check_weights(weights: bytes) -> None:
    """See that a file of weights holds plain arrays of numbers, all of them inside it."""
    import h5py

    with h5py.File(io.BytesIO(weights), "r") as file:
        groups: list[Any] = [file]
        n_bytes = n_parts = 0
        while groups:
            group = groups.pop()
            for name in group:
                if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                    raise ValueError(f"a link out of the weights at `{name}`")
                part, n_parts = group[name], n_parts + 1
                # Links may run in circles: a file has no more parts than bytes.
                if n_parts > len(weights) // 16:
                    raise ValueError("weights in circles")
                if isinstance(part, h5py.Group):
                    groups.append(part)
                    continue
                plain = part.dtype.kind in "biuf" and not part.is_virtual and not part.external
                if not plain or part.id.get_create_plist().get_nfilters():
                    raise ValueError(f"weights at `{name}` that are no plain numbers")
                n_bytes += part.size * part.dtype.itemsize
        if n_bytes > len(weights):
            raise ValueError(f"{n_bytes} bytes of weights in a file of {len(weights)}")

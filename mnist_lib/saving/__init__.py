"""Keep a training (checkpoints) and a model (files that others can run). Imports ``runtime`` and ``numerics``."""

from mnist_lib.saving.checkpoints import CheckpointError, go_on, read_checkpoint, write_checkpoint
from mnist_lib.saving.model_files import ModelFileError, compiled, export, load_model, save_model

__all__ = [
    "CheckpointError",
    "ModelFileError",
    "compiled",
    "export",
    "go_on",
    "load_model",
    "read_checkpoint",
    "save_model",
    "write_checkpoint",
]

"""Fonts under free licences, whose letters the reader learns to refuse: downloaded for its training, not stored here.

They are packages of the package index, each with its hash; pip is asked for them.
"""

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from mnist_lib.handwriting import no_digits

# SIL Open Font License, or Apache License (Open Sans).
_PACKAGES = {
    "font-amatic-sc==0.0.4": "2db7342b0fc448ae8b9f64002b0998ccd0ed8f9307d0c823de8b95c53d01d11e",
    "font-caladea==0.0.2": "eab5b77f1da830226524f419d16d4bc4cb5b68d2de0f47ef83760a8b202e94bc",
    "font-fredoka-one==0.0.4": "f177fdb46dcb7be565a68ece3a7b353a92cf038554a037f57b6303f6a5478ff8",
    "font-hanken-grotesk==0.0.2": "7c3609e9bcdc2c9550b2a3baaed937eb7598fc1034e7df1ebcc4eb5489fa86f9",
    "font-intuitive==0.0.4": "344184f23f7fa1d3b8cee328f92d268dcf5e18d15e46ef979165863cb897924a",
    "font-source-sans-pro==0.0.1": "2250396f565a0fea35726e56059216d1d5d75071d64d075ebdfec183b4b85765",
    "font-source-serif-pro==0.0.1": "38dd9a8d8027d22aa8ef2d10d27d7c558701b32772ff9f3790f509577e91dca4",
    "ttf-opensans==2020.10.30": "2ce65f171eb60fc16c15b31fc714cc5735533acb43b0637e5cebb612e2a9ac9c",
}


def training_fonts(folder):
    """Return the fonts to learn from: matplotlib's for training, and those of the packages.

    Parameters
    ----------
    folder : path
        Where the packages' fonts are, or shall be.

    Returns
    -------
    list of Path
        In a fixed order.

    Raises
    ------
    RuntimeError
        If pip cannot get a package, or it is not the one that was named.
    """
    folder = Path(folder)
    if not folder.is_dir():
        with tempfile.TemporaryDirectory(dir=folder.parent) as part:
            _download(Path(part))
            (Path(part) / "fonts").rename(folder)
    found = [path for path in folder.iterdir() if path.suffix in (".ttf", ".otf")]
    stems = {path.stem: path for path in sorted(found)}  # the same font in two formats counts once
    return [*no_digits.fonts("training"), *(stems[stem] for stem in sorted(stems))]


def _download(part):
    wanted = part / "wanted.txt"
    wanted.write_text("".join(f"{name} --hash=sha256:{digest}\n" for name, digest in _PACKAGES.items()))
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--require-hashes",
        "--only-binary=:all:",
    ]
    done = subprocess.run([*command, "-r", str(wanted), "-d", str(part)], capture_output=True, text=True)
    if done.returncode:
        said = "\n".join(done.stderr.strip().splitlines()[-3:])
        raise RuntimeError(f"pip could not get the fonts to learn from. Is there a network? It said:\n{said}")
    (part / "fonts").mkdir()
    for package in part.glob("*.whl"):
        with zipfile.ZipFile(package) as archive:
            for member in archive.namelist():
                if member.endswith((".ttf", ".otf")):
                    (part / "fonts" / Path(member).name).write_bytes(archive.read(member))

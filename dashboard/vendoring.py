"""Bring the foreign files of the screens into the tree: ``python -m dashboard.vendoring``.

Needs npm, and only whoever changes a version or uses a new icon runs it; the result is committed,
so that installing and running need neither. A package whose digest is not the one below is
refused. Icons are those whose names templates and views mention.
"""

import base64
import hashlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import NamedTuple

_DASHBOARD = Path(__file__).parent
VENDOR = _DASHBOARD / "static" / "vendor"
SPRITE = VENDOR / "icons.svg"


class Package(NamedTuple):
    name: str
    version: str
    sha512: str
    files: dict[str, str]  # path in the package: name in our folder


HTMX = Package(
    "htmx.org",
    "4.0.1",  # exact: some mirrors' `latest` is another line
    "oF7JgXhDW9UXCy/k1ZYFUQgzu/rm19ORWPSPNL91vPluB2PB9+MV55tyQdH/w7o2EAbTYUG5SDW1R60mdkdqGg==",
    {"dist/htmx.min.js": "htmx-4.0.1.min.js", "LICENSE": "htmx.LICENSE"},
)
INTER = Package(
    "@fontsource-variable/inter",
    "5.3.0",
    "OupL48va4JNofb97w6NYeF9S7W/kHNKM0Er8Dem5nqi4jeOLrVJDoE8tZEpnMJmtkvNbB1EIPPwHcdkF6b1oUA==",
    {
        "files/inter-latin-wght-normal.woff2": "inter-5.3.0-latin.woff2",
        "LICENSE": "inter.LICENSE",
    },
)
LUCIDE = Package(
    "lucide-static",
    "1.62.0",
    "WBZA/m2PvkFpMGHDtsBck5P2A9G4ehLlYu4GwwICcmEm1BvYVgj00lCDxKRWLlbMlOibLaiwdQ88G5pHkSWgwA==",
    {"LICENSE": "lucide.LICENSE"},
)

_QUOTED = re.compile(r"""["']([a-z][a-z0-9]*(?:-[a-z0-9]+)*)["']""")
_SHAPES = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)


def main() -> None:
    VENDOR.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for package in (HTMX, INTER, LUCIDE):
            root = _unpack(package, Path(folder))
            for path, name in package.files.items():
                shutil.copyfile(root / path, VENDOR / name)
            if package is LUCIDE:
                SPRITE.write_text(_sprite(root / "icons"), encoding="utf-8")


def words() -> set[str]:
    """Every quoted word of templates and views: icon names are among them."""
    sources = [*(_DASHBOARD / "templates").rglob("*.html"), *_DASHBOARD.rglob("*.py")]
    return {word for path in sources for word in _QUOTED.findall(path.read_text("utf-8"))}


def _unpack(package: Package, folder: Path) -> Path:
    target = folder / package.name.replace("/", "-").lstrip("@")
    target.mkdir()
    command = ["npm", "pack", "--silent", f"{package.name}@{package.version}"]
    subprocess.run(command, cwd=target, check=True, stdout=subprocess.DEVNULL)
    archive = next(target.glob("*.tgz"))
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if digest != package.sha512:
        sys.exit(f"{package.name} {package.version} is not the package we know: {digest}")
    with tarfile.open(archive) as content:
        content.extractall(target, filter="data")
    return target / "package"


def _sprite(icons: Path) -> str:
    symbols = []
    for name in sorted(words()):
        drawing = icons / f"{name}.svg"
        if not drawing.is_file():
            continue
        found = _SHAPES.search(drawing.read_text("utf-8"))
        if found is None:
            sys.exit(f"icon {name} is not drawn as expected")
        shapes = " ".join(found[1].split()).replace("> <", "><")
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{shapes}</symbol>')
    head = '<svg xmlns="http://www.w3.org/2000/svg"><!-- Lucide 1.62.0, ISC: lucide.LICENSE -->'
    return "\n".join((head, *symbols, "</svg>", ""))


if __name__ == "__main__":
    main()

"""What a compiled kernel takes of a GPU, read from its machine code.

Triton brings the two programs that read NVIDIA's, cuobjdump and nvdisasm; AMD's is read as the assembler
text that it was made from. What cuobjdump calls LOCAL is 0 even where registers spill: the stack and the
loads and stores of local memory are what tells.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nlc.run.kernels.library import library
from nlc.run.kernels.targets import TENSOR_COLUMNS, Target


@dataclass(frozen=True)
class Resources:
    """Of one kernel for one target. Counts are of instructions as they stand in the code, not as they run."""

    registers: int
    """Of a thread; on AMD vector registers, the accumulators among them."""
    stack_bytes: int
    """Of a thread; what does not fit into registers lies there."""
    spills: int
    """Instructions that store to that stack or load from it (on AMD: registers that were spilled)."""
    shared_bytes: int
    shared_limit: int
    mma: int
    """Matrix products of any kind."""
    wgmma: int
    """Those of them by a whole warp group (sm_90)."""
    tcgen05: int
    """Those of them in tensor memory (sm_100)."""
    tmem_columns: int
    instructions: int
    loads: Mapping[str, int] = field(default_factory=dict[str, int])
    """From global memory, by bytes a thread; `tma` is a tile that a copy engine brings."""
    stores: Mapping[str, int] = field(default_factory=dict[str, int])
    atomics: int = 0
    accumulators: int = 0
    """AMD's registers for matrix products."""

    @property
    def problem(self) -> str:
        """Why it cannot run on the target, though it was compiled; empty if it can."""
        if self.shared_bytes > self.shared_limit:
            return f"{self.shared_bytes} bytes of shared memory, of {self.shared_limit} that there are"
        if self.tmem_columns > TENSOR_COLUMNS:
            return f"{self.tmem_columns} columns of tensor memory, of {TENSOR_COLUMNS} that there are"
        return ""


def measure(compiled: Any, target: Target) -> Resources:
    """The resources of Triton's compiled kernel."""
    shared, columns = int(compiled.metadata.shared), int(getattr(compiled.metadata, "tmem_size", None) or 0)
    if target.backend == "hip":
        return _amd(str(compiled.asm["amdgcn"]), shared, target)
    usage, code = _disassembled(compiled.asm["cubin"])
    return _nvidia(usage, code, shared, columns, target)


def _disassembled(cubin: bytes) -> tuple[str, str]:
    """What cuobjdump says of the use of resources, and the instructions."""
    tools = Path(library().__file__).parent / "backends" / "nvidia" / "bin"
    with tempfile.NamedTemporaryFile(suffix=".cubin") as file:
        file.write(cubin)
        file.flush()
        usage, code = (
            subprocess.run(
                [tools / tool, option, file.name], capture_output=True, text=True, check=True
            ).stdout
            for tool, option in (("cuobjdump", "--dump-resource-usage"), ("nvdisasm", "-c"))
        )
    return usage, code


SASS = re.compile(r"^\s*/\*[0-9a-f]{4,}\*/\s+(?:@!?U?P\w+\s+)?([A-Z][A-Z0-9_.]*)", re.MULTILINE)
"""An instruction of NVIDIA's: its place, perhaps a predicate, its name and modifiers."""
GROUP_MMA, TENSOR_MMA, WARP_MMA = (
    ("HGMMA", "QGMMA", "IGMMA"),
    ("UTCHMMA", "UTCQMMA", "UTCIMMA"),
    ("HMMA", "IMMA", "DMMA"),
)


def _nvidia(usage: str, code: str, shared: int, columns: int, target: Target) -> Resources:
    said = {name: int(value) for name, value in re.findall(r"\b(REG|STACK):(\d+)", usage)}
    names = Counter(SASS.findall(code))

    def count(*starts: str) -> int:
        return sum(number for name, number in names.items() if name.split(".")[0] in starts)

    return Resources(
        registers=said["REG"],
        stack_bytes=said["STACK"],
        spills=count("STL", "LDL"),
        shared_bytes=shared,
        shared_limit=target.shared_limit,
        mma=count(*GROUP_MMA, *TENSOR_MMA, *WARP_MMA),
        wgmma=count(*GROUP_MMA),
        tcgen05=count(*TENSOR_MMA),
        tmem_columns=columns,
        instructions=names.total(),
        loads=_widths(names, ("LDG", "LDGSTS", "LD"), ("UTMALDG", "UBLKCP")),
        stores=_widths(names, ("STG", "ST"), ("UTMASTG",)),
        atomics=count("ATOM", "ATOMG", "RED", "REDG"),
    )


def _widths(names: Mapping[str, int], plain: tuple[str, ...], tiles: tuple[str, ...]) -> dict[str, int]:
    """How often each width of access stands in the code; without a modifier it is four bytes."""
    found: Counter[str] = Counter()
    for name, number in names.items():
        operation, *modifiers = name.split(".")
        if operation in tiles:
            found["tma"] += number
        elif operation in plain:
            bits = next(
                (int(m.lstrip("US")) for m in modifiers if m.lstrip("US") in ("8", "16", "64", "128", "256")),
                32,
            )
            found[str(bits // 8)] += number
    return dict(sorted(found.items()))


GCN = re.compile(r"^\s+((?:v|s|ds|global|buffer|flat|scratch)_\w+)", re.MULTILINE)
"""An instruction of AMD's."""
GCN_BYTES = {
    "ubyte": 1, "sbyte": 1, "byte": 1, "ushort": 2, "sshort": 2, "short": 2,
    "dword": 4, "dwordx2": 8, "dwordx3": 12, "dwordx4": 16,
}  # fmt: skip


def _amd(text: str, shared: int, target: Target) -> Resources:
    names = Counter(GCN.findall(text))

    def said(name: str) -> int:
        found = re.search(rf"\.{name}:\s*(\d+)", text)
        return int(found[1]) if found else 0

    def count(start: str) -> int:
        return sum(number for name, number in names.items() if name.startswith(start))

    def widths(verb: str) -> dict[str, int]:
        found: Counter[str] = Counter()
        for name, number in names.items():
            if access := re.match(rf"(?:global|buffer|flat)_{verb}_([a-z]+?(?:x\d)?)(?:_|$)", name):
                found[str(GCN_BYTES[access[1]])] += number
        return dict(sorted(found.items()))

    return Resources(
        registers=said("vgpr_count"),
        stack_bytes=said("private_segment_fixed_size"),
        spills=said("vgpr_spill_count") + said("sgpr_spill_count"),
        shared_bytes=shared,
        shared_limit=target.shared_limit,
        mma=count("v_mfma") + count("v_smfmac"),
        wgmma=0,
        tcgen05=0,
        tmem_columns=0,
        instructions=names.total(),
        loads=widths("load"),
        stores=widths("store"),
        atomics=count("global_atomic") + count("buffer_atomic") + count("flat_atomic"),
        accumulators=said("agpr_count"),
    )

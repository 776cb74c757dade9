"""A blueprint as text: YAML of which a person needs to know only that lines indented further belong to the one above.

Every scalar is text; what it means is said by the part it stands in, so nobody is caught out by `no`, `on` or 1e3. A key that
nobody knows, one that stands twice and a value that does not fit are faults, each with its line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from bihuan.core.blueprint.part import PLACE, Address, Part, Row, Rows, parts
from bihuan.core.blueprint.present import place
from bihuan.core.errors import Refused

if TYPE_CHECKING:
    import yaml

#: The version of the form of the text, and the key it stands under.
FORMAT, FORMAT_KEY = "1", "blueprint"
#: What a text may say of itself: its name and what it is for, in three languages.
HEAD = ("name", "about")
#: The longest text that is read, in characters; a whole configuration has some twenty thousand.
LONGEST = 2_000_000
#: How deep names may stand below each other.
DEEPEST = 12
#: The character that says that nothing is there.
NOTHING = ("", "~", "null")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a line (0: in none), or in the row at an address, for which a command was refused."""

    line: int
    sentence: str
    address: Address = ()
    refusal: Refused | None = None

    def __str__(self) -> str:
        return (
            _("Line %(line)d: %(sentence)s") % {"line": self.line, "sentence": self.sentence}
            if self.line
            else self.sentence
        )


class Faulty(Refused):
    """A text that cannot be taken; `faults` in the order of their lines."""

    code = "faulty"

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = sorted(faults, key=lambda fault: fault.line)
        super().__init__(" ".join(map(str, self.faults)))


@dataclass
class Document:
    """A text that has been read: the rows of some sections, and the line at which each of them stands."""

    rows: Rows = field(default_factory=dict)
    sections: tuple[str, ...] = ()
    lines: dict[Address, int] = field(default_factory=dict)
    head: dict[str, tuple[str, ...]] = field(default_factory=dict)


@cache
def _yaml() -> ModuleType:
    """The library that reads and writes; imported with the first text, for most processes never meet one."""
    import yaml

    return yaml


# ---------------------------------------------------------------------- reading


def read(text: str) -> Document:
    """The rows of a text. Raises Faulty with everything that is wrong in it."""
    if len(text) > LONGEST:
        raise Faulty([Fault(0, _("A blueprint has at most %(limit)d characters.") % {"limit": LONGEST})])
    yaml = _yaml()
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        _check_shape(yaml, yaml.parse(text, Loader=loader))
        root = yaml.compose(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Faulty(
            [Fault(mark.line + 1 if mark else 0, _("This cannot be read: %(problem)s.") % {"problem": error.problem})]
        ) from None
    except yaml.YAMLError:
        raise Faulty([Fault(0, _("This is not a text that can be read."))]) from None
    return _Reader().document(root)


def _check_shape(yaml: ModuleType, events: Iterable[Any]) -> None:
    """Refuse what would make a small text large or deep: parts repeated by an alias, and nesting without end."""
    depth = 0
    for event in events:
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent):
            raise Faulty([Fault(event.start_mark.line + 1, _("A blueprint repeats nothing by “*”."))])
        if depth > DEEPEST:
            raise Faulty([Fault(event.start_mark.line + 1, _("This is nested too deeply."))])


class _Reader:
    """Walks the tree of a text along the patterns of the parts."""

    def __init__(self) -> None:
        self.found = Document()
        self.faults: list[Fault] = []

    def document(self, root: yaml.Node | None) -> Document:
        top = self.pairs(root) if root is not None else {}
        version = top.pop(FORMAT_KEY, None)
        if version is None or self.text(version[1]) != FORMAT:
            line = version[0].start_mark.line + 1 if version else 1
            self.faults.insert(
                0, Fault(line, _("A blueprint begins with “%(head)s”.") % {"head": f"{FORMAT_KEY}: {FORMAT}"})
            )
        for key, (head, node) in top.items():
            if key in HEAD:
                self.found.head[key] = (
                    tuple(map(str, self.plain(node))) if node.id == "sequence" else (self.text(node),)
                )
            else:
                self.step((), key, head, node)
        self.found.sections = tuple(key for key in top if key not in HEAD)
        if self.faults:
            raise Faulty(self.faults)
        place(self.found.rows)
        return self.found

    def step(self, above: Address, key: str, head: yaml.Node, node: yaml.Node) -> None:
        """One key below an address: a step of a pattern, or a whole row."""
        patterns = [
            part
            for part in parts()
            if self.leads(part, above) and part.at[len(above)] in (key, f"{{{part.at[len(above)][1:-1]}}}")
        ]
        if not patterns:
            self.fault(head, _("There is no “%(key)s” here.") % {"key": key})
            return
        for part in patterns:
            known = part.known.get(part.at[len(above)].strip("{}"))
            if known is not None and key not in known():
                self.fault(
                    head,
                    _("There is no “%(key)s”; there are: %(known)s.")
                    % {"key": key, "known": ", ".join(sorted(known()))},
                )
                return
        address = (*above, key)
        part = next((part for part in patterns if len(part.at) == len(address)), None)
        if part is not None:
            self.row(part, address, head, node)
        else:
            for name, (inner, below) in self.pairs(node).items():
                self.step(address, name, inner, below)

    @staticmethod
    def leads(part: Part, above: Address) -> bool:
        """Whether rows of a part stand below an address."""
        return len(part.at) > len(above) and all(
            step.startswith("{") or step == given for step, given in zip(part.at, above, strict=False)
        )

    def row(self, part: Part, address: Address, head: yaml.Node, node: yaml.Node) -> None:
        """A whole row, with the rows that hang on it."""
        below = {each.at[len(address)] for each in parts() if self.leads(each, address)}
        values = part.blank()
        self.found.lines[address] = head.start_mark.line + 1
        self.found.rows[address] = values
        given = {part.only: (head, node)} if part.only else self.pairs(node)
        for name, (inner, value) in given.items():
            if name in below:
                for key, (innermost, lower) in self.pairs(value).items():
                    self.step((*address, name), key, innermost, lower)
            elif name in part.fields:
                try:
                    values[name] = part.fields[name].takes(self.plain(value))
                except Refused as refusal:
                    self.fault(inner, refusal.sentence)
            else:
                known = ", ".join([*part.fields, *sorted(below)])
                self.fault(
                    inner, _("There is no “%(key)s” here; there are: %(known)s.") % {"key": name, "known": known}
                )

    def pairs(self, node: yaml.Node) -> dict[str, tuple[yaml.Node, yaml.Node]]:
        """The keys of a mapping, each with its own node and that of its value."""
        if node.id == "scalar" and node.value in NOTHING:
            return {}
        if node.id != "mapping":
            self.fault(node, _("Names with values are needed here."))
            return {}
        found: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for head, value in node.value:
            key = self.text(head)
            if key in found:
                self.fault(head, _("“%(key)s” stands here twice.") % {"key": key})
            elif not key:
                self.fault(head, _("A name is needed here."))
            found.setdefault(key, (head, value))
        return found

    def plain(self, node: yaml.Node) -> Any:
        """Texts, lists and mappings of a node."""
        if node.id == "mapping":
            return {key: self.plain(value) for key, (_head, value) in self.pairs(node).items()}
        if node.id == "sequence":
            return [self.plain(each) for each in node.value]
        return self.text(node)

    def text(self, node: yaml.Node) -> str:
        if node.id != "scalar":
            self.fault(node, _("One word or sentence is needed here."))
            return ""
        return "" if node.style is None and node.value in NOTHING else node.value

    def fault(self, node: yaml.Node, sentence: str) -> None:
        self.faults.append(Fault(node.start_mark.line + 1, sentence))


# ---------------------------------------------------------------------- writing


def write(rows: Rows, head: str = "") -> str:
    """The text of some rows: what is as it would be anyway is left out. `head` stands above as comments."""
    tree: dict[str, Any] = {FORMAT_KEY: int(FORMAT)}
    for part in parts():
        tree.setdefault(part.section, {})
    in_place = sorted(rows.items(), key=lambda pair: (len(pair[0]), pair[1].get(PLACE, 0)))  # what others hang on first
    for address, row in in_place:
        _put(tree, address, row)
    tree = {key: value for key, value in tree.items() if value}
    comments = "".join(f"# {line}\n" for line in head.splitlines())
    blocks = (_block({key: value}) for key, value in tree.items())
    return comments + "\n".join(blocks)


def _branch(tree: dict[str, Any], address: Address) -> dict[str, Any]:
    """The mapping in which an address ends."""
    for step in address[:-1]:
        tree = tree.setdefault(step, {})
    return tree


def _put(tree: dict[str, Any], address: Address, row: Row) -> None:
    part = next(each for each in parts() if each.fits(address))
    told = {name: value.written(row[name]) for name, value in part.fields.items() if row[name] != value.blank}
    _branch(tree, address)[address[-1]] = row[part.only] if part.only else told


def _block(tree: Mapping[str, Any]) -> str:
    yaml = _yaml()
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    return yaml.serialize(_node(tree), Dumper=dumper, allow_unicode=True, width=140, indent=2)


def _node(value: Any, depth: int = 0) -> yaml.Node:
    """A value as a node: lists, and rows on which nothing hangs, in one line; what holds rows in lines of its own."""
    if isinstance(value, Mapping):
        pairs = [(_scalar(key), _node(each, depth + 1)) for key, each in value.items()]
        return _yaml().MappingNode("tag:yaml.org,2002:map", pairs, flow_style=depth > 1 and _is_short(value))
    if isinstance(value, (list, tuple)):
        return _yaml().SequenceNode("tag:yaml.org,2002:seq", [_scalar(each) for each in value], flow_style=True)
    return _scalar(value)


def _is_short(value: Mapping[str, Any]) -> bool:
    return not any(isinstance(each, Mapping) for each in value.values())


def _scalar(value: Any) -> yaml.Node:
    return _yaml().ScalarNode(
        "tag:yaml.org,2002:str" if not isinstance(value, int) else "tag:yaml.org,2002:int", str(value)
    )

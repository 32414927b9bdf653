"""What the specs, ledgers and cases of every vendor must hold to. Each function returns its complaints; an empty list is a pass."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import combinations
from typing import Any

import yaml
from jsonschema import Draft4Validator, Draft202012Validator
from openapi_spec_validator import OpenAPIV30SpecValidator
from ownership_contracts.specs import Clause, Json, Ledger, Pick

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

# The keywords of an OpenAPI 3.0.3 schema that mean in JSON Schema Draft 4 what they mean there; example is a mere note.
ASSERTING = frozenset(
    {
        *("type", "enum", "format", "not", "allOf", "anyOf", "oneOf", "$ref"),
        *("multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum", "maxLength", "minLength", "pattern"),
        *("items", "maxItems", "minItems", "uniqueItems"),
        *("required", "properties", "additionalProperties", "maxProperties", "minProperties"),
    }
)
KEYWORDS = ASSERTING | {"title", "description", "default", "example"}

Spec = Mapping[str, Any]


# ---------------------------------------------------------------------------------------------------- reading


class NothingThereError(LookupError):
    """A JSON Pointer leads to nothing."""


def raw_at(document: Json, pointer: str) -> Json:
    """Return what stands at the pointer; a $ref on the way is followed where the next step is not beside it. NothingThereError."""
    node = document
    for step in pointer.split("/")[1:]:
        token = step.replace("~1", "/").replace("~0", "~")
        if isinstance(node, dict) and token not in node:
            node = dereferenced(document, node)
        if isinstance(node, dict) and token in node:
            node = node[token]
        elif isinstance(node, list) and token.isdigit() and int(token) < len(node):
            node = node[int(token)]
        else:
            raise NothingThereError(pointer)
    return node


def dereferenced(document: Json, node: Json) -> Json:
    """Return what a $ref of this document refers to, through any further $ref; any other node as it is."""
    while isinstance(node, dict) and isinstance(node.get("$ref"), str):
        node = raw_at(document, node["$ref"].removeprefix("#"))
    return node


def operations(spec: Spec) -> Iterator[tuple[str, Spec]]:
    """Yield where each operation stands, and the operation."""
    for path, item in spec["paths"].items():
        for method in METHODS:
            if method in item:
                yield f"{method.upper()} {path}", item[method]


def responses(spec: Spec) -> Iterator[tuple[str, Spec]]:
    """Yield where each response stands, those under components too, and the response with its $ref followed."""
    for place, operation in operations(spec):
        for status, response in operation["responses"].items():
            yield f"{place} {status}", dereferenced(spec, response)
    for name, response in spec.get("components", {}).get("responses", {}).items():
        yield f"components/responses/{name}", dereferenced(spec, response)


def media_types(spec: Spec) -> Iterator[tuple[str, Spec]]:
    """Yield where each media type of a response or request body stands, and its object."""
    bodies = [(f"{place} request", dereferenced(spec, op["requestBody"])) for place, op in operations(spec) if "requestBody" in op]
    for place, body in [*bodies, *responses(spec)]:
        for name, media in body.get("content", {}).items():
            yield f"{place} {name}", media


def schemas(node: Json, place: str = "") -> Iterator[tuple[str, Spec]]:
    """Yield where each schema object of an OpenAPI document stands, subschemas too, and the schema as written."""
    if isinstance(node, list):
        for index, value in enumerate(node):
            yield from schemas(value, f"{place}/{index}")
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == "schema":
                yield from subschemas(value, f"{place}/schema")
            elif key == "schemas" and place == "/components":
                for name, schema in value.items():
                    yield from subschemas(schema, f"{place}/schemas/{name}")
            elif key not in ("example", "examples"):
                yield from schemas(value, f"{place}/{key}")


def subschemas(schema: Spec, place: str) -> Iterator[tuple[str, Spec]]:
    """Yield the schema and every schema within it."""
    yield place, schema
    for key in ("not", "items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield from subschemas(schema[key], f"{place}/{key}")
    for key in ("allOf", "anyOf", "oneOf"):
        for index, part in enumerate(schema.get(key, ())):
            yield from subschemas(part, f"{place}/{key}/{index}")
    for name, part in schema.get("properties", {}).items():
        yield from subschemas(part, f"{place}/properties/{name}")


def with_refs_replaced(document: Json, node: Json) -> Json:
    """Return node with each $ref in it replaced by what it refers to. No schema of ours is recursive."""
    node = dereferenced(document, node)
    if isinstance(node, dict):
        return {key: with_refs_replaced(document, value) for key, value in node.items()}
    if isinstance(node, list):
        return [with_refs_replaced(document, value) for value in node]
    return node


# ---------------------------------------------------------------------------------------------------- the spec


def invalid_openapi(spec: dict[Any, Any]) -> list[str]:
    """A document that is not OpenAPI 3.0.3."""
    if spec.get("openapi") != "3.0.3":
        return [f"openapi is {spec.get('openapi')!r}, not 3.0.3"]
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message}" for error in OpenAPIV30SpecValidator(spec).iter_errors()]


def repeated_operation_ids(spec: Spec) -> list[str]:
    """An operation without an operationId, or with another's."""
    complaints, seen = [], dict[str, str]()
    for place, operation in operations(spec):
        name = operation.get("operationId", "")
        if not name:
            complaints.append(f"{place}: no operationId")
        elif name in seen:
            complaints.append(f"{place}: operationId {name} is also that of {seen[name]}")
        seen[name] = place
    return complaints


def misplaced_paths(spec: Spec) -> list[str]:
    """A path that stands before a more literal one which could match the same URL."""
    return [
        f"{later} must stand before {earlier}: both can match one URL, and it is the more literal"
        for earlier, later in combinations(spec["paths"], 2)
        if _overlap(earlier, later) and _literalness(later) > _literalness(earlier)
    ]


def _overlap(one: str, other: str) -> bool:
    ours, theirs = one.split("/"), other.split("/")
    return len(ours) == len(theirs) and all(map(_segments_overlap, ours, theirs))


def _segments_overlap(one: str, other: str) -> bool:
    ours, theirs = _literals(one), _literals(other)
    if len(ours) == 1:
        return _matches(other, one)
    if len(theirs) == 1:
        return _matches(one, other)
    # Two segments with parameters: what surrounds the parameters must agree as far as both go.
    heads = ours[0].startswith(theirs[0]) or theirs[0].startswith(ours[0])
    return heads and (ours[-1].endswith(theirs[-1]) or theirs[-1].endswith(ours[-1]))


def _matches(template: str, literal: str) -> bool:
    return re.fullmatch(".+".join(map(re.escape, _literals(template))), literal) is not None


def _literals(segment: str) -> list[str]:
    return re.split(r"\{[^{}]+\}", segment)


def _literalness(path: str) -> list[tuple[bool, int]]:
    """How literal each segment is, the first most significant: a whole one before one with a parameter, then by its letters."""
    return [(len(parts) == 1, sum(map(len, parts))) for parts in map(_literals, path.split("/"))]


def uncited_places(spec: Spec, clauses: Collection[str]) -> list[str]:
    """An operation or a response that names no clause, or one that the ledger lacks. A media type may name clauses of its own, and need not."""
    complaints = []
    graded = [(place, media) for place, media in media_types(spec) if "x-clause" in media]
    for place, node in [*operations(spec), *responses(spec), *graded]:
        cited = node.get("x-clause")
        if not isinstance(cited, list) or not cited:
            complaints.append(f"{place}: no x-clause")
            continue
        complaints += [f"{place}: the ledger has no clause {name}" for name in cited if name not in clauses]
        complaints += [f"{place}: clause {name} is named twice" for name in sorted({n for n in cited if cited.count(n) > 1})]
    return complaints


def unfit_examples(spec: Spec) -> list[str]:
    """A media type without a schema or an example, or an example that its schema does not allow; a schema's own example likewise."""
    complaints = []
    for place, media in media_types(spec):
        examples = [media["example"]] if "example" in media else []
        examples += [dereferenced(spec, example)["value"] for example in media.get("examples", {}).values()]
        if not examples:
            complaints.append(f"{place}: no example")
        if "schema" not in media:
            complaints.append(f"{place}: no schema")
            continue
        complaints += [f"{place}: {error}" for example in examples for error in _errors(spec, media["schema"], example)]
    for place, schema in schemas(spec):
        if "example" in schema:
            complaints += [f"{place}: {error}" for error in _errors(spec, schema, schema["example"])]
    return complaints


def _errors(spec: Spec, schema: Json, value: Json) -> list[str]:
    validator = Draft4Validator(with_refs_replaced(spec, schema))
    return [f"example at {error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def missing_protocol_error(spec: Spec) -> list[str]:
    """A spec that does not say what an answer outside its operations looks like."""
    shape = spec.get("components", {}).get("responses", {}).get("ProtocolError")
    if shape is None:
        return ["components/responses/ProtocolError: missing"]
    return [] if shape.get("content") else ["components/responses/ProtocolError: no content"]


def unshared_keywords(spec: Spec) -> list[str]:
    """A schema keyword that JSON Schema Draft 4 does not share, nullable among them."""
    return [
        f"{place}: {key} is not in the subset that Draft 4 shares"
        for place, schema in schemas(spec)
        for key in schema
        if key not in KEYWORDS and not key.startswith("x-")
    ]


def idle_rules(spec: Spec) -> list[str]:
    """An x-rule that names no keyword, or one that its schema does not have."""
    complaints = []
    for place, schema in schemas(spec):
        if schema.get("x-rule") == []:
            complaints.append(f"{place}: x-rule is empty")
        idle = [key for key in schema.get("x-rule", ()) if key not in ASSERTING or key not in schema]
        complaints += [f"{place}: x-rule names {key}, which is no keyword of this schema" for key in idle]
    return complaints


# ---------------------------------------------------------------------------------------------------- the ledger


def schema_errors(schema: Json, value: Json) -> list[str]:
    """What a JSON Schema (2020-12) does not allow."""
    return [f"{error.json_path}: {error.message}" for error in Draft202012Validator(schema).iter_errors(value)]


def unfounded_clauses(ledger: Ledger) -> list[str]:
    """A clause whose page is not listed, or whose grade its kind of page cannot give; a page that no clause is from."""
    complaints = []
    for clause in ledger.clauses.values():
        if clause.page not in ledger.pages:
            complaints.append(f"{clause.id}: there is no page {clause.page}")
        elif (clause.grade == "documented") != (ledger.pages[clause.page]["kind"] == "page"):
            complaints.append(f"{clause.id}: {clause.grade}, but from {clause.page}, of the kind {ledger.pages[clause.page]['kind']}")
    used = {clause.page for clause in ledger.clauses.values()}
    return complaints + [f"page {page}: no clause is from it" for page in ledger.pages if page not in used]


def unfit_picks(ledger: Ledger) -> list[str]:
    """An unspecified clause without a pick, another one with a pick, a default that the pick does not allow."""
    complaints = []
    for clause in ledger.clauses.values():
        if (clause.grade == "unspecified") != (clause.pick is not None):
            complaints.append(f"{clause.id}: {clause.grade}, {'without a' if clause.pick is None else 'with a'} pick")
        if clause.pick is not None:
            complaints += [f"{clause.id}: default: {error}" for error in value_errors(clause.pick, clause.pick.default)]
    return complaints


def value_errors(pick: Pick, value: Json) -> list[str]:
    """Why a pick cannot have this value."""
    if pick.options is None:
        return schema_errors(pick.values, value)
    return [] if isinstance(value, str) and value in pick.options else [f"{value!r} is none of {', '.join(pick.options)}"]


def unheld_readings(ledger: Ledger, spec: Spec) -> list[str]:
    """A clause shown by the spec whose pointers hold something else."""
    return [
        f"{clause.id}: at {row['at']}: {complaint}"
        for clause in ledger.clauses.values()
        if clause.shown_by == "spec"
        for row in clause.shown["spec"]
        for complaint in _unheld(spec, row)
    ]


def _unheld(spec: Spec, row: Mapping[str, Any]) -> list[str]:
    try:
        raw = raw_at(spec, row["at"])
    except NothingThereError:
        return [] if "absent" in row else ["nothing there"]
    found = dereferenced(spec, raw)
    if "absent" in row:
        return [f"{raw!r} stands there"]
    if "is" in row:
        return [] if _same(row["is"], raw) or _same(row["is"], found) else [f"{found!r} is not {row['is']!r}"]
    held = isinstance(found, str | list) and (not isinstance(found, str) or isinstance(row["contains"], str)) and row["contains"] in found
    return [] if held else [f"{found!r} does not contain {row['contains']!r}"]


def _same(one: Json, other: Json) -> bool:
    """Equality of JSON values: true is not 1."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def unshown_clauses(ledger: Ledger, cited: Collection[str]) -> list[str]:
    """A clause shown as case that no case cites; a reading whose clauses do not exist or are not shown as case."""
    complaints = [f"{c.id}: no case cites it" for c in ledger.clauses.values() if c.shown_by == "case" and c.id not in cited]
    for clause in ledger.clauses.values():
        for name in clause.shown["by"] if clause.shown_by == "reading" else ():
            if name not in ledger.clauses:
                complaints.append(f"{clause.id}: by: there is no clause {name}")
            elif ledger.clauses[name].shown_by != "case":
                complaints.append(f"{clause.id}: by: {name} is not shown as case")
    return complaints


def left_for_later(ledger: Ledger) -> set[str]:
    """The clauses that are not shown yet."""
    return {clause.id for clause in ledger.clauses.values() if clause.shown_by == "later"}


# ---------------------------------------------------------------------------------------------------- the cases


@dataclass(frozen=True)
class CaseFile:
    """One file of a vendor's cases."""

    name: str
    rows: list[dict[str, Any]]


def case_files(vendor: str) -> list[CaseFile]:
    """Return a vendor's files of cases, by name."""
    folder = files("ownership_contracts.contracts").joinpath(vendor, "cases")
    found = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".yaml")), key=lambda entry: entry.name)
    return [CaseFile(entry.name, yaml.safe_load(entry.read_text("utf-8"))) for entry in found]


def rows_of(case_files: Sequence[CaseFile]) -> list[dict[str, Any]]:
    """Return the rows of all the files."""
    return [row for file in case_files for row in file.rows]


def repeated_ids(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """An id that two rows have."""
    ids = [row["id"] for row in rows]
    return [f"{name}: two rows have this id" for name in sorted({name for name in ids if ids.count(name) > 1})]


def unknown_citations(rows: Sequence[Mapping[str, Any]], clauses: Collection[str]) -> list[str]:
    """A row that cites a clause which the ledger lacks."""
    return [f"{row['id']}: there is no clause {row['clause']}" for row in rows if row["clause"] not in clauses]


def unknown_calls(rows: Sequence[Mapping[str, Any]], spec: Spec) -> list[str]:
    """A call, in the row or in a step before or after it, that is no operation of the spec."""
    known = {operation.get("operationId") for _, operation in operations(spec)}
    return [
        f"{row['id']}: the spec has no operation {step['call']}"
        for row in rows
        for step in [*row.get("given", ()), row, *row.get("then", ())]
        if "call" in step and step["call"] not in known
    ]


def unfit_pick_blocks(rows: Sequence[Mapping[str, Any]], picks: Mapping[str, Pick]) -> list[str]:
    """An expectation under a pick that the ledger lacks, that leaves out one of its options, or that has one too many."""
    return [
        f"{row['id']}: {complaint}"
        for row in rows
        for _, expect in expectations(row)
        for name, block in expect.get("picks", {}).items()
        for complaint in _unfit_block(name, block, picks)
    ]


def _unfit_block(name: str, block: Mapping[str, Json], picks: Mapping[str, Pick]) -> list[str]:
    if name not in picks:
        return [f"there is no pick {name}"]
    options = _options(picks[name])
    if not options:
        return [f"pick {name} has no closed options to expect under"]
    complaints = [f"pick {name} has no option {key}" for key in block if key not in options]
    if _is_list(picks[name]):
        return complaints
    return complaints + [f"pick {name}: nothing is expected under {key}" for key in options if key not in block]


def _options(pick: Pick) -> list[str]:
    """Return what an expectation can tell apart: the options, true and false, or what the items of a list can be."""
    if pick.options is not None:
        return list(pick.options)
    values = pick.values or {}
    return ["false", "true"] if values.get("type") == "boolean" else list(values.get("items", {}).get("enum", ()))


def _is_list(pick: Pick) -> bool:
    """Whether the pick is a list, whose items an expectation may leave out where they do not apply."""
    return pick.values is not None and pick.values.get("type") == "array"


def expectations(row: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each expectation of a row and its steps, nested ones too, with its grade: own where none is named above it."""
    for step in [row, *row.get("then", ())]:
        if "expect" in step:
            yield from _nested("own", step["expect"])


def _nested(grade: str, expect: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield grade, expect
    for name in ("public", "unspecified"):
        if name in expect:
            yield from _nested(name, expect[name])
    for block in expect.get("picks", {}).values():
        for option in block.values():
            yield from _nested(grade, option)


def picks_above_their_grade(rows: Sequence[Mapping[str, Any]], clauses: Mapping[str, Clause]) -> list[str]:
    """An expectation under a pick that counts as documented or public: what a pick decides, nobody says."""
    return [
        f"{row['id']}: picks: {', '.join(expect['picks'])} where the expectation is {graded}"
        for row in rows
        if row["clause"] in clauses
        for grade, expect in expectations(row)
        if "picks" in expect and (graded := clauses[row["clause"]].grade if grade == "own" else grade) != "unspecified"
    ]


def unfit_settings(rows: Sequence[Mapping[str, Any]], picks: Mapping[str, Pick]) -> list[str]:
    """A row that needs a setting which is no pick, or a value which that pick cannot have."""
    complaints = []
    for row in rows:
        for name, value in row.get("needs", {}).get("settings", {}).items():
            if name not in picks:
                complaints.append(f"{row['id']}: settings: there is no pick {name}")
            else:
                complaints += [f"{row['id']}: settings.{name}: {error}" for error in value_errors(picks[name], value)]
    return complaints


def unfit_waits(rows: Sequence[Mapping[str, Any]], picks: Mapping[str, Pick]) -> list[str]:
    """A step that waits for something which is neither a pick that is a number nor kept by a step before it."""
    complaints = []
    for row in rows:
        kept: set[str] = set()
        for step in [*row.get("given", ()), row, *row.get("then", ())]:
            name = str(step.get("wait", "")).partition(" ")[0]
            numbers = {f"$pick.{pick.name}" for pick in picks.values() if (pick.values or {}).get("type") in ("integer", "number")}
            if name.startswith("$") and name not in kept | numbers:
                complaints.append(f"{row['id']}: it waits for {name}, which is neither a pick that is a number nor kept before")
            kept |= {f"${name}" for name in step.get("keep", {})}
    return complaints

"""Holds docs/openapi.yaml against what the API answers.

    openapi_test.py DOCUMENT ANSWERS ROUTES

ANSWERS and ROUTES are what `api_golden_test --answers FILE ROUTES` wrote: a request and its answer on each line, of every
case there is; a method and a path on each line, of all that the server answers.
Needs python3-yaml and python3-jsonschema.
"""

from __future__ import annotations

import json
import re
import sys
import unittest
from pathlib import Path
from typing import Any, Iterator, NamedTuple
from urllib.parse import unquote, urlsplit

import jsonschema
import yaml

DOCUMENT_PATH, ANSWERS_PATH, ROUTES_PATH = map(Path, sys.argv[1:4])

FORWARDING = (("get", ""), ("get", "/DeadLetters"), ("post", "/DeadLetters/Retry"), ("post", "/DeadLetters/Drop"),
              ("post", "/Queue/Drop"), ("post", "/Replay"))
# Answers that no case can bring about: they need a queue that is full, stored bytes that are damaged, or somebody to
# forward to.
UNSHOWN = {("get", "/v1/Workspaces/{WorkspaceSid}/Events", "503"),
           ("get", "/v1/Workspaces/{WorkspaceSid}/Events/{Sid}", "503"),
           *((method, "/admin/v1/Forwarding" + path, "200") for method, path in FORWARDING)}
# The case whose bodies are no JSON as a whole: Unknown=keep takes elements out of them.
NO_WHOLE_JSON = "intake_unknown_keep:"
METHODS = ("get", "post", "put", "patch", "delete", "options")


# ---- the document


class Loader(yaml.SafeLoader):
    """YAML as JSON has it: a date without quotes stays a text."""


Loader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}

DOCUMENT: dict[str, Any] = yaml.load(DOCUMENT_PATH.read_text(encoding="utf-8"), Loader)


def resolved(node: dict[str, Any]) -> dict[str, Any]:
    """`node`, or what its $ref points to."""
    while "$ref" in node:
        place: Any = DOCUMENT
        for name in node["$ref"].removeprefix("#/").split("/"):
            place = place[name.replace("~1", "/").replace("~0", "~")]
        node = place
    return node


def as_json_schema(schema: Any) -> Any:
    """A schema of OpenAPI 3.0 as one of JSON Schema: references resolved, `nullable` spelt out."""
    if isinstance(schema, list):
        return [as_json_schema(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    schema = resolved(schema)
    out = {key: as_json_schema(value) for key, value in schema.items() if key not in ("nullable", "example", "default")}
    if "properties" in schema:
        out["properties"] = {name: as_json_schema(each) for name, each in schema["properties"].items()}
    return {"anyOf": [out, {"type": "null"}]} if schema.get("nullable") is True else out


FORMATS = jsonschema.FormatChecker(formats=())
DATE = r"\d{4}-\d{2}-\d{2}"


@FORMATS.checks("date-time")
def is_date_time(value: Any) -> bool:
    return not isinstance(value, str) or bool(re.fullmatch(DATE + r"T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[-+]\d{2}:\d{2})", value))


@FORMATS.checks("date")
def is_date(value: Any) -> bool:
    return not isinstance(value, str) or bool(re.fullmatch(DATE, value))


@FORMATS.checks("uri")
def is_uri(value: Any) -> bool:
    if not isinstance(value, str):
        return True
    parts = urlsplit(value)
    return bool(parts.scheme and parts.netloc) and re.fullmatch(r"[!-~]+", value) is not None


@FORMATS.checks("int64")
def is_int64(value: Any) -> bool:
    return not isinstance(value, int) or -2**63 <= value < 2**63


def complaints(value: Any, schema: Any) -> list[str]:
    """What `schema`, of the document, has against `value`."""
    validator = jsonschema.Draft4Validator(as_json_schema(schema), format_checker=FORMATS)
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message}" for error in validator.iter_errors(value)]


class Operation(NamedTuple):
    method: str
    template: str
    body: dict[str, Any]


def operations() -> Iterator[Operation]:
    for template, item in DOCUMENT["paths"].items():
        for method in METHODS:
            if method in item:
                yield Operation(method, template, item[method])


def documented_responses() -> Iterator[tuple[str, str, str]]:
    for operation in operations():
        for status in operation.body["responses"]:
            if status != "default":
                yield operation.method, operation.template, status


# ---- the answers


class Answer(NamedTuple):
    case: str
    method: str
    path: str
    request_type: str
    request_body: str
    status: int
    headers: dict[str, str]
    body: str

    @property
    def name(self) -> str:
        return f"{self.case}: {self.method} {self.path}: {self.status}"


def read_answers() -> list[Answer]:
    out = []
    for line in ANSWERS_PATH.read_text(encoding="utf-8").splitlines():
        fields = json.loads(line)
        fields["headers"] = dict(fields["headers"])
        out.append(Answer(**fields))
    return out


ANSWERS = read_answers()


def template_of(path: str) -> str | None:
    """The path of the document that leads to `path`."""
    for template in DOCUMENT["paths"]:
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path):
            return template
    return None


def operation_of(answer: Answer) -> Operation | None:
    template = template_of(answer.path)
    body = DOCUMENT["paths"].get(template, {}).get(answer.method.lower())
    return None if body is None else Operation(answer.method.lower(), template or "", body)


def response_of(operation: Operation, status: int) -> dict[str, Any] | None:
    responses = operation.body["responses"]
    response = responses.get(str(status), responses.get("default"))
    return None if response is None else resolved(response)


# ---- the tests


class OpenapiTest(unittest.TestCase):
    def test_every_reference_leads_somewhere(self) -> None:
        def walk(node: Any) -> None:
            if isinstance(node, dict):
                if "$ref" in node:
                    resolved(node)
                for value in node.values():
                    walk(value)
            if isinstance(node, list):
                for value in node:
                    walk(value)

        walk(DOCUMENT)

    def test_every_schema_is_one(self) -> None:
        for name, schema in DOCUMENT["components"]["schemas"].items():
            with self.subTest(name):
                jsonschema.Draft4Validator.check_schema(as_json_schema(schema))

    def test_every_route_is_documented_and_every_operation_is_a_route(self) -> None:
        routes = {tuple(line.split(" ")) for line in ROUTES_PATH.read_text(encoding="utf-8").splitlines()}
        self.assertGreater(len(routes), 20)
        documented = {(operation.method.upper(), operation.template) for operation in operations()}
        # OPTIONS is answered on every path without a route of its own.
        self.assertEqual({path for method, path in documented if method == "OPTIONS"}, {path for _, path in routes})
        self.assertEqual({each for each in documented if each[0] != "OPTIONS"}, routes)

    def test_every_example_is_what_it_stands_for(self) -> None:
        for operation in operations():
            media = [(status, each) for status, response in operation.body["responses"].items()
                     for each in resolved(response).get("content", {}).values()]
            media += [("request", each) for kind, each in operation.body.get("requestBody", {}).get("content", {}).items()
                      if kind == "application/json"]
            for status, each in media:
                examples = [value["value"] for value in each.get("examples", {}).values()]
                examples += [each["example"]] if "example" in each else []
                for example in examples:
                    with self.subTest(f"{operation.method} {operation.template} {status}"):
                        self.assertEqual(complaints(example, each["schema"]), [])

    def test_every_answer_is_documented(self) -> None:
        self.assertTrue(ANSWERS)
        for answer in ANSWERS:
            with self.subTest(answer.name):
                operation = operation_of(answer)
                if operation is None:
                    self.check_refusal(answer)
                    continue
                response = response_of(operation, answer.status)
                assert response is not None, "this status is not documented"
                self.check_headers(answer, response)
                self.check_body(answer, response)

    def check_refusal(self, answer: Answer) -> None:
        """An answer to what is no operation."""
        self.assertEqual(answer.status, 404 if template_of(answer.path) is None else 405)
        self.assertEqual(complaints(json.loads(answer.body), {"$ref": "#/components/schemas/Error"}), [])

    def check_headers(self, answer: Answer, response: dict[str, Any]) -> None:
        documented = {name: resolved(header) for name, header in response.get("headers", {}).items()}
        for name, header in documented.items():
            if name not in answer.headers:
                self.assertFalse(header.get("required", False), f"{name} is missing")
                continue
            text = answer.headers[name]
            value = json.loads(text) if header["schema"]["type"] in ("integer", "boolean") else text
            self.assertEqual(complaints(value, header["schema"]), [], name)
        self.assertEqual(set(answer.headers) - set(documented) - {"Content-Type"}, set(), "headers nobody wrote down")

    def check_body(self, answer: Answer, response: dict[str, Any]) -> None:
        content = response.get("content")
        if content is None:
            self.assertEqual(answer.body, "")
            return
        kind = answer.headers["Content-Type"].split(";")[0]
        self.assertIn(kind, content)
        body = json.loads(answer.body) if kind == "application/json" else answer.body
        self.assertEqual(complaints(body, content[kind]["schema"]), [])

    def test_whatever_was_accepted_was_allowed(self) -> None:
        shown = False
        for answer in ANSWERS:
            operation = operation_of(answer)
            if operation is None or answer.status >= 300:
                continue
            with self.subTest(answer.name):
                self.check_path_parameters(answer, operation)
                is_whole = not answer.name.startswith(NO_WHOLE_JSON)
                if answer.request_type == "application/json" and is_whole:
                    shown = True
                    schema = operation.body["requestBody"]["content"]["application/json"]["schema"]
                    self.assertEqual(complaints(json.loads(answer.request_body), schema), [])
        self.assertTrue(shown)

    def check_path_parameters(self, answer: Answer, operation: Operation) -> None:
        # What an OPTIONS request names need not exist.
        if operation.method == "options":
            return
        values = re.fullmatch(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", operation.template), answer.path)
        assert values is not None
        parameters = DOCUMENT["paths"][operation.template].get("parameters", [])
        by_name = {resolved(each)["name"]: resolved(each) for each in parameters}
        self.assertEqual(set(by_name), set(values.groupdict()))
        for name, value in values.groupdict().items():
            self.assertEqual(complaints(unquote(value), by_name[name]["schema"]), [])

    def test_every_documented_answer_is_shown_by_a_case(self) -> None:
        shown = {(operation.method, operation.template, str(answer.status))
                 for answer in ANSWERS if (operation := operation_of(answer)) is not None}
        # OPTIONS is one and the same everywhere.
        wanted = {each for each in documented_responses() if each[0] != "options"} - UNSHOWN
        self.assertEqual(wanted - shown, set())
        self.assertIn("options", {method for method, _, _ in shown})

    def test_the_served_document_is_this_one(self) -> None:
        served = [answer.body for answer in ANSWERS if answer.path == "/openapi.yaml" and answer.status == 200]
        self.assertTrue(served)
        for text in served:
            self.assertEqual(text, DOCUMENT_PATH.read_text(encoding="utf-8"))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])

"""Validates reports: a JSON report against its schema, a JUnit report against Jenkins' schema.

    valid.py json SCHEMA REPORT...
    valid.py junit SCHEMA REPORT...

Prints `valid N` for N reports; what is wrong ends it with a traceback. junit-10.xsd is the schema of Jenkins' xUnit
plugin (MIT, its licence stands in it), as the source package of pytest brings it.
"""

import json
import sys

import jsonschema
import xmlschema


def main(kind, schema, *reports):
    if kind == "junit":
        validator = xmlschema.XMLSchema(schema)
        for report in reports:
            validator.validate(report)
    else:
        with open(schema, encoding="utf-8") as file:
            schema = json.load(file)
        jsonschema.Draft202012Validator.check_schema(schema)
        validator = jsonschema.Draft202012Validator(schema)
        for report in reports:
            with open(report, encoding="utf-8") as file:
                validator.validate(json.load(file))
    print("valid", len(reports))


main(*sys.argv[1:])

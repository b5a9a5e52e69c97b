"""The rows that stages exchange: Arrow schemas, documented field by field.

A record is a kind, a schema version and an Arrow schema. Ids are content hashes, so a row made twice is the same row.
Adding a nullable column keeps the version; anything else raises it.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa


@dataclass(frozen=True)
class Record:
    """One kind of row."""

    kind: str
    """The artifact kind that holds such rows."""
    version: int
    schema: pa.Schema


def _field(name: str, type: pa.DataType, doc: str, nullable: bool = False) -> pa.Field:
    return pa.field(name, type, nullable=nullable, metadata={"doc": doc})


_text, _names = pa.string(), pa.list_(pa.string())

EVIDENCE = pa.struct(
    [
        _field("message", _text, "as a compiler would word it"),
        _field("line", pa.int32(), "1-based line in prefix + completion + suffix"),
        _field("column", pa.int32(), "1-based column, in code points"),
        _field("candidates", _names, "nearest real names, best first"),
    ]
)

CONTEXT = Record(
    kind="contexts",
    version=1,
    schema=pa.schema(
        [
            _field("id", _text, "hash of repo, commit, path, span and text"),
            _field("repo", _text, "URL, distribution name or folder name"),
            _field("commit", _text, "git commit, `NAME==VERSION` of a distribution, or tree digest of a folder"),
            _field("path", _text, "path in the repository, with forward slashes"),
            _field("language", _text, "name of the language, lower case"),
            _field("license", _text, "SPDX identifier, or NOASSERTION"),
            _field("prefix", _text, "the file up to the hole, secrets redacted"),
            _field("golden", _text, "what the developer wrote in the hole"),
            _field("suffix", _text, "the file from the hole on, secrets redacted"),
            _field("span_kind", _text, "call, member, argument, import, statement, block or token"),
            _field("line", pa.int32(), "1-based line of the hole's start"),
            _field("symbols", _names, "names that the golden refers to, in order"),
            _field("eligible_types", _names, "hallucination types that could be made in this hole"),
        ]
    ),
)

CANDIDATE = Record(
    kind="candidates",
    version=1,
    schema=pa.schema(
        [
            _field("id", _text, "hash of context id, type and completion"),
            _field("context_id", _text, "the context it fills"),
            _field("type", _text, "import, method, parameter or undefinedvariable: what is made up in it"),
            _field("requested_type", _text, "the type that was asked for"),
            _field("generator", _text, "panel member that wrote it"),
            _field("family", _text, "model family of the generator, or `mutation`"),
            _field("completion", _text, "the wrong completion"),
            _field("symbol", _text, "the invented symbol"),
            _field("verdict", _text, "static verdict: hallucinated or unknown"),
            _field("basis", _text, "resolved or closed_world, where hallucinated", nullable=True),
            _field("evidence", EVIDENCE, "what the verdict rests on", nullable=True),
            _field("attempt", pa.int32(), "0 for the member first asked, 1 for the next"),
            _field("prompt_tokens", pa.int32(), "of the call that wrote it"),
            _field("completion_tokens", pa.int32(), "of the call that wrote it"),
        ]
    ),
)

JUDGMENT = Record(
    kind="judgments",
    version=1,
    schema=pa.schema(
        [
            _field("id", _text, "hash of candidate id and judge"),
            _field("candidate_id", _text, "the candidate judged"),
            _field("judge", _text, "panel member; null where no judge is independent of the generator", nullable=True),
            _field("family", _text, "model family of the judge", nullable=True),
            _field("fooled", pa.bool_(), "the judge took the negative for right; null if undecided", nullable=True),
            _field(
                "probability", pa.float64(), "the judge's own probability that the negative is right", nullable=True
            ),
            _field("control_passed", pa.bool_(), "the judge took the golden for right", nullable=True),
            _field("num_questions", pa.int32(), "questions asked about the negative that got a readable answer"),
            _field("num_fooled", pa.int32(), "of these, answers that took it for right"),
            _field("num_controls", pa.int32(), "questions asked about the golden that got a readable answer"),
            _field("num_controls_passed", pa.int32(), "of these, answers that took it for right"),
            _field("num_parse_failures", pa.int32(), "answers that could not be read; never counted as not fooled"),
            _field("fool_rate", pa.float64(), "the candidate's posterior mean over all its judges", nullable=True),
            _field("fool_rate_low", pa.float64(), "5 % quantile of the posterior", nullable=True),
            _field("fool_rate_high", pa.float64(), "95 % quantile of the posterior", nullable=True),
        ]
    ),
)

PAIR = Record(
    kind="pairs",
    version=1,
    schema=pa.schema(
        [
            _field("id", _text, "hash of context id, type and both completions"),
            _field("context_id", _text, "lineage: the context"),
            _field("candidate_id", _text, "lineage: the candidate"),
            _field("language", _text, "name of the language, lower case"),
            _field("file_path", _text, "path in the repository"),
            _field("hallucination_type", _text, "import, method, parameter or undefinedvariable"),
            _field("prompt", _text, "the file up to the hole"),
            _field("suffix", _text, "the file from the hole on"),
            _field("golden_completion", _text, "what the developer wrote"),
            _field("hallucinated_completion", _text, "the hard negative"),
            _field("error_message", _text, "evidence of the static verdict; empty where unknown"),
            _field("license", _text, "SPDX identifier"),
            _field("repo_url", _text, "where the code came from"),
            _field("commit", _text, "which state of it"),
            _field("line", pa.int32(), "1-based line of the hole's start"),
            _field("span_kind", _text, "the syntax that the hole covers"),
            _field("symbol", _text, "the invented symbol"),
            _field("verdict", _text, "hallucinated or unknown"),
            _field("basis", _text, "resolved or closed_world, where hallucinated", nullable=True),
            _field("generator", _text, "panel member that wrote the negative"),
            _field("family", _text, "model family of the generator, or `mutation`"),
            _field("fool_rate", pa.float64(), "posterior mean; null where nobody independent judged", nullable=True),
            _field("fool_rate_low", pa.float64(), "5 % quantile", nullable=True),
            _field("fool_rate_high", pa.float64(), "95 % quantile", nullable=True),
            _field("split", _text, "train, validation or test; a repository is in one of them"),
        ]
    ),
)

PREDICTION = Record(
    kind="report",
    version=1,
    schema=pa.schema(
        [
            _field("id", _text, "hash of benchmark, row and model"),
            _field("benchmark", _text, "heldout, or the benchmark's name"),
            _field("row_id", _text, "id of the benchmark's row"),
            _field("context_id", _text, "rows of one context are one cluster"),
            _field("repo", _text, "rows of one repository are one cluster"),
            _field("language", _text, "name of the language"),
            _field("hallucination_type", _text, "import, method, parameter or undefinedvariable"),
            _field("model", _text, "`base`, or the model artifact's reference"),
            _field("completion", _text, "what the model wrote"),
            _field("exact_match", pa.bool_(), "Delulu's exact match"),
            _field("edit_similarity", pa.float64(), "Delulu's edit similarity to the golden, 0 to 1"),
            _field(
                "hallucination_aligned",
                pa.float64(),
                "1 nearer the negative, 0 nearer the golden, 0.5 tie",
                nullable=True,
            ),
            _field("verdict", _text, "static verdict on the completion; null where not checked", nullable=True),
            _field("symbol", _text, "the name that does not resolve", nullable=True),
        ]
    ),
)

MODEL = Record(
    kind="model",
    version=1,
    schema=pa.schema(
        [
            _field("id", _text, "hash of the training key and the step"),
            _field("step", pa.int32(), "optimizer steps done"),
            _field("epoch", pa.float64(), "epochs done"),
            _field("loss", pa.float64(), "mean training loss since the last row"),
            _field("learning_rate", pa.float64(), "at this step"),
            _field("num_tokens", pa.int64(), "tokens seen so far"),
        ]
    ),
)

RECORDS = {record.kind: record for record in (CONTEXT, CANDIDATE, JUDGMENT, PAIR, PREDICTION, MODEL)}

"""The training process: `python -m solulu.trainer.worker --checkpoints checkpoints/KEY --scratch FOLDER`.

It knows the store and no job table. Everything that decides a bit of the weights is fixed (order of the rows, random
states, threads, precision) or restored from the last checkpoint, so a process that was killed at any point leads to the
same weights as one that was not.
"""

from __future__ import annotations

import argparse
import logging
import math
import os
import shutil
import signal
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from peft import LoraConfig
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    PrinterCallback,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
)
from transformers.utils import logging as transformers_logging
from trl import SFTConfig

from solulu.core import rules
from solulu.core.artifacts import open_artifact
from solulu.core.digests import canonical_json, row_id
from solulu.core.errors import InvalidArgument, JobError, SoluluError, Transient
from solulu.core.settings import Settings, load
from solulu.core.store import Store, open_store
from solulu.core.store.retrying import RetryingStore
from solulu.llm import models
from solulu.llm.templates import Template
from solulu.trainer.batches import num_optimizer_steps, rows_at_once_on_cpu
from solulu.trainer.checkpoints import Checkpoints
from solulu.trainer.examples import Example, encode_rows
from solulu.trainer.launch import FAILED, MAY_PASS
from solulu.trainer.loss import WeightedTrainer, collate
from solulu.v1.trainer_pb2 import TUNING_LORA, TrainSpec

_SECONDS_BETWEEN_EVENTS = 1.0
_WEIGHTS = ("*.safetensors", "*.bin", "*.index.json")

log = logging.getLogger("solulu.trainer")


def main() -> None:
    """Trains, or ends with an exit code of solulu.trainer.launch and the reason as the last line of the log."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoints", required=True)
    parser.add_argument("--scratch", type=Path, required=True)
    arguments = parser.parse_args()
    # The first process of a container is not ended by SIGTERM unless it says so; checkpoints are in the store.
    signal.signal(signal.SIGTERM, lambda number, _: os._exit(128 + number))
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    try:
        settings = load()
        impatient = open_store(settings)
        store = RetryingStore(impatient, settings.store_patience_seconds)
        train(settings, store, Checkpoints(store, arguments.checkpoints, impatient), arguments.scratch)
    except SoluluError as error:
        sys.stderr.write(" ".join(str(error).split()) + "\n")
        sys.exit(MAY_PASS if isinstance(error, Transient) else FAILED)


def train(settings: Settings, store: Store, checkpoints: Checkpoints, scratch: Path) -> None:
    """Trains on the inputs under `checkpoints`, from the newest checkpoint there, and writes the result."""
    torch.set_num_threads(settings.threads)
    torch.use_deterministic_algorithms(True, warn_only=True)
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # transformers has few types
    job, table = checkpoints.inputs()
    spec = rules.parse_json(job["spec"], TrainSpec, "spec")
    base = _base_folder(spec, job["model"], settings, store, scratch)
    tokenizer = AutoTokenizer.from_pretrained(base)
    template = Template(tokenizer)
    examples, drops = encode_rows(table.to_pylist(), template, spec)
    if not examples:
        raise JobError(
            f"none of {len(drops)} training rows fits max_length {spec.max_length}; raise it, or train on other pairs"
        )
    trainer = _trainer(spec, base, tokenizer, examples, checkpoints, scratch)
    last = checkpoints.restore(scratch / "restored")
    log.info("%s on %d rows, %s", base, len(examples), f"from {last.name}" if last else "from the start")
    trainer.train(resume_from_checkpoint=str(last) if last else None)
    curve = _loss_curve(job["key"], trainer.state)
    about = {
        "base_model": job["model"] or spec.base_model,
        "template": {"family": template.layout.family, "orders": list(template.orders)},
        "spec": job["spec"],
        "num_examples": len(examples),
        "num_dropped": len(drops),
        "loss_curve": curve,
    }
    _write_model(trainer, base, scratch / "model", about)
    checkpoints.put_result(
        scratch / "model",
        {"rows": curve, "drops": [{"row_id": d.row_id, "reason": d.reason, "detail": d.detail} for d in drops]},
    )


def _base_folder(spec: TrainSpec, model: str, settings: Settings, store: Store, scratch: Path) -> Path:
    if not model:
        try:
            return models.weights_folder(spec.base_model, settings)
        except InvalidArgument as error:
            raise JobError(str(error)) from error
    folder = scratch / "base"
    open_artifact(store, model).download(folder)
    return folder


def _trainer(
    spec: TrainSpec, base: Path, tokenizer: Any, examples: list[Example], checkpoints: Checkpoints, scratch: Path
) -> WeightedTrainer:
    num_steps = num_optimizer_steps(spec, len(examples))
    on_gpu = torch.cuda.is_available()
    longest = max(len(example.input_ids) for example in examples)
    rows_at_once = spec.batch_size if on_gpu else rows_at_once_on_cpu(spec.batch_size, longest)
    arguments = SFTConfig(
        output_dir=str(scratch / "checkpoints"),
        max_steps=num_steps,
        per_device_train_batch_size=rows_at_once,
        gradient_accumulation_steps=spec.gradient_accumulation_steps * (spec.batch_size // rows_at_once),
        learning_rate=spec.learning_rate,
        lr_scheduler_type="linear",
        warmup_steps=int(round(spec.warmup_ratio, 6) * num_steps),
        optim="adamw_torch",
        seed=spec.seed % 2**32,
        bf16=on_gpu,
        use_cpu=not on_gpu,
        gradient_checkpointing=False,
        max_length=None,
        remove_unused_columns=False,
        dataset_kwargs={"skip_prepare_dataset": True},
        save_strategy="steps",
        save_steps=spec.save_steps,
        save_total_limit=1,
        logging_strategy="steps",
        logging_steps=1,  # what is logged is then complete at each checkpoint, so a resumed curve has no seam
        logging_nan_inf_filter=False,
        include_num_input_tokens_seen="non_padding",
        dataloader_pin_memory=False,
        disable_tqdm=True,
        report_to="none",
    )
    lora = LoraConfig(
        r=spec.lora_rank,
        lora_alpha=spec.lora_alpha,
        lora_dropout=0.0,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )
    model: Any = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    pad_id = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id
    trainer = WeightedTrainer(
        model=model,
        args=arguments,
        data_collator=partial(collate, pad_id=pad_id),
        train_dataset=Dataset.from_list([vars(example) for example in examples]),
        processing_class=tokenizer,
        peft_config=lora if spec.tuning == TUNING_LORA else None,
        callbacks=[_Reporting(checkpoints)],
    )
    trainer.remove_callback(PrinterCallback)
    return trainer


class _Reporting(TrainerCallback):
    """Publishes progress and checkpoints as they come."""

    def __init__(self, checkpoints: Checkpoints) -> None:
        self._checkpoints = checkpoints
        self._last: tuple[float, int] | None = None

    def on_step_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Speed counts from the first step of this process."""
        self._last = self._last or (time.monotonic(), state.num_input_tokens_seen)

    def on_log(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """An event a second, and one at the end. Raises JobError where the loss is no number."""
        entry = state.log_history[-1]
        if "loss" not in entry:
            return
        if not math.isfinite(entry["loss"]):
            rate = f"learning_rate (now {args.learning_rate:g})"
            raise JobError(f"the loss is {entry['loss']} at step {state.global_step}; lower {rate}")
        now, num_tokens = time.monotonic(), state.num_input_tokens_seen
        since, num_tokens_then = self._last or (now, num_tokens)
        if now - since < _SECONDS_BETWEEN_EVENTS and state.global_step < state.max_steps:
            return
        self._last = now, num_tokens
        event = {
            "step": state.global_step,
            "num_steps": state.max_steps,
            "epoch": round(entry["epoch"], 4),
            "loss": entry["loss"],
            "tokens_per_second": round((num_tokens - num_tokens_then) / max(now - since, 1e-6), 1),
        }
        try:
            self._checkpoints.put_progress(event)
        except (JobError, Transient) as error:  # the training is worth more than the news of it
            log.warning("the progress was not written: %s", error)
        log.info("step %(step)d of %(num_steps)d, loss %(loss).4f, %(tokens_per_second).0f tokens/s", event)

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Brings the checkpoint to the store."""
        self._checkpoints.save(state.global_step, Path(args.output_dir or "") / f"checkpoint-{state.global_step}")


def _loss_curve(key: str, state: TrainerState) -> list[dict[str, Any]]:
    """One row of the MODEL record for each optimizer step."""
    return [
        {
            "id": row_id(key, entry["step"]),
            "step": entry["step"],
            "epoch": entry["epoch"],
            "loss": entry["loss"],
            "learning_rate": entry["learning_rate"],
            "num_tokens": entry["num_input_tokens_seen"],
        }
        for entry in state.log_history
        if "loss" in entry
    ]


def _write_model(trainer: WeightedTrainer, base: Path, folder: Path, about: dict[str, Any]) -> None:
    """Weights in the base model's precision, adapters merged; config and tokenizer are the base model's own files."""
    model: Any = trainer.model
    if hasattr(model, "merge_and_unload"):
        model = model.merge_and_unload()
    dtype = getattr(torch, str(model.config.dtype or "float32").removeprefix("torch."))
    written = folder.with_name("written")
    for left_over in (folder, written):  # of a try whose result did not reach the store
        shutil.rmtree(left_over, ignore_errors=True)
    model.to(dtype).save_pretrained(written)
    shutil.copytree(base, folder, ignore=shutil.ignore_patterns(*_WEIGHTS, "training.json", ".*"))
    for pattern in _WEIGHTS:
        for file in written.glob(pattern):
            shutil.move(file, folder / file.name)
    (folder / "training.json").write_bytes(canonical_json(about))


if __name__ == "__main__":
    main()

"""From the settings of inputs to the board that ticks read, and the pollers of their sources."""

# ruff: noqa: PLC0415 - a site without such a source does not pay memory for its libraries

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optimizer.devices.lines import shared_lines
from optimizer.journal.kept_file import KeptFiles
from optimizer.model.clock import Clock
from optimizer.runtime.inputs.board import InputBoard
from optimizer.runtime.inputs.kept import KeptInputs
from optimizer.runtime.inputs.poller import InputPoller, InputReader
from optimizer.settings.input_mapping import ReaderPlan, input_plans, reader_plans

if TYPE_CHECKING:
    from optimizer.settings import Settings


def build_inputs(settings: Settings, clock: Clock, files: KeptFiles) -> tuple[InputBoard, tuple[InputPoller, ...]]:
    """The values of ticks, and the pollers that must run. `files` keep what is set by hand."""
    board = InputBoard(input_plans(settings), clock, KeptInputs(files))
    with shared_lines():
        return board, tuple(
            InputPoller(
                name=plan.name,
                reader=build_reader(plan, clock),
                inputs=plan.inputs,
                board=board,
                clock=clock,
                pace_s=plan.pace_s,
                deadline_s=plan.deadline_s,
            )
            for plan in reader_plans(settings)
        )


def build_reader(plan: ReaderPlan, clock: Clock) -> InputReader:
    """The reader of one connection, not yet connected."""
    config: Any = plan.config
    if plan.brand == "mqtt":
        from optimizer.devices.generic.mqtt import MqttReader

        return MqttReader(config, clock)
    if plan.brand == "modbus":
        from optimizer.devices.generic.modbus_table import ModbusReader

        return ModbusReader(config, clock)
    from optimizer.devices.generic.http_json import HttpJsonReader

    return HttpJsonReader(config, clock)

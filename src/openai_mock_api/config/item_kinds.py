"""The kinds of items that built-in tools leave in a response (source: API reference, "The response object").

Every kind is a Struct: what a turn must give has no default. Ids are made for each response unless they are given.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec
from msgspec import UNSET, UnsetType

Status = Literal["in_progress", "completed", "incomplete"]
Text = str | None | UnsetType


class _Part(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, tag_field="type"):
    """A mapping inside of an item that has kinds of its own."""


class _Record(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A mapping inside of an item."""


class Item(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, tag_field="type"):
    """What all items have. The response makes an ``id`` where there is none."""

    id: str | UnsetType = UNSET


class _Summary(_Part, tag="summary_text", kw_only=True):
    text: str


class _Thought(_Part, tag="reasoning_text", kw_only=True):
    text: str


class Reasoning(Item, tag="reasoning", kw_only=True):
    """Thoughts beside those of the turn."""

    summary: list[_Summary]
    content: list[_Thought] | UnsetType = UNSET
    encrypted_content: Text = UNSET


class _Source(_Part, tag="url", kw_only=True):
    url: str


class _Search(_Part, tag="search", kw_only=True):
    query: str | UnsetType = UNSET
    queries: list[str] | UnsetType = UNSET
    sources: list[_Source] | UnsetType = UNSET


class _OpenPage(_Part, tag="open_page", kw_only=True):
    url: Text = UNSET


class _Find(_Part, tag="find_in_page", kw_only=True):
    pattern: str
    url: str


class WebSearch(Item, tag="web_search_call", kw_only=True):
    """A search in the web, or a look at a page."""

    status: Literal["in_progress", "searching", "completed", "failed", "incomplete"] = "completed"
    action: _Search | _OpenPage | _Find


class _Found(_Record, kw_only=True):
    file_id: str | UnsetType = UNSET
    filename: str | UnsetType = UNSET
    score: float | UnsetType = UNSET
    text: str | UnsetType = UNSET
    attributes: dict[str, str | float | bool] | None = None


class FileSearch(Item, tag="file_search_call", kw_only=True):
    """A search in vector stores. ``results`` are sent to those who include them."""

    status: Literal["in_progress", "searching", "completed", "incomplete", "failed"] = "completed"
    queries: list[str]
    results: list[_Found] | None = None


class _Logs(_Part, tag="logs", kw_only=True):
    logs: str


class _Image(_Part, tag="image", kw_only=True):
    url: str


class CodeInterpreter(Item, tag="code_interpreter_call", kw_only=True):
    """Code that was run. ``outputs`` are sent to those who include them."""

    status: Literal["in_progress", "completed", "incomplete", "interpreting", "failed"] = "completed"
    code: str | None
    container_id: str = "cntr_mock"
    outputs: list[_Logs | _Image] | None = None


class ImageGeneration(Item, tag="image_generation_call", kw_only=True):
    """An image, ``result`` in base64."""

    status: Literal["in_progress", "completed", "generating", "failed"] = "completed"
    result: str | None
    action: Literal["generate", "edit", "auto"] | UnsetType = UNSET
    background: Literal["transparent", "opaque", "auto"] | UnsetType = UNSET
    output_format: Literal["png", "webp", "jpeg", "gif", "svg"] | UnsetType = UNSET
    quality: Literal["low", "medium", "high", "xhigh", "max", "auto"] | UnsetType = UNSET
    revised_prompt: Text = UNSET
    size: str | UnsetType = UNSET


class _Point(_Record, kw_only=True):
    x: int
    y: int


class _Action(_Part, kw_only=True):
    keys: list[str] | UnsetType = UNSET


class _Click(_Action, tag="click", kw_only=True):
    button: Literal["left", "right", "wheel", "back", "forward"]
    x: int
    y: int


class _DoubleClick(_Action, tag="double_click", kw_only=True):
    x: int
    y: int


class _Drag(_Action, tag="drag", kw_only=True):
    path: list[_Point]


class _Keypress(_Part, tag="keypress", kw_only=True):
    keys: list[str]


class _Move(_Action, tag="move", kw_only=True):
    x: int
    y: int


class _Screenshot(_Part, tag="screenshot", kw_only=True):
    """A picture of the screen."""


class _Scroll(_Action, tag="scroll", kw_only=True):
    x: int
    y: int
    scroll_x: int
    scroll_y: int


class _Type(_Part, tag="type", kw_only=True):
    text: str


class _Wait(_Part, tag="wait", kw_only=True):
    """A pause."""


_ComputerAction = _Click | _DoubleClick | _Drag | _Keypress | _Move | _Screenshot | _Scroll | _Type | _Wait


class _SafetyCheck(_Record, kw_only=True):
    id: str
    code: Text = UNSET
    message: Text = UNSET


class Computer(Item, tag="computer_call", kw_only=True):
    """Something to do at a computer, which the client answers with a picture of the screen."""

    status: Status = "completed"
    call_id: str | None = None
    action: _ComputerAction | UnsetType = UNSET
    actions: list[_ComputerAction] | UnsetType = UNSET
    pending_safety_checks: list[_SafetyCheck] = []


class _Exec(_Part, tag="exec", kw_only=True):
    command: list[str]
    env: dict[str, str] = {}
    timeout_ms: int | None | UnsetType = UNSET
    user: Text = UNSET
    working_directory: Text = UNSET


class LocalShell(Item, tag="local_shell_call", kw_only=True):
    """A command that the client runs."""

    status: Status = "completed"
    call_id: str | None = None
    action: _Exec


class _Commands(_Record, kw_only=True):
    commands: list[str]
    max_output_length: int | None = None
    timeout_ms: int | None = None


class _Local(_Part, tag="local", kw_only=True):
    """The client's machine."""


class _Container(_Part, tag="container_reference", kw_only=True):
    container_id: str


class Shell(Item, tag="shell_call", kw_only=True):
    """Commands for a shell."""

    status: Status = "completed"
    call_id: str | None = None
    action: _Commands
    environment: _Local | _Container | None = None


class _Exit(_Part, tag="exit", kw_only=True):
    exit_code: int


class _Timeout(_Part, tag="timeout", kw_only=True):
    """It took too long."""


class _Written(_Record, kw_only=True):
    stdout: str = ""
    stderr: str = ""
    outcome: _Exit | _Timeout = msgspec.field(default_factory=lambda: _Exit(exit_code=0))


class ShellOutput(Item, tag="shell_call_output", kw_only=True):
    """What commands have written, each its own."""

    status: Status = "completed"
    call_id: str
    output: list[_Written]
    max_output_length: int | None = None


class _CreateFile(_Part, tag="create_file", kw_only=True):
    path: str
    diff: str


class _UpdateFile(_Part, tag="update_file", kw_only=True):
    path: str
    diff: str


class _DeleteFile(_Part, tag="delete_file", kw_only=True):
    path: str


class ApplyPatch(Item, tag="apply_patch_call", kw_only=True):
    """A change to a file, which the client makes."""

    status: Literal["in_progress", "completed"] = "completed"
    call_id: str | None = None
    operation: _CreateFile | _UpdateFile | _DeleteFile


class ApplyPatchOutput(Item, tag="apply_patch_call_output", kw_only=True):
    """What became of a change."""

    status: Literal["completed", "failed"] = "completed"
    call_id: str
    output: Text = UNSET


class _ProtocolError(_Part, tag="mcp_protocol_error", kw_only=True):
    code: int
    message: str


class _ExecutionError(_Part, tag="mcp_tool_execution_error", kw_only=True):
    content: Any


class _HttpError(_Part, tag="http_error", kw_only=True):
    code: int
    message: str


class McpCall(Item, tag="mcp_call", kw_only=True):
    """A call of a tool on an MCP server, ``arguments`` as JSON text. With an ``error`` it has failed."""

    status: Literal["in_progress", "completed", "incomplete", "calling", "failed"] = "completed"
    server_label: str
    name: str
    arguments: str = "{}"
    output: str | None = None
    error: _ProtocolError | _ExecutionError | _HttpError | None = None
    approval_request_id: str | None = None

    def __post_init__(self) -> None:
        """Note that a call with an error has failed, whatever its default says."""
        if self.error is not None and self.status == "completed":
            self.status = "failed"


class _McpTool(_Record, kw_only=True):
    name: str
    description: str | None = None
    input_schema: dict[str, Any] = {}
    annotations: Any = None


class McpListTools(Item, tag="mcp_list_tools", kw_only=True):
    """The tools of an MCP server."""

    server_label: str
    tools: list[_McpTool]
    error: Text = UNSET


class McpApprovalRequest(Item, tag="mcp_approval_request", kw_only=True):
    """A question whether a tool may be called."""

    server_label: str
    name: str
    arguments: str = "{}"


class ToolSearch(Item, tag="tool_search_call", kw_only=True):
    """A search for tools."""

    status: Status = "completed"
    call_id: Text = UNSET
    execution: Literal["server", "client"] = "server"
    arguments: Any


class ToolSearchOutput(Item, tag="tool_search_output", kw_only=True):
    """Tools that were found, as requests offer them."""

    status: Status = "completed"
    call_id: Text = UNSET
    execution: Literal["server", "client"] = "server"
    tools: list[dict[str, Any]]


class Compaction(Item, tag="compaction", kw_only=True):
    """A conversation that was made shorter."""

    encrypted_content: str


KINDS: Final[dict[str, type[Item]]] = {str(kind.__struct_config__.tag): kind for kind in Item.__subclasses__()}

#: Names of all that items hold, for a hint where one is misspelt.
KEYS: Final = tuple(
    dict.fromkeys(
        field.encode_name
        for struct in (*KINDS.values(), *_Part.__subclasses__(), *_Action.__subclasses__(), *_Record.__subclasses__())
        for field in msgspec.structs.fields(struct)
    )
)

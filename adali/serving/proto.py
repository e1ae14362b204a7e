"""The messages of the Open Inference Protocol's gRPC service, as its documentation numbers their fields.

They live in a descriptor pool of their own: a client library in the same process brings messages of the same names.
"""

from __future__ import annotations

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

__all__ = ["METHODS", "SERVICE", "message"]

SERVICE = "inference.GRPCInferenceService"

#: Methods that are served: name -> (request, response, streams in both directions).
METHODS: dict[str, tuple[str, str, bool]] = {
    "ServerLive": ("ServerLiveRequest", "ServerLiveResponse", False),
    "ServerReady": ("ServerReadyRequest", "ServerReadyResponse", False),
    "ModelReady": ("ModelReadyRequest", "ModelReadyResponse", False),
    "ServerMetadata": ("ServerMetadataRequest", "ServerMetadataResponse", False),
    "ModelMetadata": ("ModelMetadataRequest", "ModelMetadataResponse", False),
    "ModelInfer": ("ModelInferRequest", "ModelInferResponse", False),
    "ModelStreamInfer": ("ModelInferRequest", "ModelStreamInferResponse", True),
    "RepositoryIndex": ("RepositoryIndexRequest", "RepositoryIndexResponse", False),
}

# A field is "name:type=number"; "*type" repeats, "{" opens a map of string -> InferParameter.
_PARAMETERS = "parameters:{=%d"
_MESSAGES: dict[str, str] = {
    "ServerLiveRequest": "",
    "ServerLiveResponse": "live:bool=1",
    "ServerReadyRequest": "",
    "ServerReadyResponse": "ready:bool=1",
    "ModelReadyRequest": "name:string=1 version:string=2",
    "ModelReadyResponse": "ready:bool=1",
    "ServerMetadataRequest": "",
    "ServerMetadataResponse": "name:string=1 version:string=2 extensions:*string=3",
    "ModelMetadataRequest": "name:string=1 version:string=2",
    "ModelMetadataResponse": "name:string=1 versions:*string=2 platform:string=3 "
    "inputs:*ModelMetadataResponse.TensorMetadata=4 outputs:*ModelMetadataResponse.TensorMetadata=5",
    "ModelMetadataResponse.TensorMetadata": "name:string=1 datatype:string=2 shape:*int64=3",
    "InferParameter": "bool_param:bool=1 int64_param:int64=2 string_param:string=3 double_param:double=4 "
    "uint64_param:uint64=5",
    "InferTensorContents": "bool_contents:*bool=1 int_contents:*int32=2 int64_contents:*int64=3 "
    "uint_contents:*uint32=4 uint64_contents:*uint64=5 fp32_contents:*float=6 fp64_contents:*double=7 "
    "bytes_contents:*bytes=8",
    "ModelInferRequest": f"model_name:string=1 model_version:string=2 id:string=3 {_PARAMETERS % 4} "
    "inputs:*ModelInferRequest.InferInputTensor=5 outputs:*ModelInferRequest.InferRequestedOutputTensor=6 "
    "raw_input_contents:*bytes=7",
    "ModelInferRequest.InferInputTensor": f"name:string=1 datatype:string=2 shape:*int64=3 {_PARAMETERS % 4} "
    "contents:InferTensorContents=5",
    "ModelInferRequest.InferRequestedOutputTensor": f"name:string=1 {_PARAMETERS % 2}",
    "ModelInferResponse": f"model_name:string=1 model_version:string=2 id:string=3 {_PARAMETERS % 4} "
    "outputs:*ModelInferResponse.InferOutputTensor=5 raw_output_contents:*bytes=6",
    "ModelInferResponse.InferOutputTensor": f"name:string=1 datatype:string=2 shape:*int64=3 {_PARAMETERS % 4} "
    "contents:InferTensorContents=5",
    "ModelStreamInferResponse": "error_message:string=1 infer_response:ModelInferResponse=2",
    "RepositoryIndexRequest": "repository_name:string=1 ready:bool=2",
    "RepositoryIndexResponse": "models:*RepositoryIndexResponse.ModelIndex=1",
    "RepositoryIndexResponse.ModelIndex": "name:string=1 version:string=2 state:string=3 reason:string=4",
}
_SCALARS = ("double", "float", "int64", "uint64", "int32", "bool", "string", "bytes", "uint32")
#: Messages of which only one field can be set.
_CHOICES = {"InferParameter": "parameter_choice"}


def _file() -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(
        name="adali/open_inference.proto", package=SERVICE.partition(".")[0], syntax="proto3"
    )
    made: dict[str, descriptor_pb2.DescriptorProto] = {}
    for full_name, fields in _MESSAGES.items():
        outer, _, name = full_name.rpartition(".")
        made[full_name] = (made[outer].nested_type if outer else file.message_type).add(name=name)
        for text in fields.split():
            _add_field(made[full_name], full_name, text)
    return file


def _add_field(message: descriptor_pb2.DescriptorProto, full_name: str, text: str) -> None:
    kinds = descriptor_pb2.FieldDescriptorProto
    name, _, rest = text.partition(":")
    kind, _, number = rest.partition("=")
    repeated = kind[0] in "*{"
    kind = kind.lstrip("*")
    field = message.field.add(
        name=name, number=int(number), label=kinds.LABEL_REPEATED if repeated else kinds.LABEL_OPTIONAL
    )
    if kind == "{":
        entry = message.nested_type.add(name="ParametersEntry")
        entry.options.map_entry = True
        _add_field(entry, f"{full_name}.ParametersEntry", "key:string=1")
        _add_field(entry, f"{full_name}.ParametersEntry", "value:InferParameter=2")
        kind = f"{full_name}.ParametersEntry"
    if kind in _SCALARS:
        field.type = kinds.Type.Value(f"TYPE_{kind.upper()}")
    else:
        field.type = kinds.TYPE_MESSAGE
        field.type_name = f".inference.{kind}"
    if full_name in _CHOICES:
        if not message.oneof_decl:
            message.oneof_decl.add(name=_CHOICES[full_name])
        field.oneof_index = 0


_pool = descriptor_pool.DescriptorPool()
_pool.AddSerializedFile(_file().SerializeToString())


def message(name: str) -> Any:
    """The class of a message."""
    return message_factory.GetMessageClass(_pool.FindMessageTypeByName(f"inference.{name}"))

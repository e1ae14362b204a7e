# Generated from the operators' schemas by `python -m adali.graph.stubs`; do not edit.
"""Operators of the inputs family."""

from adali.fn._types import Ints, Str
from adali.graph.frontend import OperatorClass
from adali.graph.node import DataNode

class Video(OperatorClass):
    """Decodes videos that are given with ``feed_input``, a batch of sequences at a time: for long videos.

    The output is (frames, height, width, 3), uint8, RGB, layout FHWC. Each ``feed_input`` adds one video: its
    encoded
    bytes as the only sample of a batch (an array of shape (1, bytes), or a list of one array). An iteration
    delivers
    the next sequences of the video, as many as the pipeline's batch size; the last batch of a video has what is
    left.
    Then the next video begins. A whole video is never in memory decoded.

    A video that cannot be decoded is the error of an iteration, and the next one goes on with the next video.

    A checkpoint holds how much of the current video was delivered: feed that video again first, and then those
    after
    it.

    PyAV does the work, which the extra ``video`` installs. With ``device="mixed"`` the host decodes too, and
    batches
    are copied to the device.

    Args:
        affine (bool): Concerns the decoder of a GPU; without effect. Default: True.
        blocking (bool): Wait for feed_input where there is no video; otherwise that is an error. Default: False.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        last_sequence_policy (str): What becomes of the last sequence of a video that has not frames enough for it:
            "partial", it is shorter; "pad", it is filled with black frames. Default: partial.
        no_copy (bool): Keep the user's memory, which must not change until the video is over. Default: False.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        sequence_length (int): Number of frames in a sequence.
        device (str): cpu or mixed.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        affine: bool = True,
        blocking: bool = False,
        bytes_per_sample_hint: Ints = (0,),
        last_sequence_policy: Str = "partial",
        no_copy: bool = False,
        preserve: bool = False,
        sequence_length: int,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        *,
        name: str | None = None,
    ) -> DataNode: ...

"""A small use of every operator, valid for adali and for the real DALI, and the data it runs on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from adali import fn, sync, types

SHIPPED = Path(__file__).parent.parent / "adali" / "cli" / "images"
#: What experimental.inputs.video is fed, always alone.
VIDEO = np.fromfile(Path(__file__).parent / "golden" / "files" / "video" / "mjpeg.avi", np.uint8)

#: Operator -> the body of a function that returns a tuple of outputs; valid for both libraries. Sources are "image"
#: (uint8 HWC), "vector" (float32, 4 values), "matrix" (float32, 2x3) and "number" (int32).
RECIPES: dict[str, str] = {
    "Cast": "return fn.cast(vector(), dtype=types.INT16), fn.cast(image(), dtype=types.FLOAT16)",
    "CastLike": "return fn.cast_like(vector(), number()),",
    "Cat": "a = matrix(); return fn.cat(a, a + 1, axis=1), fn.cat(a, a, axis=0)",
    "Stack": "a = matrix(); return fn.stack(a, a + 1, axis=1), fn.stack(a, a, axis_name='N')",
    "Constant": "return types.Constant(np.int16([[1, 2], [3, 4]]), device='cpu'), types.Constant(0.1, device='cpu')",
    "Copy": "return fn.copy(image()),",
    "ElementExtract": "a, b = fn.element_extract(fn.reshape(image(), layout='FWC'), element_map=[0, 2]); return a, b",
    "Full": "return fn.full(7, shape=[2, 2]), fn.full(number(), shape=[3])",
    "Zeros": "return fn.zeros(shape=[2], dtype=types.FLOAT),",
    "Ones": "return fn.ones(shape=[2, 3], dtype=types.UINT8),",
    "FullLike": "return fn.full_like(matrix(), 5),",
    "ZerosLike": "return fn.zeros_like(matrix()), fn.zeros_like(matrix(), dtype=types.INT8)",
    "OnesLike": "return fn.ones_like(matrix(), dtype=types.INT64),",
    "GetProperty": "return fn.get_property(image(), key='layout'),",
    "LookupTable": "return fn.lookup_table(number(), keys=[0, 1, 2], values=[5, 6, 7.5], default_value=-1.0),",
    "OneHot": "return fn.one_hot(number(), num_classes=4, on_value=2.0, off_value=-1.0),",
    "Pad": "return fn.pad(matrix(), fill_value=-1.0, axes=[1], shape=[5]), fn.pad(vector(), align=[8])",
    "PermuteBatch": "return fn.permute_batch(matrix(), indices=[2, 0, 1]),",
    "BatchPermutation": "return fn.batch_permutation(),",
    "Reshape": "return fn.reshape(matrix(), shape=[3, -1]), fn.reshape(image(), rel_shape=[1.0, -1.0], layout='HW')",
    "Reinterpret": "return fn.reinterpret(vector(), dtype=types.INT32),",
    "Shapes": "return fn.shapes(image()), image().shape(dtype=types.INT32)",
    "Squeeze": "return fn.squeeze(fn.reshape(vector(), shape=[1, 4, 1]), axes=[0]),",
    "ExpandDims": "return fn.expand_dims(matrix(), axes=[0, 2]),",
    "Transpose": "return fn.transpose(image(), perm=[2, 0, 1]), fn.transpose(matrix(), perm=[1, 0])",
    "Crop": "return fn.crop(image(), crop=(8, 6), crop_pos_x=0.25, dtype=types.FLOAT),",
    "CropMirrorNormalize": "return fn.crop_mirror_normalize(image(), crop=(8, 6), mirror=fn.cast(number() > 0, "
    "dtype=types.INT32), mean=[10.0, 20.0, 30.0], std=[2.0, 4.0, 8.0], output_layout='CHW'),",
    "Flip": "return fn.flip(image(), horizontal=1, vertical=0), fn.flip(image(), vertical=number())",
    "Resize": "return fn.resize(image(), size=[7, 9], interp_type=types.INTERP_LINEAR, antialias=False),",
    "_ArithmeticGenericOp": "a = matrix(); return a * 2 + 1.5, -a, (a > 1) & (a <= 4), a // 2, 3 - a, a / 7, abs(a)",
    "reductions__Sum": "return fn.reductions.sum(matrix(), axes=[0]), fn.reductions.sum(image(), axis_names='HW')",
    "reductions__Mean": "return fn.reductions.mean(matrix(), axes=[1], keep_dims=True),",
    "reductions__MeanSquare": "return fn.reductions.mean_square(matrix()),",
    "reductions__RMS": "return fn.reductions.rms(matrix(), axes=[0]),",
    "reductions__Max": "return fn.reductions.max(matrix(), axes=[0, 1]),",
    "reductions__Min": "return fn.reductions.min(image(), axes=[2]),",
    "reductions__Variance": "m = matrix(); return fn.reductions.variance(m, fn.reductions.mean(m), ddof=1),",
    "reductions__StdDev": "m = matrix(); return fn.reductions.std_dev(m, fn.reductions.mean(m, axes=[0]), axes=[0]),",
    "_TensorSubscript": "m = matrix(); return m[1], m[:, 1:], m[0, ::2], m[number() // 3, -1], m[:, None]",
    "_SubscriptDimCheck": "return matrix()[:, :],",
    "BrightnessContrast": "return fn.brightness_contrast(image(), brightness=1.5, contrast=0.5),",
    "Brightness": "return fn.brightness(image(), brightness=1.5, brightness_shift=0.1),",
    "Contrast": "return fn.contrast(image(), contrast=0.5, contrast_center=100.0),",
    "ColorTwist": "return fn.color_twist(image(), hue=20.0, saturation=0.5),",
    "Hsv": "return fn.hsv(image(), hue=20.0, value=0.5),",
    "Hue": "return fn.hue(image(), hue=20.0),",
    "Saturation": "return fn.saturation(image(), saturation=0.5),",
    "ColorSpaceConversion": "return fn.color_space_conversion(image(), image_type=types.RGB, output_type=types.YCbCr),",
    "GaussianBlur": "return fn.gaussian_blur(image(), sigma=1.0, window_size=5),",
    "WarpAffine": "return fn.warp_affine(image(), matrix=np.float32([[1, 0, 1], [0, 1, 0]]), fill_value=0.0),",
    "Rotate": "return fn.rotate(image(), angle=30.0, keep_size=True),",
    "Erase": "return fn.erase(image(), anchor=[1.0, 2.0], shape=[3.0, 4.0], axes=[0, 1], fill_value=[7.0]),",
    "Normalize": "return fn.normalize(matrix(), axes=[0, 1], ddof=1, epsilon=0.01),",
    "CoordTransform": "return fn.coord_transform(fn.reshape(vector(), shape=[2, 2]), M=[1.0, 2.0, 3.0, 4.0]),",
    "random__Beta": "return fn.random.beta(alpha=2.0, beta=3.0, shape=[2]),",
    "random__Choice": "return fn.random.choice([1, 2, 3], p=[0.1, 0.2, 0.7], shape=[4]), fn.random.choice(5)",
    "random__CoinFlip": "return fn.random.coin_flip(probability=0.3, dtype=types.UINT8, seed=3),",
    "random__Normal": "return fn.random.normal(mean=1.0, stddev=2.0, shape=[2, 2]), fn.random.normal(matrix())",
    "random__Uniform": "return fn.random.uniform(range=[1, 2], shape=[3]), fn.random.uniform(values=[1.0, 5.0])",
    "ExternalSource": "return image(), fn.external_source(name='number', dtype=types.INT32, ndim=0)",
    "readers__File": "return fn.readers.file(file_root=images, shard_id=1, num_shards=3, pad_last_batch=True, "
    "file_filters=['*.JPEG', '*.jpg'], name='Reader')",
    "readers__TFRecord": "d = fn.readers.tfrecord(path=data + 'a.tfrecord', index_path=data + 'a.tfrecord.idx', "
    "features={'image': tfrecord.FixedLenFeature([], tfrecord.string, 'x'), "
    "'many': tfrecord.VarLenFeature(tfrecord.int64, -7), "
    "'four': tfrecord.FixedLenFeature([2, 2], tfrecord.int64, 3), "
    "'three': tfrecord.FixedLenFeature([3], tfrecord.float32, 1.5)}); return tuple(d.values())",
    "readers__Webdataset": "a, b = fn.readers.webdataset(paths=[data + 'a.tar', data + 'b.tar'], "
    "ext=['left.bin', 'json;cls'], dtypes=[types.INT32, types.UINT8]); return a, b",
    "readers__MXNet": "a, b = fn.readers.mxnet(path=data + 'a.rec', index_path=data + 'a.idx'); return a, b",
    "readers__Caffe": "a, b = fn.readers.caffe(path=data + 'caffe_a', num_shards=2, shard_id=1); return a, b",
    "readers__Caffe2": "a, b, c = fn.readers.caffe2(path=data + 'caffe2_boxes', bbox=True); return a, b, c",
    "readers__COCO": "return tuple(fn.readers.coco(file_root=files + 'coco', annotations_file=files + "
    "'coco/instances.json', pixelwise_masks=True, image_ids=True, ratio=True, include_iscrowd=False))",
    "readers__Numpy": "return fn.readers.numpy(file_root=files + 'numpy/many', roi_start=[1, 2], roi_axes=[0, 1], "
    "rel_roi_end=[0.9, 1.2], out_of_bounds_policy='pad', fill_value=3.0),",
    "readers__Sequence": "return fn.readers.sequence(file_root=files + 'sequence', sequence_length=3, step=2, "
    "stride=2),",
    # A manifest names its files in full or from the working directory, so that it is written where all find it.
    "readers__NemoAsr": "import os, tempfile, zlib; "
    "p = os.path.join(tempfile.gettempdir(), 'adali_recipe_%d.json' % zlib.crc32(files.encode())); "
    """m = '{"text": "x", "audio_filepath": "' + files + 'nemo_asr/01.flac"}'; """
    "np.frombuffer(m.encode(), np.uint8).tofile(p); "
    "return tuple(fn.readers.nemo_asr(manifest_filepaths=p, read_idxs=True, dtype=types.INT16))",
    "experimental__readers__Fits": "a, b = fn.experimental.readers.fits(files=[files + 'fits/two.fits'] * 4, "
    "hdu_indices=[2, 3], dtypes=[types.FLOAT, types.INT32]); return a, b",
    "readers__Video": "a, b, c, d = fn.readers.video(filenames=[files + 'video/h264.mp4', files + 'video/mpeg4.avi'], "
    "labels=[], sequence_length=4, stride=2, enable_frame_num=True, enable_timestamps=True, dtype=types.FLOAT, "
    "normalized=True); return a, b, c, d",
    "readers__VideoResize": "return tuple(fn.readers.video_resize(filenames=[files + 'video/h264.mp4', files + "
    "'video/mpeg4.avi'], labels=[3, 4], sequence_length=4, pad_sequences=True, size=[10, 12]))",
    "experimental__readers__Video": "a, b, c, d = fn.experimental.readers.video(filenames=[files + 'video/mjpeg.avi', "
    "files + 'video/vp8.webm'], labels=[3, 4], sequence_length=4, step=3, enable_frame_num='sequence', "
    "enable_timestamps=True, pad_mode='reflect'); return a, b, c, d",
    "experimental__inputs__Video": "return fn.experimental.inputs.video(name='video', sequence_length=2, "
    "last_sequence_policy='pad'),",
    "decoders__Video": "v = types.Constant(np.fromfile(files + 'video/vp8.webm', np.uint8), device='cpu'); "
    "return fn.decoders.video(v, frames=[9, 2, 20], pad_mode='edge'), fn.decoders.video(v, start_frame=number(), "
    "sequence_length=3, stride=7, fill_value=[1, 2, 3])",
    "decoders__Numpy": "return fn.decoders.numpy(types.Constant(np.fromfile(files + 'numpy/kinds/i2.npy', np.uint8), "
    "device='cpu'), dtype=types.FLOAT),",
    "io__file__Read": "return fn.io.file.read(types.Constant(np.frombuffer((files + 'numpy/kinds/i2.npy').encode(), "
    "np.uint8), device='cpu')),",
    "readers__Parquet": "a, b = fn.readers.parquet(files=[files + 'parquet/numbers.parquet'], "
    "columns=['number', 'list'], num_shards=2, shard_id=1); return a, b",
    "readers__Dataset": "return fn.readers.dataset(dataset=[np.float32([i, 2 * i]) for i in range(9)]),",
    "PeekImageShape": "return fn.peek_image_shape(encoded(), dtype=types.INT32),",
    "Slice": "return fn.slice(matrix(), 1, 2, axes=[1]), "
    "fn.slice(image(), rel_start=[0.25, 0.5], rel_shape=[0.5, 0.25])",
    "decoders__Image": "return fn.decoders.image(encoded(), output_type=types.GRAY),",
    "decoders__ImageCrop": "return fn.decoders.image_crop(encoded(), crop=(40, 50), crop_pos_x=0.1),",
    "decoders__ImageSlice": "return fn.decoders.image_slice(encoded(), start=[10, 20], shape=[40, 30], axes=[0, 1]),",
    "decoders__ImageRandomCrop": "return fn.decoders.image_random_crop(encoded(), random_area=[0.2, 0.9]),",
    "AudioResample": "return fn.audio_resample(audio(), scale=0.5), fn.audio_resample(audio(), in_rate=2, out_rate=3)",
    "decoders__Audio": "a, rate = fn.decoders.audio(wav(), downmix=True, sample_rate=8000.0); return a, rate",
    "Spectrogram": "return fn.spectrogram(audio(), nfft=32, window_length=20, window_step=10),",
    "MelFilterBank": "s = fn.spectrogram(audio(), nfft=64, window_length=64, window_step=16); "
    "return fn.mel_filter_bank(s, nfilter=6, sample_rate=8000.0),",
    "MFCC": "return fn.mfcc(fn.reshape(audio(), shape=[20, -1]), n_mfcc=5, lifter=3.0),",
    "NonsilentRegion": "a, b = fn.nonsilent_region(audio(), cutoff_db=-20.0, window_length=16); return a, b",
    "PowerSpectrum": "return fn.power_spectrum(audio(), power=1),",
    "PreemphasisFilter": "return fn.preemphasis_filter(audio(), preemph_coeff=0.5, border='zero'),",
    "ToDecibels": "return fn.to_decibels(audio() * audio() + 1.0, multiplier=10.0),",
    "_conditional__Split": "p = fn.cast(number() > 0, dtype=types.BOOL); "
    "a, b = fn._conditional.split(image(), predicate=p); return fn._conditional.merge(fn.flip(a), b, predicate=p),",
    "_conditional__Merge": "p = fn.cast(number() > 1, dtype=types.BOOL); "
    "a, b = fn._conditional.split(matrix(), predicate=p); return fn._conditional.merge(a * 2, b, predicate=p),",
    "_conditional__Not_": "return fn._conditional.not_(number() > 0),",
    "_conditional__ValidateLogical": "return fn._conditional.validate_logical(number() > 0, expression_name='and', "
    "expression_side='left'),",
    "BbFlip": "return fn.bb_flip(boxes(), ltrb=True, horizontal=number()),",
    "BBoxPaste": "return fn.bbox_paste(boxes(), ltrb=True, ratio=2.0, paste_x=0.25),",
    "BBoxRotate": "a, b = fn.bbox_rotate(boxes(), labels(), angle=30.0, input_shape=[20, 30], bbox_layout='xyXY', "
    "shape_layout='HW'); return a, b",
    "BoxEncoder": "a, b = fn.box_encoder(boxes(), labels(), anchors=[0, 0, 0.5, 0.5, 0.2, 0.2, 1, 1], criteria=0.3); "
    "return a, b",
    "RandomBBoxCrop": "return tuple(fn.random_bbox_crop(boxes(), labels(), thresholds=[0.0, 0.1], "
    "bbox_layout='xyXY', allow_no_crop=False, scaling=[0.3, 0.9], num_attempts=20))",
    "SSDRandomCrop": "return tuple(fn.ssd_random_crop(image(), boxes(), labels(), num_attempts=5))",
    "segmentation__RandomObjectBBox": "return tuple(fn.segmentation.random_object_bbox(mask(), foreground_prob=1.0))",
    "segmentation__RandomMaskPixel": "return fn.segmentation.random_mask_pixel(mask(), foreground=1),",
    "segmentation__SelectMasks": "a, b = fn.segmentation.select_masks(types.Constant(np.int32([4]), device='cpu'), "
    "types.Constant(np.int32([[4, 0, 2], [7, 2, 3]]), device='cpu'), matrix(), reindex_masks=True); return a, b",
    "Clahe": "return fn.clahe(image(), tiles_x=2, tiles_y=2, clip_limit=2.0),",
    "Debayer": "return fn.debayer(fn.reshape(image(), rel_shape=[1.0, -1.0], layout='HW')[:12, :10], "
    "blue_position=[0, 1]),",
    "Equalize": "return fn.equalize(image()),",
    "Filter": "return fn.filter(image(), types.Constant(np.float32([[0, 1, 0], [1, 2, 3]]), device='cpu')),",
    "JpegCompressionDistortion": "return fn.jpeg_compression_distortion(image(), quality=40),",
    "Laplacian": "return fn.laplacian(image(), window_size=3, dtype=types.FLOAT),",
    "noise__Gaussian": "return fn.noise.gaussian(image(), stddev=20.0),",
    "noise__SaltAndPepper": "return fn.noise.salt_and_pepper(image(), prob=0.3),",
    "noise__Shot": "return fn.noise.shot(image(), factor=9.0),",
    "PythonFunction": "return fn.python_function(image(), function=lambda a: a[::-1].copy()),",
    "DLTensorPythonFunction": "return fn.dl_tensor_python_function(vector(), function=lambda a: a),",
    "experimental__NumbaFunction": "return fn.experimental.numba_function(vector(), run_fn=twice, "
    "in_types=[types.FLOAT], out_types=[types.FLOAT], ins_ndim=[1], outs_ndim=[1]),",
    "DumpImage": "return fn.dump_image(image(), suffix='x'),",
    "MakeContiguous": "return fn.make_contiguous(image()),",
    "CoordFlip": "return fn.coord_flip(boxes()[:, :2], flip_x=number(), flip_y=1, center_y=0.25),",
    "GridMask": "return fn.grid_mask(image(), tile=4, ratio=0.6, angle=0.3),",
    "MultiPaste": "return fn.multi_paste(image(), in_ids=[0], output_size=[9, 11], "
    "shapes=fn.constant(idata=[4, 5], shape=[1, 2]), out_anchors=fn.constant(idata=[1, 2], shape=[1, 2])),",
    "Paste": "return fn.paste(image(), fill_value=[1, 2, 3], ratio=1.5, paste_x=0.25, paste_y=0.75),",
    "PerFrame": "return fn.rotate(fn.reshape(image()[:, :, :], shape=[1, -1, 10, 3], layout='FHWC'), "
    "angle=fn.per_frame(fn.cast(fn.reshape(number(), shape=[1]), dtype=types.FLOAT)), size=[8, 8]),",
    "RandomCropGenerator": "a, b = fn.random_crop_generator(image().shape()[:2], random_area=[0.3, 0.9]); return a, b",
    "ROIRandomCrop": "return fn.roi_random_crop(image(), roi_start=[2, 3, 0], roi_end=[9, 9, 3], "
    "crop_shape=[4, 4, 3]),",
    "SequenceRearrange": "return fn.sequence_rearrange(fn.reshape(matrix(), layout='FW'), new_order=[1, 0, 1]),",
    "Sphere": "return fn.sphere(image(), fill_value=7.0),",
    "Water": "return fn.water(image(), ampl_x=2.0, freq_y=0.2),",
    "transforms__Combine": "return fn.transforms.combine(affine(), affine() + 1, reverse_order=True),",
    "transforms__Crop": "return fn.transforms.crop(affine(), from_start=[0, 0], from_end=[4, 4], to_end=[2, 1]),",
    "transforms__Rotation": "return fn.transforms.rotation(affine(), angle=30.0, center=[1, 2]),",
    "transforms__Scale": "return fn.transforms.scale(affine(), scale=vector()[:2]),",
    "transforms__Shear": "return fn.transforms.shear(affine(), angles=[10.0, 20.0]),",
    "transforms__Translation": "return fn.transforms.translation(affine(), offset=vector()[1:3]),",
    "experimental__WarpPerspective": "return fn.experimental.warp_perspective(image(), "
    "matrix=[1.0, 0.1, 0.0, 0.0, 1.0, 1.0, 0.0, 0.01, 1.0], fill_value=9.0),",
    "RandomResizedCrop": "return fn.random_resized_crop(image(), size=[7, 9], random_area=[0.2, 0.9]),",
    "ResizeCropMirror": "return fn.resize_crop_mirror(image(), resize_shorter=9.0, crop=[7, 8], mirror=1),",
    "FastResizeCropMirror": "return fn.fast_resize_crop_mirror(image(), resize_shorter=9.0, crop=[7, 8], mirror=1),",
    "Jitter": "return fn.jitter(image(), nDegree=3),",
    "NormalizePermute": "return fn.normalize_permute(fn.pad(image(), shape=[20, 10, -1]), height=20, width=10, "
    "mean=[1.0, 2.0, 3.0], std=[4.0, 5.0, 6.0]),",
    "OpticalFlow": "i = fn.pad(image(), shape=[20, 24, -1]); return fn.optical_flow(fn.stack(i, fn.pad(image(), "
    "shape=[20, 24, -1], fill_value=9.0), axis_name='F'), output_grid=2),",
    "decoders__Inflate": "return fn.decoders.inflate(types.Constant(np.uint8([0x40, 1, 2, 3, 4]), device='cpu'), "
    "shape=[2, 2], layout='HW'),",
    "experimental__Dilate": "return fn.experimental.dilate(image(), mask_size=[5, 3]),",
    "experimental__Erode": "return fn.experimental.erode(image(), iterations=2),",
    "experimental__MedianBlur": "return fn.experimental.median_blur(image(), window_size=[5, 3]),",
    "experimental__Remap": "return fn.experimental.remap(image(), types.Constant(np.float32([[1, 2], [3, 4]]), "
    "device='cpu'), types.Constant(np.float32([[1, 2.5], [0, 4]]), device='cpu')),",
    "TensorResize": "return fn.tensor_resize(matrix(), sizes=[4, 5]), fn.tensor_resize(vector(), scales=[1.5])",
}
#: Operators that the real DALI runs on the GPU only, or has no more, so that it cannot be asked: name -> reason.
NOT_IN_DALI = {
    **dict.fromkeys(
        (
            "Jitter",
            "OpticalFlow",
            "decoders__Inflate",
            "experimental__Dilate",
            "experimental__Erode",
            "experimental__MedianBlur",
            "experimental__Remap",
        ),
        "on the GPU only in DALI: compared with NumPy or OpenCV in tests/operators/test_gpu_only.py",
    ),
    **dict.fromkeys(
        ("readers__Video", "readers__VideoResize"),
        "on the GPU only in DALI: compared with experimental.readers.video, and with PyAV, in "
        "tests/operators/test_video.py",
    ),
    "experimental__readers__Fits": "DALI's needs a GPU driver even on the CPU: compared with astropy in "
    "tests/operators/test_single_file_readers.py",
    "readers__Parquet": "not in DALI: compared with what pyarrow wrote in tests/operators/test_parquet_and_datasets.py",
    "readers__Dataset": "not in DALI: compared with the data set in tests/operators/test_parquet_and_datasets.py",
    "NormalizePermute": "not in DALI any more: compared with NumPy in tests/operators/test_gpu_only.py",
}
#: Operators of random outputs (or sizes), whose types and numbers of axes alone are compared.
RANDOM = {
    *(name for name in RECIPES if name.startswith(("random__", "noise__"))),
    "BatchPermutation",
    "Jitter",
    "RandomBBoxCrop",
    "RandomCropGenerator",
    "RandomResizedCrop",
    "ROIRandomCrop",
    "SSDRandomCrop",
    "decoders__ImageRandomCrop",
    "segmentation__RandomMaskPixel",
    "segmentation__RandomObjectBBox",
}

#: Sources of the recipes: name -> layout.
LAYOUTS = {
    "image": "HWC",
    "vector": "",
    "matrix": "HW",
    "number": "",
    "affine": "",
    "boxes": "",
    "labels": "",
    "mask": "HW",
    "audio": "",
    "wav": "",
    "encoded": "",
}

PRELUDE = """
import functools, importlib
tfrecord = importlib.import_module(types.__name__.rpartition('.')[0] + '.tfrecord')
def twice(out, data): out[:] = data * 2
def source(name, layouts={layouts!r}):
    layout = layouts[name]
    return fn.external_source(name=name, layout=layout) if layout else fn.external_source(name=name)
image, vector, matrix, number, affine, boxes, labels, mask, audio, wav, encoded = (
    functools.cache(functools.partial(source, name)) for name in {layouts!r}
)
images = {images!r}
data = {data!r}
files = {files!r}
if {from_files!r}:
    encoded = lambda: fn.readers.file(file_root=images)[0]
def define():
    {body}
"""


def code(body: str, *, images: Path = SHIPPED, from_files: bool = True, layouts: dict[str, str] | None = None) -> str:
    """Python code with a function ``define`` that makes the graph; ``from_files`` reads encoded images from files."""
    data = f"{Path(__file__).parent / 'golden' / 'readers'}/"
    files = f"{Path(__file__).parent / 'golden' / 'files'}/"
    return PRELUDE.format(
        images=str(images), data=data, files=files, from_files=from_files, layouts=layouts or LAYOUTS, body=body
    )


def build(body: str, batch_size: int = 3, extra: bool = False, **options: Any) -> sync.Pipeline:
    """The pipeline of a recipe; with ``extra`` the image is an output, so that there is a source in any case."""
    scope: dict[str, Any] = {"fn": fn, "types": types, "np": np}
    exec(code(body, **options), scope)
    pipe = sync.Pipeline(batch_size=batch_size, num_threads=2, device_id=None, seed=1)
    with pipe:
        outputs = scope["define"]()
        pipe.set_outputs(*outputs, *([scope["image"]()] if extra else []))
    return pipe


def feeds() -> dict[str, Any]:
    """Regular data: two batches of three samples for each source but that of encoded images."""
    rng = np.random.default_rng(5)
    return {
        "image": rng.integers(0, 256, (2, 3, 12, 10, 3), dtype=np.uint8),
        "vector": rng.normal(0, 10, (2, 3, 4)).astype(np.float32),
        "matrix": rng.integers(0, 9, (2, 3, 2, 3)).astype(np.float32),
        "number": np.array([[0, 1, 2], [3, 0, 1]], np.int32),
        "affine": rng.integers(0, 9, (2, 3, 2, 3)).astype(np.float32),
        "boxes": _boxes(rng, (2, 3, 4)),
        "labels": rng.integers(1, 5, (2, 3, 4), dtype=np.int32),
        "mask": rng.integers(0, 2, (2, 3, 6, 7), dtype=np.int32),
        "audio": rng.normal(0, 1, (2, 3, 200)).astype(np.float32),
        "wav": np.stack([np.stack([wave(rng, 300)] * 3)] * 2),
        "video": np.stack([VIDEO[None]] * 2),
    }


def ragged(count: int) -> dict[str, list[Any]]:
    """Samples of different sizes for each source."""
    rng = np.random.default_rng(6)
    files = sorted(p for p in SHIPPED.glob("*/*.jpg"))
    return {
        "image": [rng.integers(0, 256, (12 + i, 10, 3), dtype=np.uint8) for i in range(count)],
        "vector": [rng.normal(0, 10, 4).astype(np.float32) for _ in range(count)],
        "matrix": [rng.integers(0, 9, (2, 3)).astype(np.float32) for _ in range(count)],
        "number": [np.array(i % 3, np.int32) for i in range(count)],
        "affine": [rng.integers(0, 9, (2, 3)).astype(np.float32) for _ in range(count)],
        "boxes": [_boxes(rng, (2 + i,)) for i in range(count)],
        "labels": [rng.integers(1, 5, 2 + i, dtype=np.int32) for i in range(count)],
        "mask": [rng.integers(0, 2, (5 + i, 7), dtype=np.int32) for i in range(count)],
        "audio": [rng.normal(0, 1, 200 + 20 * i).astype(np.float32) for i in range(count)],
        "wav": [wave(rng, 300 + 10 * i) for i in range(count)],
        "encoded": [np.fromfile(files[i % len(files)], np.uint8) for i in range(count)],
        "video": [VIDEO] * count,
    }


def _boxes(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    """Boxes (left, top, right, bottom) of the unit square, none of them very thin."""
    start = rng.uniform(0, 0.5, (*shape, 2))
    return np.concatenate([start, start + rng.uniform(0.2, 0.5, (*shape, 2))], -1).astype(np.float32)


def wave(rng: np.random.Generator, frames: int) -> Any:
    """Bytes of a WAV file: two channels, 16 bits, 16 kHz."""
    import io
    import wave as format

    file = io.BytesIO()
    with format.open(file, "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(16000)
        out.writeframes(rng.integers(-9000, 9000, (frames, 2), dtype=np.int16).tobytes())
    return np.frombuffer(file.getvalue(), np.uint8)


def sources(pipe: sync.Pipeline) -> list[str]:
    """Names of the sources that a pipeline has."""
    specs = pipe._defined().specs
    fed = [s.name for s in specs if s.schema.name == "ExternalSource" and s.name in LAYOUTS]
    return fed + [s.name for s in specs if s.schema.name == "experimental__inputs__Video"]


def run(pipe: sync.Pipeline, batches: list[dict[str, list[Any]]]) -> list[list[list[Any]]]:
    """Feed and run: for each batch, for each output, the samples."""
    pipe.build()
    try:
        names = sources(pipe)
        results = []
        for batch in batches:
            for name in names:
                pipe.feed_input(name, batch[name][:1] if name == "video" else batch[name])
            results.append([[np.asarray(out[i]).copy() for i in range(len(out))] for out in pipe.run()])
        return results
    finally:
        pipe.close()

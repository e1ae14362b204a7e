"""Speech features from WAV files: decoding, silence, spectrogram, mel filters, decibels, MFCC, resampling."""

import math
import os
import tempfile
import wave

import numpy as np
import nvidia.dali as dali
import nvidia.dali.fn as fn
import nvidia.dali.types as types

RATE = 16000


def write_wav(path, frequency, seconds):
    """A chirp with a pause in front."""
    samples = []
    for i in range(int(RATE * seconds)):
        t = i / RATE
        loud = 0.0 if t < 0.1 else 0.6
        samples.append(int(32767 * loud * math.sin(2 * math.pi * frequency * t * (1 + t))))
    with wave.open(path, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(np.array(samples, dtype=np.int16).tobytes())


def audio_pipeline(files, nfft=512, window_length=320, window_step=160, nfilter=20):
    pipe = dali.Pipeline(batch_size=len(files), num_threads=2, device_id=None)
    with pipe:
        encoded, label = fn.readers.file(files=files, labels=list(range(len(files))))
        audio, rate = fn.decoders.audio(encoded, dtype=types.FLOAT, downmix=True)
        begin, length = fn.nonsilent_region(audio, cutoff_db=-30)
        trimmed = fn.slice(audio, begin, length, axes=[0])
        emphasized = fn.preemphasis_filter(trimmed, preemph_coeff=0.97)
        spectrogram = fn.spectrogram(emphasized, nfft=nfft, window_length=window_length, window_step=window_step)
        mel = fn.mel_filter_bank(spectrogram, sample_rate=RATE, nfilter=nfilter, freq_high=8000.0)
        decibels = fn.to_decibels(mel, multiplier=10.0, reference=1.0, cutoff_db=-80)
        mfcc = fn.mfcc(decibels, axis=0, n_mfcc=13, dct_type=2, lifter=22.0)
        normalized = fn.normalize(mfcc, axes=[1], epsilon=1e-3)
        slow = fn.audio_resample(audio, in_rate=16000, out_rate=8000)
        pipe.set_outputs(label, rate, begin, length, spectrogram, decibels, mfcc, normalized, slow)
    return pipe


with tempfile.TemporaryDirectory() as folder:
    files = []
    for number, (frequency, seconds) in enumerate([(300, 0.5), (700, 0.4), (1500, 0.6)]):
        files.append(os.path.join(folder, "chirp%d.wav" % number))
        write_wav(files[-1], frequency, seconds)
    pipe = audio_pipeline(files)
    pipe.build()
    label, rate, begin, length, spectrogram, decibels, mfcc, normalized, slow = pipe.run()
    for k in range(len(files)):
        print("file", int(label.at(k)[0]), "rate", float(rate.at(k)))
        print("  sound from", round(int(begin.at(k)) / 200), "to", round(int(begin.at(k) + length.at(k)) / 200))
        print(
            "  spectrogram", spectrogram.at(k).shape, "loudest bin of frame 10:", int(spectrogram.at(k)[:, 10].argmax())
        )
        print("  decibels", decibels.at(k).shape, round(float(decibels.at(k).max()), 1), decibels.layout())
        print("  mfcc", mfcc.at(k).shape, np.round(mfcc.at(k)[:4, 5]).tolist())
        print(
            "  normalized", np.abs(normalized.at(k).mean(axis=1)).max() < 1e-3, round(float(normalized.at(k).std()), 2)
        )
        print("  half the rate", slow.at(k).shape, round(float(np.abs(slow.at(k)).max()), 1))

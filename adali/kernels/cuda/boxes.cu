// Bounding boxes and points: mirror images, linear maps, and the boxes that a detector's anchors get.
#include "overlap.cuh"

struct Flip {
    const float* in;
    float* out;
    i64 size;                  // boxes
    int horizontal, vertical;
};

extern "C" __global__ void bb_flip(const Flip* table, int count, int corners) {
    FOR_SAMPLES(i, count) {
        const Flip s = table[i];
        FOR_ELEMENTS(e, s.size) {
            const float* box = s.in + 4 * e;
            float* out = s.out + 4 * e;
            for (int axis = 0; axis < 2; ++axis) {
                const float low = box[axis], high = box[axis + 2];
                if (!(axis ? s.vertical : s.horizontal)) {
                    out[axis] = low;
                    out[axis + 2] = high;
                } else {
                    out[axis] = corners ? 1.f - high : 1.f - low - high;
                    out[axis + 2] = corners ? 1.f - low : high;
                }
            }
        }
    }
}

struct Mirror {
    const float* in;
    float* out;
    i64 size;
    int columns;
    int flip[3];
    float twice[3];            // the centre
};

extern "C" __global__ void coord_flip(const Mirror* table, int count) {
    FOR_SAMPLES(i, count) {
        const Mirror s = table[i];
        FOR_ELEMENTS(e, s.size) {
            const int column = (int)(e % s.columns);
            s.out[e] = s.flip[column] ? s.twice[column] - s.in[e] : s.in[e];
        }
    }
}

struct Linear {
    const void* in;
    void* out;
    const float* matrix;       // rows, and behind each the addend
    i64 size;                  // elements of the output
    int from, to;              // components of a vector
};

extern "C" __global__ void coord_transform(const Linear* table, int count, int in_type, int out_type) {
    FOR_SAMPLES(i, count) {
        const Linear s = table[i];
        FOR_ELEMENTS(e, s.size) {
            const i64 point = e / s.to;
            const float* row = s.matrix + (e - point * s.to) * (s.from + 1);
            float sum = 0.f;
            for (int k = 0; k < s.from; ++k) sum += row[k] * load_float(s.in, point * s.from + k, in_type);
            store(s.out, e, out_type, sum + row[s.from]);
        }
    }
}

struct Code {                  // what offsets are made of
    float mean[4], deviation[4];
    float scale, criteria;
    int offset, anchors;
};

__device__ __forceinline__ void centre(const float* box, float* out) {
    for (int axis = 0; axis < 2; ++axis) {
        out[axis] = (box[axis] + box[axis + 2]) * 0.5f;
        out[axis + 2] = box[axis + 2] - box[axis];
    }
}

// A thread for each anchor.
extern "C" __global__ void encode_boxes(const Encode* table, int count, const float* anchors, const Code* code) {
    FOR_SAMPLES(i, count) {
        const Encode s = table[i];
        FOR_ELEMENTS(a, code->anchors) {
            const float* anchor = anchors + 4 * a;
            i64 owner = -1;
            float most = 0.f;
            for (i64 b = 0; b < s.size; ++b) {
                const float common = s.best[b] == a ? 2.f : overlap(s.boxes + 4 * b, anchor);
                if (common >= most) {  // the later one of equals
                    most = common;
                    owner = b;
                }
            }
            float mine[4], other[4];
            centre(anchor, mine);
            const bool matched = owner >= 0 && most > code->criteria;
            s.classes[a] = matched ? s.labels[owner] : 0;
            if (matched) centre(s.boxes + 4 * owner, other);
            for (int k = 0; k < 4; ++k) {
                float v = code->offset ? 0.f : mine[k];
                if (matched && !code->offset) v = other[k];
                else if (matched) {
                    const float size = mine[k < 2 ? k + 2 : k] * code->scale, at = other[k] * code->scale;
                    v = k < 2 ? (at - mine[k] * code->scale) / size : logf(at / size);
                    v = (v - code->mean[k]) / code->deviation[k];
                }
                s.encoded[4 * a + k] = v;
            }
        }
    }
}

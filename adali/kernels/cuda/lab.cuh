// CIELAB in 8 bits, in the integer arithmetic of OpenCV. The tables, one behind another, are made by the host.
enum LabTables { GAMMA = 0, ROOT = 256, LIGHT = ROOT + 3072, LIGHT_ROOT = LIGHT + 256, BACK = LIGHT_ROOT + 256 };

__device__ __forceinline__ int descale(int v, int bits) { return (v + (1 << (bits - 1))) >> bits; }

struct Lab { int l, a, b; };

__device__ __forceinline__ Lab to_lab(const u8* rgb, const unsigned short* tables) {
    const int r = tables[GAMMA + rgb[0]], g = tables[GAMMA + rgb[1]], b = tables[GAMMA + rgb[2]];
    const int x = tables[ROOT + descale(r * 1777 + g * 1541 + b * 778, 12)];
    const int y = tables[ROOT + descale(r * 871 + g * 2929 + b * 296, 12)];
    const int z = tables[ROOT + descale(r * 73 + g * 448 + b * 3575, 12)];
    Lab lab;
    lab.l = descale(296 * y - 1336934, 15);
    lab.a = min(max(descale(500 * (x - y) + (128 << 15), 15), 0), 255);
    lab.b = min(max(descale(200 * (y - z) + (128 << 15), 15), 0), 255);
    return lab;
}

// The third power of a number with 14 binary places, as CIELAB has it: a line near 0.
__device__ __forceinline__ int cubed(int v) {
    if (v <= 3390) return v * 108 / 841 - 290;
    return (int)((i64)v * v / 16384 * v / 16384);
}

__device__ __forceinline__ void from_lab(int l, int a, int b, const unsigned short* tables, u8* rgb) {
    const int root = tables[LIGHT_ROOT + l];
    const int y = tables[LIGHT + l];
    const int x = cubed(root + ((5 * a * 53687 + 128) >> 13) - 4194);
    const int z = cubed(root - (((b * 41943 + 16) >> 9) - 10484));
    const int red = descale(x * 12615 - y * 6296 - z * 2223, 14);
    const int green = descale(-x * 3773 + y * 7684 + z * 185, 14);
    const int blue = descale(x * 217 - y * 836 + z * 4715, 14);
    rgb[0] = (u8)tables[BACK + min(max(red, 0), 4095)];
    rgb[1] = (u8)tables[BACK + min(max(green, 0), 4095)];
    rgb[2] = (u8)tables[BACK + min(max(blue, 0), 4095)];
}

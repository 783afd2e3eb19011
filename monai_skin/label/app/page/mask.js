// Copyright (c) monai_skin contributors. SPDX-License-Identifier: Apache-2.0
// A mask of the picture's own pixels, with a history.

const LINE = 0xffc8ff00, VEIL = 0x2effdc00, WHITE = 0xffffffff, BLACK = 0xff000000; // alpha, blue, green, red
const KEPT = 100; // steps that can be taken back

function packed(bits) { // lengths of runs, the first of zeros
  const runs = [];
  let value = 0, start = 0;
  for (let i = 0; i < bits.length; i++) {
    if (bits[i] !== value) { runs.push(i - start); start = i; value = bits[i]; }
  }
  runs.push(bits.length - start);
  return Uint32Array.from(runs);
}

function unpacked(runs, bits) {
  let at = 0;
  runs.forEach((length, index) => { bits.fill(index % 2, at, at + length); at += length; });
}

export class Mask {
  constructor(width, height) {
    this.width = width;
    this.height = height;
    this.bits = new Uint8Array(width * height);
    this.past = [];
    this.future = [];
    this.canvas = new OffscreenCanvas(width, height); // what is laid over the picture
    this.context = this.canvas.getContext("2d");
  }

  get area() {
    let sum = 0;
    for (const bit of this.bits) sum += bit;
    return sum;
  }

  remember() {
    this.past.push(packed(this.bits));
    if (this.past.length > KEPT) this.past.shift();
    this.future = [];
  }

  undo() { return this.#step(this.past, this.future); }
  redo() { return this.#step(this.future, this.past); }

  #step(from, to) {
    if (!from.length) return false;
    to.push(packed(this.bits));
    unpacked(from.pop(), this.bits);
    this.paint();
    return true;
  }

  // A stroke from one point to another, as wide as two radii; value 1 draws, 0 erases.
  stroke(from, to, radius, value) {
    const left = Math.max(0, Math.floor(Math.min(from.x, to.x) - radius));
    const right = Math.min(this.width - 1, Math.ceil(Math.max(from.x, to.x) + radius));
    const top = Math.max(0, Math.floor(Math.min(from.y, to.y) - radius));
    const bottom = Math.min(this.height - 1, Math.ceil(Math.max(from.y, to.y) + radius));
    if (right < left || bottom < top) return;
    const dx = to.x - from.x, dy = to.y - from.y, length = dx * dx + dy * dy;
    for (let y = top; y <= bottom; y++) {
      for (let x = left; x <= right; x++) {
        const along = length ? Math.min(1, Math.max(0, ((x - from.x) * dx + (y - from.y) * dy) / length)) : 0;
        const a = x - from.x - along * dx, b = y - from.y - along * dy;
        if (a * a + b * b <= radius * radius) this.bits[y * this.width + x] = value;
      }
    }
    this.paint(left, top, right, bottom);
  }

  // Pixels whose centres lie inside become lesion: even-odd rule, row by row.
  polygon(points) {
    for (let y = 0; y < this.height; y++) {
      const cuts = [];
      points.forEach((one, i) => {
        const other = points[(i + 1) % points.length];
        if ((one.y <= y) !== (other.y <= y)) cuts.push(one.x + ((y - one.y) / (other.y - one.y)) * (other.x - one.x));
      });
      cuts.sort((a, b) => a - b);
      for (let i = 0; i + 1 < cuts.length; i += 2) {
        const from = Math.max(0, Math.ceil(cuts[i])), to = Math.min(this.width - 1, Math.floor(cuts[i + 1]));
        if (to >= from) this.bits.fill(1, y * this.width + from, y * this.width + to + 1);
      }
    }
    this.paint();
  }

  // Draw a part of the overlay anew: a veil, and a line where lesion ends.
  paint(left = 0, top = 0, right = this.width - 1, bottom = this.height - 1) {
    left = Math.max(0, left - 2); top = Math.max(0, top - 2);
    right = Math.min(this.width - 1, right + 2); bottom = Math.min(this.height - 1, bottom + 2);
    const w = right - left + 1, h = bottom - top + 1;
    const image = new ImageData(w, h);
    const pixels = new Uint32Array(image.data.buffer); // a large picture has tens of millions of them
    const { bits, width, height } = this;
    const wide = Math.max(width, height) > 900 ? 2 : 1;
    for (let y = top; y <= bottom; y++) {
      for (let x = left; x <= right; x++) {
        const i = y * width + x;
        if (!bits[i]) continue;
        const border = x < wide || y < wide || x >= width - wide || y >= height - wide;
        const edge = border || !bits[i - wide] || !bits[i + wide] || !bits[i - wide * width] || !bits[i + wide * width];
        pixels[(y - top) * w + x - left] = edge ? LINE : VEIL;
      }
    }
    this.context.putImageData(image, left, top);
  }

  async load(blob) {
    const bitmap = await createImageBitmap(blob);
    if (bitmap.width !== this.width || bitmap.height !== this.height) throw new Error("The outline has another size than the picture.");
    const canvas = new OffscreenCanvas(this.width, this.height);
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(bitmap, 0, 0);
    const { data } = context.getImageData(0, 0, this.width, this.height);
    let top = 0;
    for (let i = 0; i < data.length; i += 4) top = Math.max(top, data[i]);
    for (let i = 0; i < this.bits.length; i++) this.bits[i] = data[4 * i] * 2 > top ? 1 : 0; // 255 is lesion, or 1
    this.paint();
  }

  async png() {
    const canvas = new OffscreenCanvas(this.width, this.height);
    const context = canvas.getContext("2d");
    const image = new ImageData(this.width, this.height);
    const pixels = new Uint32Array(image.data.buffer);
    for (let i = 0; i < this.bits.length; i++) pixels[i] = this.bits[i] ? WHITE : BLACK;
    context.putImageData(image, 0, 0);
    return canvas.convertToBlob({ type: "image/png" });
  }
}

// Copyright (c) monai_skin contributors. SPDX-License-Identifier: Apache-2.0
// Where the picture stands on the screen, and what is drawn there.

export class View {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.scale = 1; // screen pixels a picture pixel
    this.x = 0;
    this.y = 0;
    this.hidden = false;
    this.marks = { foreground: [], background: [], polygon: [], cursor: null };
    new ResizeObserver(() => this.draw()).observe(canvas);
  }

  show(picture, mask) {
    this.picture = picture;
    this.mask = mask;
    this.whole();
  }

  whole() {
    if (!this.picture) return;
    const { width, height } = this.canvas.getBoundingClientRect();
    this.scale = 0.96 * Math.min(width / this.picture.width, height / this.picture.height);
    this.x = (width - this.scale * this.picture.width) / 2;
    this.y = (height - this.scale * this.picture.height) / 2;
    this.draw();
  }

  zoom(factor, at) {
    const box = this.canvas.getBoundingClientRect();
    const point = at ?? { x: box.width / 2, y: box.height / 2 };
    const scale = Math.min(40, Math.max(0.02, this.scale * factor));
    this.x = point.x - (point.x - this.x) * (scale / this.scale);
    this.y = point.y - (point.y - this.y) * (scale / this.scale);
    this.scale = scale;
    this.draw();
  }

  move(dx, dy) {
    this.x += dx;
    this.y += dy;
    this.draw();
  }

  // From the screen to the centre of a picture's pixel: column 0 reaches from the picture's edge one pixel in.
  toPicture(point) {
    return { x: (point.x - this.x) / this.scale - 0.5, y: (point.y - this.y) / this.scale - 0.5 };
  }

  draw() {
    if (this.waiting) return;
    this.waiting = requestAnimationFrame(() => { this.waiting = 0; this.#drawNow(); });
  }

  #drawNow() {
    const box = this.canvas.getBoundingClientRect();
    const ratio = window.devicePixelRatio || 1;
    const width = Math.round(box.width * ratio), height = Math.round(box.height * ratio);
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
    const c = this.context;
    c.setTransform(1, 0, 0, 1, 0, 0);
    c.clearRect(0, 0, width, height);
    if (!this.picture) return;
    c.setTransform(ratio * this.scale, 0, 0, ratio * this.scale, ratio * this.x, ratio * this.y);
    c.imageSmoothingEnabled = this.scale < 3;
    c.drawImage(this.picture, 0, 0);
    if (!this.hidden) c.drawImage(this.mask.canvas, 0, 0);
    this.#drawMarks(c);
  }

  #drawMarks(c) {
    const unit = 1 / this.scale;
    for (const [name, colour] of [["foreground", "#0f0"], ["background", "#f33"]]) {
      for (const [x, y] of this.marks[name]) {
        c.beginPath();
        c.arc(x + 0.5, y + 0.5, 5 * unit, 0, 2 * Math.PI);
        c.fillStyle = colour;
        c.fill();
        c.lineWidth = 1.5 * unit;
        c.strokeStyle = "#000";
        c.stroke();
      }
    }
    const { polygon, cursor } = this.marks;
    if (polygon.length) {
      c.beginPath();
      polygon.forEach((p) => c.lineTo(p.x + 0.5, p.y + 0.5));
      c.lineWidth = 2 * unit;
      c.strokeStyle = "#ff0";
      c.stroke();
    }
    if (cursor) {
      c.beginPath();
      c.arc(cursor.x + 0.5, cursor.y + 0.5, cursor.radius, 0, 2 * Math.PI);
      c.lineWidth = 1.5 * unit;
      c.strokeStyle = "#fff";
      c.stroke();
    }
  }
}

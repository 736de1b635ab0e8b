/** A mark for each tone: shape and sign differ, not only the colour. Drawn here, so no picture file is needed. */

import type { Map as Engine } from "maplibre-gl";
import type { Colours } from "./colours";
import { TONES, type Tone } from "./contract";

const SIZE = 26;
const INK: Record<Tone, string> = {
  open: "accent",
  wait: "wait-ink",
  soon: "soon-ink",
  late: "late-ink",
  done: "done-ink",
  plain: "ink-3",
};

type Pen = CanvasRenderingContext2D;

function outline(pen: Pen, tone: Tone): void {
  const c = SIZE / 2;
  pen.beginPath();
  if (tone === "late") polygon(pen, [[c, 2], [SIZE - 2, SIZE - 4], [2, SIZE - 4]]);
  else if (tone === "soon") pen.rect(4, 4, SIZE - 8, SIZE - 8);
  else if (tone === "wait") polygon(pen, [[c, 2], [SIZE - 2, c], [c, SIZE - 2], [2, c]]);
  else pen.arc(c, c, tone === "plain" ? 7 : 9.5, 0, 2 * Math.PI);
  pen.closePath();
}

function polygon(pen: Pen, points: [number, number][]): void {
  points.forEach(([x, y], n) => (n ? pen.lineTo(x, y) : pen.moveTo(x, y)));
}

function sign(pen: Pen, tone: Tone): void {
  const c = SIZE / 2;
  pen.beginPath();
  if (tone === "late") strokes(pen, [[c, 9], [c, 15]], [[c, 18], [c, 18.5]]);
  else if (tone === "soon") strokes(pen, [[c, 8], [c, 13.5], [17, 15.5]]);
  else if (tone === "wait") strokes(pen, [[10.5, 9.5], [10.5, 16.5]], [[15.5, 9.5], [15.5, 16.5]]);
  else if (tone === "done") strokes(pen, [[8.5, 13.5], [11.5, 16.5], [17.5, 9.5]]);
  else if (tone === "open") pen.arc(c, c, 2.5, 0, 2 * Math.PI);
  pen.stroke();
}

function strokes(pen: Pen, ...lines: [number, number][][]): void {
  for (const line of lines) polygon(pen, line);
}

export function addMarks(engine: Engine, colours: Colours): void {
  const ratio = 2;
  for (const tone of TONES) {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = SIZE * ratio;
    const pen = canvas.getContext("2d");
    if (!pen) return;
    pen.scale(ratio, ratio);
    pen.lineWidth = 2;
    pen.lineCap = pen.lineJoin = "round";
    pen.fillStyle = colours(INK[tone]);
    pen.strokeStyle = colours("paper-0");
    outline(pen, tone);
    pen.fill();
    pen.stroke();
    sign(pen, tone);
    engine.addImage(`mark-${tone}`, pen.getImageData(0, 0, canvas.width, canvas.height), { pixelRatio: ratio });
  }
}

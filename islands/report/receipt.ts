/** "Save as picture": draws the receipt's lines on a canvas, so that the number survives in the photo album.

    button[data-receipt] (hidden without script); its lines stand in [data-receipt-line], the large one has data-large. */

const WIDTH = 720;
const EDGE = 48;

export function saveReceipt(): void {
  const button = document.querySelector<HTMLButtonElement>("button[data-receipt]");
  if (!button) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    const lines = [...document.querySelectorAll<HTMLElement>("[data-receipt-line]")];
    const link = document.createElement("a");
    link.download = `${button.dataset["receipt"] || "receipt"}.png`;
    link.href = draw(lines).toDataURL("image/png");
    link.click();
  });
}

function draw(lines: HTMLElement[]): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d");
  if (!pen) return canvas;
  const family = getComputedStyle(document.body).fontFamily;
  const font = (line: HTMLElement): string => ("large" in line.dataset ? `600 56px ${family}` : `32px ${family}`);
  const rows = lines.flatMap((line) => {
    pen.font = font(line);
    return wrap(pen, (line.textContent ?? "").trim()).map((text) => ({ text, font: pen.font }));
  });
  const heights = rows.map(({ font: used }) => (used.includes("56px") ? 92 : 52));
  canvas.width = WIDTH;
  canvas.height = 2 * EDGE + heights.reduce((sum, height) => sum + height, 0);
  pen.fillStyle = "#ffffff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.fillStyle = "#1c2422";
  pen.textBaseline = "middle";
  let y = EDGE;
  rows.forEach((row, n) => {
    pen.font = row.font;
    pen.fillText(row.text, EDGE, y + (heights[n] ?? 0) / 2);
    y += heights[n] ?? 0;
  });
  return canvas;
}

function wrap(pen: CanvasRenderingContext2D, text: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const sign of text) {
    if (pen.measureText(line + sign).width > WIDTH - 2 * EDGE) {
      lines.push(line);
      line = "";
    }
    line += sign;
  }
  return [...lines, line];
}

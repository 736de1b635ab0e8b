/** Photos: made smaller before they travel over a slow net, shown before they are sent.

    input[type=file][data-photos] with data-max (count), data-word-remove, data-word-many; an element with
    [data-photo-list] shows the previews. What this browser cannot read (an iPhone's HEIC, say) travels as it is. */

const EDGE = 2048;
const QUALITY = 0.82;
const SMALL = 600_000;

export function watchPhotos(): void {
  for (const input of document.querySelectorAll<HTMLInputElement>("input[type=file][data-photos]")) {
    if (typeof DataTransfer === "function") new Photos(input);
  }
}

class Photos {
  private files: File[] = [];
  private readonly input: HTMLInputElement;
  private readonly list: HTMLElement | null;
  private readonly most: number;

  constructor(input: HTMLInputElement) {
    this.input = input;
    this.most = Number(input.dataset["max"] ?? 6);
    this.list = (input.closest("form") ?? document).querySelector("[data-photo-list]");
    input.addEventListener("change", () => void this.take([...(input.files ?? [])]));
  }

  private async take(chosen: File[]): Promise<void> {
    const room = this.most - this.files.length;
    this.say(chosen.length > room ? (this.input.dataset["wordMany"] ?? "") : "");
    const form = this.input.form;
    form?.setAttribute("aria-busy", "true");
    for (const file of chosen.slice(0, Math.max(0, room))) this.files.push(await smaller(file));
    form?.removeAttribute("aria-busy");
    this.show();
  }

  private say(words: string): void {
    const out = (this.input.closest("form") ?? document).querySelector("[data-photo-note]");
    if (out) out.textContent = words;
  }

  /** The input itself carries the files, so the form is sent as ever. */
  private show(): void {
    const carrier = new DataTransfer();
    for (const file of this.files) carrier.items.add(file);
    this.input.files = carrier.files;
    this.list?.replaceChildren(...this.files.map((file, n) => this.preview(file, n)));
  }

  private preview(file: File, n: number): HTMLElement {
    const item = document.createElement("li");
    const image = document.createElement("img");
    image.alt = file.name;
    image.src = URL.createObjectURL(file);
    image.onload = image.onerror = () => URL.revokeObjectURL(image.src);
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button-text";
    button.textContent = this.input.dataset["wordRemove"] ?? "×";
    button.addEventListener("click", () => {
      this.files.splice(n, 1);
      this.say("");
      this.show();
    });
    item.append(image, button);
    return item;
  }
}

async function smaller(file: File): Promise<File> {
  if (file.size < SMALL || typeof createImageBitmap !== "function") return file;
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, EDGE / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
    if (!blob || blob.size >= file.size) return file;
    return new File([blob], `${file.name.replace(/\.\w+$/, "")}.jpg`, { type: "image/jpeg" });
  } catch {
    return file;
  }
}

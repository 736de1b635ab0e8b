/** Speaking instead of typing, where the browser itself can: button[data-speech="id of the textarea"], hidden until then.

    The sound goes where the browser sends it, not to us; the page says so next to the button. */

interface Heard {
  results: ArrayLike<ArrayLike<{ transcript: string }> & { isFinal: boolean }>;
  resultIndex: number;
}

interface Recogniser {
  lang: string;
  interimResults: boolean;
  continuous: boolean;
  onresult: ((event: Heard) => void) | null;
  onend: (() => void) | null;
  start(): void;
  stop(): void;
}

type Makes = new () => Recogniser;

export function offerSpeech(): void {
  const known = window as unknown as { SpeechRecognition?: Makes; webkitSpeechRecognition?: Makes };
  const Make = known.SpeechRecognition ?? known.webkitSpeechRecognition;
  if (!Make || !window.isSecureContext) return;
  for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-speech]")) {
    const field = document.getElementById(button.dataset["speech"] ?? "");
    if (field instanceof HTMLTextAreaElement) listen(button, field, new Make());
  }
}

function listen(button: HTMLButtonElement, field: HTMLTextAreaElement, ear: Recogniser): void {
  const idle = button.textContent ?? "";
  let isOn = false;
  ear.lang = document.documentElement.lang.startsWith("en") ? "en-GB" : "zh-CN";
  ear.interimResults = false;
  ear.continuous = true;
  ear.onresult = (event) => {
    for (let n = event.resultIndex; n < event.results.length; n += 1) {
      const words = event.results[n]?.[0]?.transcript ?? "";
      field.value += words;
    }
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };
  ear.onend = () => set(false);
  const set = (on: boolean): void => {
    isOn = on;
    button.setAttribute("aria-pressed", String(on));
    button.textContent = on ? (button.dataset["wordStop"] ?? idle) : idle;
  };
  button.hidden = false;
  button.addEventListener("click", () => {
    if (isOn) ear.stop();
    else {
      ear.start();
      set(true);
    }
  });
}

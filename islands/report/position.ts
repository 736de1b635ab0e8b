/** "Use my position" without a map: button[data-position] fills lon and lat and says what it did.

    data-word-busy, data-word-done, data-word-failed; [data-position-note] shows them. The button starts hidden. */

export function offerPosition(): void {
  const button = document.querySelector<HTMLButtonElement>("button[data-position]");
  if (!button || !navigator.geolocation || !window.isSecureContext) return;
  button.hidden = false;
  const form = button.form ?? document;
  const say = (word: string): void => {
    const out = form.querySelector("[data-position-note]");
    if (out) out.textContent = button.dataset[word] ?? "";
  };
  button.addEventListener("click", () => {
    button.disabled = true;
    say("wordBusy");
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        button.disabled = false;
        write(form, "lon", coords.longitude);
        write(form, "lat", coords.latitude);
        say("wordDone");
      },
      () => {
        button.disabled = false;
        say("wordFailed");
      },
      { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 },
    );
  });
}

function write(form: ParentNode, name: string, value: number): void {
  const input = form.querySelector<HTMLInputElement>(`input[name="${name}"]`);
  if (!input) return;
  input.value = value.toFixed(6);
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

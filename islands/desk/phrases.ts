/** Standard texts: choosing one puts it into the words it belongs to, where it can be made concrete. */

export function watchPhrases(): void {
  document.addEventListener("change", (event) => {
    const choice = event.target;
    if (!(choice instanceof HTMLSelectElement) || !choice.dataset["phraseFor"] || !choice.value) return;
    const words = document.getElementById(choice.dataset["phraseFor"]);
    if (!(words instanceof HTMLTextAreaElement)) return;
    const before = words.value.trim();
    words.value = before && !before.includes(choice.value) ? `${before}\n${choice.value}` : before || choice.value;
    choice.value = ""; // the server would put it in once more
    words.focus();
    words.setSelectionRange(words.value.length, words.value.length);
    words.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

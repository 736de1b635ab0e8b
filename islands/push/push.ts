/** Letting this browser say that there is a message: [data-push] on the page about one's letters.

    The form with the button is hidden until the browser is seen to be able; pressing it registers our worker, asks the
    reader, and sends what the browser's push service gave. Where that cannot be, [data-push-note] says why. */

const box = document.querySelector<HTMLElement>("[data-push]");
if (box) void begin(box);

async function begin(box: HTMLElement): Promise<void> {
  const form = box.querySelector<HTMLFormElement>("form[data-push-on]");
  const say = (word: string): void => {
    const note = box.querySelector<HTMLElement>("[data-push-note]");
    if (!note) return;
    note.textContent = box.dataset[word] ?? "";
    note.hidden = note.textContent === "";
  };
  watchRemovals(box);
  if (!isAble()) return say("wordUnable");
  if (Notification.permission === "denied") return say("wordDenied");
  const isLost = box.dataset["isOn"] !== undefined && !(await subscription(box));
  say(isLost ? "wordLost" : "");
  const badge = box.querySelector<HTMLElement>("[data-push-badge]");
  if (badge && isLost) badge.hidden = true; // the server thinks that it is on
  if (!form || (box.dataset["isOn"] !== undefined && !isLost)) return;
  form.hidden = false;
  const button = form.querySelector<HTMLButtonElement>("button");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (button) button.disabled = true;
    say("wordBusy");
    subscribe(box)
      .then((made) => send(form, made))
      .catch((error: unknown) => {
        say(Notification.permission === "denied" || isRefusal(error) ? "wordDenied" : "wordFailed");
        if (button) button.disabled = false;
      });
  });
}

function isAble(): boolean {
  return window.isSecureContext && "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
}

function isRefusal(error: unknown): boolean {
  return error instanceof DOMException && error.name === "NotAllowedError";
}

/** The worker speaks for the desk alone; residents' pages know nothing of it. */
function register(box: HTMLElement): Promise<ServiceWorkerRegistration> {
  return navigator.serviceWorker.register(box.dataset["worker"] ?? "", { scope: "/desk/", updateViaCache: "none" });
}

async function subscription(box: HTMLElement): Promise<PushSubscription | null> {
  const found = await navigator.serviceWorker.getRegistration("/desk/");
  if (found) void register(box).catch(() => undefined); // a newer worker takes the place of the older
  return found ? found.pushManager.getSubscription() : null;
}

async function subscribe(box: HTMLElement): Promise<PushSubscription> {
  const registration = await register(box);
  if ((await Notification.requestPermission()) !== "granted") throw new DOMException("", "NotAllowedError");
  await active(registration);
  // Always a new address: of an older one somebody else may still know, or it was made for another key.
  await (await registration.pushManager.getSubscription())?.unsubscribe();
  return registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: box.dataset["key"] ?? "" });
}

function active(registration: ServiceWorkerRegistration): Promise<void> {
  const coming = registration.installing ?? registration.waiting;
  if (registration.active || !coming) return Promise.resolve();
  return new Promise((done) => {
    coming.addEventListener("statechange", () => {
      if (coming.state === "activated" || coming.state === "redundant") done();
    });
  });
}

function send(form: HTMLFormElement, made: PushSubscription): void {
  const { endpoint, keys } = made.toJSON();
  const values = { endpoint, public_key: keys?.["p256dh"], secret: keys?.["auth"] };
  for (const [name, value] of Object.entries(values)) {
    const input = form.querySelector<HTMLInputElement>(`input[name="${name}"]`);
    if (input) input.value = value ?? "";
  }
  form.submit();
}

/** Taking this device out ends it in the browser too, whatever becomes of the form. */
function watchRemovals(box: HTMLElement): void {
  box.querySelector("form[data-push-off]")?.addEventListener("submit", () => {
    if (!("serviceWorker" in navigator)) return;
    void navigator.serviceWorker.getRegistration("/desk/").then(async (found) => {
      await (await found?.pushManager?.getSubscription())?.unsubscribe();
    });
  });
}

/** The browser's worker for web push. It keeps nothing, fetches nothing, and shows one harmless line.

    What comes in was sealed by our server: {"title", "open"}. It opens letters of our own desk and nothing else. */

// The page's types and the worker's do not go together in one program; these are the few names used here.
interface Shown {
  close(): void;
  data: unknown;
}
interface Arrival extends Event {
  waitUntil(work: Promise<unknown>): void;
  data: { json(): unknown } | null;
  notification: Shown;
}
interface Page {
  url: string;
  focus(): Promise<Page>;
  navigate(url: string): Promise<Page | null>;
}
interface Worker {
  registration: ServiceWorkerRegistration;
  clients: {
    matchAll(options: { type: "window"; includeUncontrolled: boolean }): Promise<Page[]>;
    openWindow(url: string): Promise<Page | null>;
  };
  location: Location;
  addEventListener(type: "push" | "notificationclick", heard: (event: Arrival) => void): void;
}

const worker = self as unknown as Worker;
const LETTERS = "/desk/letters/";
const TITLE = "百应：有一条新消息";
const TAG = "baiying";

worker.addEventListener("push", (event) => event.waitUntil(show(event)));
worker.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(String(event.notification.data)));
});

async function show(event: Arrival): Promise<void> {
  const { title, path } = said(event);
  // One line however many have come; with a second one it leads to the list.
  const before = await worker.registration.getNotifications({ tag: TAG });
  const options = { tag: TAG, renotify: true, data: before.length > 0 ? `${LETTERS}?show=unread` : path };
  await worker.registration.showNotification(title, options);
}

function said(event: Arrival): { title: string; path: string } {
  let given: { title?: unknown; open?: unknown } = {};
  try {
    given = (event.data?.json() ?? {}) as typeof given;
  } catch {
    // a message that is not ours is shown as a plain one
  }
  const path = typeof given.open === "string" && /^\/desk\/letters\/[0-9a-f-]*\/?$/.test(given.open) ? given.open : LETTERS;
  return { title: typeof given.title === "string" ? given.title : TITLE, path };
}

/** In a window of the desk that is open on letters already, else in a new one: nobody's half-written page is taken away. */
async function open(path: string): Promise<void> {
  const pages = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  const here = pages.find((page) => new URL(page.url).pathname.startsWith(LETTERS));
  if (!here) {
    await worker.clients.openWindow(path);
    return;
  }
  await here.focus();
  await here.navigate(path).catch(() => worker.clients.openWindow(path));
}

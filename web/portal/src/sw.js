// Keeps the pages for where there is no network. What is asked of the region itself goes past it.
const PAGES = ["/app/", "/app/checkpoint", "/app/console"];
const path = (name) => `/app/${name}`;

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(BUILD)
      .then((cache) => cache.addAll(["/app/", ...FIRST.map(path)]))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name !== BUILD).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

// A checkpoint asks for its own files: a citizen's phone does not load the scanner.
self.addEventListener("message", (event) => {
  if (event.data !== "keep-all") return;
  event.waitUntil(caches.open(BUILD).then((cache) => cache.addAll([...PAGES.slice(1), ...LATER.map(path)])));
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin || !url.pathname.startsWith("/app")) return;
  event.respondWith(PAGES.includes(url.pathname) ? page(url.pathname) : file(event.request));
});

/** The newest page that can be had. */
async function page(pathname) {
  const cache = await caches.open(BUILD);
  try {
    const answer = await fetch(pathname, { cache: "no-cache" });
    if (answer.ok) await cache.put(pathname, answer.clone());
    return answer;
  } catch {
    return (await cache.match(pathname)) ?? Response.error();
  }
}

/** A file's name changes with its content, so a kept one is right. */
async function file(request) {
  const kept = await caches.match(request, { ignoreVary: true });
  return kept ?? fetch(request);
}

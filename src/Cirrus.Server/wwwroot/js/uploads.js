// Pictures that were handed over, by the hash of their bytes. They stay in this browser for a day, so that back and reload find them.

const store = 'pictures', day = 24 * 3600 * 1000;
const blobs = new Map(), urls = new Map(), names = new Map();
let database = null;

function open() {
  database ??= new Promise((resolve) => {
    const asked = indexedDB.open('cirrus', 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(store);
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => resolve(null);   // private windows: memory alone
  });
  return database;
}

async function transact(mode, work) {
  const db = await open();
  if (!db) return undefined;
  return new Promise((resolve) => {
    const asked = work(db.transaction(store, mode).objectStore(store));
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => resolve(undefined);
  });
}

/** SHA-256 in hex; where the browser has none (no secure context) a name of our own, that the server does not know. */
async function hashOf(blob) {
  if (!globalThis.crypto?.subtle) return `x${Date.now().toString(36)}${Math.random().toString(36).slice(2, 10)}`;
  const digest = await crypto.subtle.digest('SHA-256', await blob.arrayBuffer());
  return [...new Uint8Array(digest)].map((b) => b.toString(16).padStart(2, '0')).join('');
}

export async function keep(blob, name = blob.name ?? 'a picture') {
  const hash = await hashOf(blob);
  if (!blobs.has(hash)) {
    blobs.set(hash, blob);
    names.set(hash, name);
    await transact('readwrite', (s) => s.put({ blob, name, kept: Date.now() }, hash));
  }
  return { hash, name };
}

export async function blobOf(hash) {
  if (!blobs.has(hash)) {
    const found = await transact('readonly', (s) => s.get(hash));
    if (!found || Date.now() - found.kept > day) return null;
    blobs.set(hash, found.blob);
    names.set(hash, found.name);
  }
  return blobs.get(hash);
}

export async function urlOf(hash) {
  const blob = await blobOf(hash);
  if (!blob) return null;
  if (!urls.has(hash)) urls.set(hash, URL.createObjectURL(blob));
  return urls.get(hash);
}

export const nameOf = (hash) => names.get(hash) ?? 'a picture';

/** Forgets what is older than a day. */
export async function sweep() {
  const keys = (await transact('readonly', (s) => s.getAllKeys())) ?? [];
  for (const hash of keys) {
    const found = await transact('readonly', (s) => s.get(hash));
    if (found && Date.now() - found.kept > day) await transact('readwrite', (s) => s.delete(hash));
  }
}

/** What the device keeps between two visits, by name: IndexedDB, which holds keys that cannot be taken out, too. */

const NAME = "healthcode";
const ROOM = "kept";

let opened: Promise<IDBDatabase> | null = null;

function database(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(ROOM);
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  return opened;
}

async function ask<T>(mode: IDBTransactionMode, work: (room: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const transaction = (await database()).transaction(ROOM, mode);
  const asked = work(transaction.objectStore(ROOM));
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(asked.result);
    transaction.onabort = () => reject(transaction.error);
  });
}

export const load = async <T>(name: string): Promise<T | undefined> =>
  (await ask("readonly", (room) => room.get(name))) as T | undefined;
export const keep = (name: string, value: unknown): Promise<unknown> => ask("readwrite", (room) => room.put(value, name));
export const drop = (name: string): Promise<unknown> => ask("readwrite", (room) => room.delete(name));
export const dropAll = (): Promise<unknown> => ask("readwrite", (room) => room.clear());

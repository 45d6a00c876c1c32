// The pictures that were drawn, kept by this browser (IndexedDB) with what they were drawn from.
//
// A picture: {key, created, blob, recipe, form, prompt, seed, width, height, format, model}

const NAME = 'imagine', STORE = 'pictures';
const MOST_PICTURES = 500, MOST_BYTES = 500e6;

// Its quota is looked at when a transaction ends.
const ended = (transaction) => new Promise((resolve, reject) => {
  transaction.oncomplete = resolve;
  transaction.onabort = transaction.onerror = () => reject(transaction.error);
});

const done = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

function open() {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE, {keyPath: 'key'});
  return done(request);
}

export class History {
  pictures = [];  // newest first
  isKept = true;  // not where the browser keeps nothing, as in some private windows
  #database = null;

  async open() {
    try {
      this.#database = await open();
      this.pictures = await done(this.#store('readonly').getAll());
      this.pictures.sort((one, other) => other.created - one.created);
    } catch {
      this.isKept = false;
    }
  }

  bytes() {
    return this.pictures.reduce((sum, {blob}) => sum + blob.size, 0);
  }

  find(key) {
    return this.pictures.find((picture) => picture.key === key);
  }

  // Keeps a picture, and lets go of the oldest where there are too many. Returns those.
  async add(picture) {
    this.pictures = this.pictures.filter(({key}) => key !== picture.key);
    const place = this.pictures.findIndex(({created}) => created <= picture.created);
    this.pictures.splice(place < 0 ? this.pictures.length : place, 0, picture);
    await this.#change((store) => store.put(picture));
    const tooMany = [];
    while (this.pictures.length > MOST_PICTURES ||
           (this.bytes() > MOST_BYTES && this.pictures.length > 1)) {
      tooMany.push(this.pictures.pop());
    }
    for (const {key} of tooMany) await this.#change((store) => store.delete(key));
    return tooMany;
  }

  async remove(key) {
    this.pictures = this.pictures.filter((picture) => picture.key !== key);
    await this.#change((store) => store.delete(key));
  }

  // All that this tab shows: another one may have drawn more since.
  async clear() {
    const gone = this.pictures;
    this.pictures = [];
    await this.#change((store) => gone.forEach(({key}) => store.delete(key)));
  }

  #store(mode) {
    return this.#database.transaction(STORE, mode).objectStore(STORE);
  }

  async #change(action) {
    if (!this.#database) return;
    try {
      const store = this.#store('readwrite');
      action(store);
      await ended(store.transaction);
    } catch {
      this.isKept = false;  // its disk is full, for instance: what is shown stays until it is left
    }
  }
}

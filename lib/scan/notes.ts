/** What has a number of its own: from 0 upwards, without large gaps. Below 0 there may be several of one number. */
export interface Numbered {
  readonly id: number;
}

/** What is noted under a key. */
export interface Notes<Key, Note> {
  get(key: Key): Note | undefined;
  set(key: Key, note: Note): unknown;
}

/** Notes of one page, as a power of two: few enough that a page for one note takes little. */
const PAGE_BITS = 6;
const PAGE = 1 << PAGE_BITS;

/** In the place of a page without notes. Never written to. */
const NO_PAGE: never[] = [];

/**
 * Notes about nodes, or whatever is numbered like them. A map would do the same; but a scan looks something up for each
 * node some fifty times, and maps took a tenth of its time.
 */
export const createNotes = <Key extends Numbered, Note>(): Notes<Key, Note> => {
  const pages: (Note | undefined)[][] = [];
  const unnumbered = new Map<Key, Note>();
  return {
    get(key) {
      const { id } = key;
      if (id < 0) return unnumbered.get(key);
      const page = id >> PAGE_BITS;
      return page < pages.length ? pages[page]![id & (PAGE - 1)] : undefined;
    },
    set(key, note) {
      const { id } = key;
      if (id < 0) {
        unnumbered.set(key, note);
        return;
      }
      const number = id >> PAGE_BITS;
      while (number >= pages.length) pages.push(NO_PAGE);
      let page = pages[number]!;
      if (page === NO_PAGE) pages[number] = page = new Array<Note | undefined>(PAGE).fill(undefined);
      page[id & (PAGE - 1)] = note;
    },
  };
};

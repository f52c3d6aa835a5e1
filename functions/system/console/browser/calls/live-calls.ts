import { isObject, textIn, type JsonObject } from '../../json-value.ts';
import { idOf, type LoadedList } from '../kit/pages.ts';

/** Calls in progress, as events change them between two readings of the list. */

/** Milliseconds for which a call is remembered as its last event had it. An answer on its way may be as old. */
const memory = 60_000;

/** When a call entered its state, and after how many others. */
function progressOf({ timestamps }: JsonObject): readonly [string, number] {
  const instants = Object.values(isObject(timestamps) ? timestamps : {}).map(textIn);
  return [instants.reduce((last, instant) => (instant > last ? instant : last), ''), instants.length];
}

/** The later of two states of a call; the first if both are the same. A state never goes back. */
function laterOf(one: JsonObject, other: JsonObject): JsonObject {
  const [[at, count], [otherAt, otherCount]] = [progressOf(one), progressOf(other)];
  if (otherAt !== at) return otherAt > at ? other : one;
  return otherCount > count ? other : one;
}

const hasEnded = ({ status }: JsonObject): boolean => status === 'hangup';

/** What events have said of calls lately, whatever their order. */
export class RecentCalls {
  /** By id; the one that changed last comes last. */
  readonly #calls = new Map<string, { readonly call: JsonObject; readonly at: number }>();

  /** @param now milliseconds, on any clock that does not go back */
  take(call: JsonObject, now: number): void {
    const id = idOf(call);
    const known = this.#calls.get(id);
    this.#calls.delete(id);
    this.#calls.set(id, { call: known === undefined ? call : laterOf(known.call, call), at: now });
    this.#forget(now);
  }

  /** As no event may follow, time alone forgets: the end of a call may have been missed. */
  callsAt(now: number): readonly JsonObject[] {
    this.#forget(now);
    return [...this.#calls.values()].map(({ call }) => call);
  }

  #forget(now: number): void {
    for (const [id, { at }] of this.#calls) {
      if (now - at <= memory) return;
      this.#calls.delete(id);
    }
  }
}

/**
 * The list with calls as events had them: those that have ended are not in it, and new ones are where their ids place
 * them, newest first. A call of a page that is not loaded comes with that page.
 */
export function withCalls(list: LoadedList, calls: readonly JsonObject[]): LoadedList {
  const changes = new Map(calls.map((call) => [idOf(call), call]));
  const known = new Set(list.pages.flatMap(({ rows }) => rows.map(idOf)));
  let waiting = calls
    .filter((call) => !known.has(idOf(call)) && !hasEnded(call))
    .toSorted((one, other) => (idOf(one) < idOf(other) ? 1 : -1));
  const pages = list.pages.map((page, place) => {
    const isEnd = place === list.pages.length - 1 && list.next === '';
    const lowest = idOf(page.rows.at(-1) ?? {});
    const added = waiting.filter((call) => isEnd || idOf(call) > lowest);
    waiting = waiting.slice(added.length);
    const rows = page.rows.flatMap((row) => {
      const change = changes.get(idOf(row));
      if (change === undefined) return [row];
      const call = laterOf(row, change);
      return hasEnded(call) ? [] : [call];
    });
    if (added.length === 0) return { ...page, rows };
    return { ...page, rows: [...rows, ...added].toSorted((one, other) => (idOf(one) < idOf(other) ? 1 : -1)) };
  });
  return { ...list, pages };
}

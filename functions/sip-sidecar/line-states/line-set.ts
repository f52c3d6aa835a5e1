import type { Line } from '#sidecar/line-command.ts';
import { addKey, removeKey, type KeySets } from '../tables/key-sets.ts';
import { keysOfLine, type LineKey } from './local-dialogs.ts';

/** The identity of a line: who its user is may change. */
export const lineId = ({ organization, extension }: Pick<Line, 'organization' | 'extension'>): string =>
  `${organization} ${extension}`;

/** Lines with what is known of each, found by the keys of their calls too. */
export class LineSet<Value> {
  readonly #lines = new Map<string, { readonly line: Line; readonly value: Value }>();
  readonly #byKey: KeySets<LineKey> = new Map();

  get(id: string): { readonly line: Line; readonly value: Value } | undefined {
    return this.#lines.get(id);
  }

  all(): { readonly line: Line; readonly value: Value }[] {
    return [...this.#lines.values()];
  }

  set(line: Line, value: Value): void {
    const id = lineId(line);
    this.delete(id);
    this.#lines.set(id, { line, value });
    for (const key of keysOfLine(line)) addKey(this.#byKey, key, id);
  }

  delete(id: string): void {
    const known = this.#lines.get(id);
    if (known === undefined) return;
    this.#lines.delete(id);
    for (const key of keysOfLine(known.line)) removeKey(this.#byKey, key, id);
  }

  /** The ids of the lines that have one of these keys. */
  idsOf(keys: Iterable<LineKey>): string[] {
    return [...new Set([...keys].flatMap((key) => [...(this.#byKey.get(key) ?? [])]))];
  }
}

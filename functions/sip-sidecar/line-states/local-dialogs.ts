import type { Line, LineDialog } from '#sidecar/line-command.ts';
import { addKey, removeKey, type KeySets } from '../tables/key-sets.ts';
import type { RunningCall } from '../calls/running/running-call.ts';
import { dialogsOfCall, type PhoneDialog } from './call-dialogs.ts';

/** What lines are found by: their extension, or the user whose extension it is. */
export type LineKey = string;

const extensionKey = (organization: number, extension: string): LineKey => `${organization} ${extension}`;
const userKey = (organization: number, user: string): LineKey => `${organization} user ${user}`;

/** The keys of the calls of a line. */
export const keysOfLine = ({ organization, extension, user }: Line): LineKey[] => [
  extensionKey(organization, extension),
  ...(user === null ? [] : [userKey(organization, user)]),
];

const keysOfPhone = (organization: number, { extension, user }: PhoneDialog): LineKey[] => [
  ...(extension === null ? [] : [extensionKey(organization, extension)]),
  ...(user === null ? [] : [userKey(organization, user)]),
];

type Known = { readonly organization: number; readonly phones: readonly PhoneDialog[]; readonly text: string };

/** The calls that this task carries, by the lines of their phones. */
export class LocalDialogs {
  readonly #callOf: (id: string) => Pick<RunningCall, 'record' | 'state'> | undefined;
  readonly #calls = new Map<string, Known>();
  readonly #callsOf: KeySets<LineKey> = new Map();
  readonly #changed = new Set<string>();
  readonly #listeners: ((keys: ReadonlySet<LineKey>) => void)[] = [];

  /** @param callOf a call that this task carries now */
  constructor(callOf: (id: string) => Pick<RunningCall, 'record' | 'state'> | undefined) {
    this.#callOf = callOf;
  }

  /** @param listener is notified of the keys of lines whose calls have changed */
  onChange(listener: (keys: ReadonlySet<LineKey>) => void): void {
    this.#listeners.push(listener);
  }

  /** A call has changed, has begun or is gone. What one turn of the event loop changes is looked at once. */
  readonly note = (id: string): void => {
    if (this.#changed.size === 0) setImmediate(() => this.#update());
    this.#changed.add(id);
  };

  /** The calls of a line. */
  of(line: Line): LineDialog[] {
    const keys = keysOfLine(line);
    const ids = new Set(keys.flatMap((key) => [...(this.#callsOf.get(key) ?? [])]));
    return [...ids].flatMap((id) => {
      const { organization = 0, phones = [] } = this.#calls.get(id) ?? {};
      return phones
        .filter((phone) => keysOfPhone(organization, phone).some((key) => keys.includes(key)))
        .map(({ dialog }) => dialog);
    });
  }

  #update(): void {
    const keys = new Set([...this.#changed].flatMap((id) => this.#updateCall(id)));
    this.#changed.clear();
    if (keys.size > 0) for (const listener of this.#listeners) listener(keys);
  }

  /** @returns the keys of the lines that see a change */
  #updateCall(id: string): LineKey[] {
    const call = this.#callOf(id);
    const before = this.#calls.get(id);
    const phones = call === undefined ? [] : dialogsOfCall(call);
    const text = JSON.stringify(phones);
    if (text === (before?.text ?? '[]')) return [];
    const organization = call?.record.org_id ?? before?.organization ?? 0;
    const keysBefore = keysOf(before);
    for (const key of keysBefore) removeKey(this.#callsOf, key, id);
    const after = { organization, phones, text };
    const keysAfter = keysOf(after);
    for (const key of keysAfter) addKey(this.#callsOf, key, id);
    if (phones.length === 0) this.#calls.delete(id);
    else this.#calls.set(id, after);
    return [...keysBefore, ...keysAfter];
  }
}

const keysOf = (call: Known | undefined): LineKey[] =>
  call === undefined ? [] : call.phones.flatMap((phone) => keysOfPhone(call.organization, phone));

import { isObject } from '../../json-value.ts';
import type { Flow } from './flow-draft.ts';

/** Drafts of flows in the storage of the browser, which survive a reload and the end of a session. */

export type KeptDraft = {
  readonly flow: Flow;
  /** Version of the flow that it changes; null: there is none yet. */
  readonly base: number | null;
  /** When it was changed last, Unix milliseconds. */
  readonly at: number;
};

/** What keeps texts by their names: `localStorage`. */
type Store = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** Whose draft of which flow: another person at the same browser does not see it. */
export type DraftOf = { readonly user: string; readonly organization: string; readonly id: string };

const nameOf = ({ user, organization, id }: DraftOf): string => `trunkline-flow ${user} ${organization} ${id}`;

const isDraft = (value: unknown): value is KeptDraft =>
  isObject(value) && isObject(value['flow']) && isObject(value['flow']['steps']) && typeof value['at'] === 'number';

/** @returns undefined: there is none */
export function readDraft(of: DraftOf, store: Store = localStorage): KeptDraft | undefined {
  try {
    const value: unknown = JSON.parse(store.getItem(nameOf(of)) ?? 'null');
    return isDraft(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A full storage keeps none: the page goes on. */
export function keepDraft(of: DraftOf, draft: KeptDraft, store: Store = localStorage): void {
  try {
    store.setItem(nameOf(of), JSON.stringify(draft));
  } catch {
    store.removeItem(nameOf(of));
  }
}

export const forgetDraft = (of: DraftOf, store: Store = localStorage): void => store.removeItem(nameOf(of));

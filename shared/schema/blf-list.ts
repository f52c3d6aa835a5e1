/** Lists of watched extensions, which are keys of phones (functions/accounts/README.md, "Subscriptions"). */

/** Something that a key watches. */
export type BlfTarget = {
  /** A user of the organization; null: an extension that devices without a user have. */
  readonly target_id: string | null;
  readonly extension: string;
  readonly display_name: string;
  /** Number of the key, from 1. */
  readonly button: number;
};

/** The list of a user or a device, as stored. */
export type BlfList = {
  /** `sub_…` */
  readonly id: string;
  /** Id of the user or device whose keys they are. */
  readonly entity_id: string;
  readonly targets: readonly BlfTarget[];
  /** End of the first term, ISO 8601. */
  readonly expires_at: string;
  /** Length of a term, milliseconds. */
  readonly term: number;
  /** Whether the term repeats. */
  readonly auto_renew: boolean;
  readonly created_at: string;
  readonly updated_at: string;
  readonly version: number;
};

type Term = Pick<BlfList, 'expires_at' | 'term' | 'auto_renew'>;

/** The end of the present term, ISO 8601; of a list that does not renew that of its only one. */
export function termEnd({ expires_at: first, term, auto_renew: renews }: Term, now: Date): string {
  const passed = now.getTime() - Date.parse(first);
  if (!renews || passed < 0) return first;
  return new Date(Date.parse(first) + (Math.floor(passed / term) + 1) * term).toISOString();
}

/** Whether the keys are shown. */
export const isLiveList = (list: Term, now: Date): boolean => termEnd(list, now) > now.toISOString();

type Person = { readonly id: string; readonly extension: string | null; readonly display_name: string };

/** The targets as they are now: extension and name of a user may have changed, and users may be gone. */
export function presentTargets(
  targets: readonly BlfTarget[],
  people: readonly (Person | undefined)[],
): (Omit<BlfTarget, 'extension'> & { readonly extension: string | null })[] {
  const byId = new Map(people.flatMap((person) => (person === undefined ? [] : [[person.id, person]])));
  return targets.flatMap((target) => {
    if (target.target_id === null) return [target];
    const person = byId.get(target.target_id);
    return person === undefined ? [] : [{ ...target, extension: person.extension, display_name: person.display_name }];
  });
}

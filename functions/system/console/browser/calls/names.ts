import { t } from '../texts/texts.ts';

/** The people of an organization, by whom calls are from and to. */

export type Person = {
  readonly id: string;
  readonly name: string;
  /** Empty: none. */
  readonly extension: string;
  /** Further numbers (E.164). */
  readonly numbers: readonly string[];
  /** One who signs in; else a contact outside. */
  readonly isUser: boolean;
};

export type People = {
  readonly all: readonly Person[];
  readonly byId: ReadonlyMap<string, Person>;
  /** By extension, and by each of the other numbers. */
  readonly byNumber: ReadonlyMap<string, Person>;
};

export const peopleOf = (all: readonly Person[]): People => ({
  all,
  byId: new Map(all.map((person) => [person.id, person])),
  byNumber: new Map(
    all.flatMap((person) =>
      [person.extension, ...person.numbers]
        .filter((number) => number !== '')
        .map((number) => [number, person] as const),
    ),
  ),
});

/** A person with the extension, such as `Ann Smith (201)`. */
export const personText = ({ name, extension }: Pick<Person, 'name' | 'extension'>): string =>
  extension === '' || extension === name ? name : `${name} (${extension})`;

const numberText = (number: string): string => (number === 'anonymous' ? t('Withheld number') : number);

/** A party of a call by its number: its name with the number, else the number. */
export function partyOf(number: string, { byNumber }: People): string {
  const person = byNumber.get(number);
  return person === undefined ? numberText(number) : `${person.name} (${number})`;
}

/** What is known of the two parties of a call. */
export type Parties = {
  readonly caller: string;
  readonly callee: string;
  readonly direction: 'outbound' | 'inbound' | 'internal';
  /** Whose call it is: the caller, or who was called from outside. */
  readonly user_id: string | null;
};

/** The names of both parties; a number that belongs to no one is itself. */
export function partiesOf({ caller, callee, direction, user_id: user }: Parties, { byId, byNumber }: People) {
  const owner = user === null ? undefined : byId.get(user);
  const isCaller = direction !== 'inbound';
  const from = byNumber.get(caller) ?? (isCaller ? owner : undefined);
  const to = byNumber.get(callee) ?? (isCaller ? undefined : owner);
  return {
    from: from === undefined ? numberText(caller) : personText(from),
    to: to === undefined ? numberText(callee) : personText(to),
  };
}

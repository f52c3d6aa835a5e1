import { foldText } from './searched-text.ts';

/** Classes of records that are archived, held and purged (functions/system/retention/README.md, "Classes"). */

export const recordClasses = ['cdr', 'sms', 'email', 'voicemail', 'eventlog', 'recordings', 'logs'] as const;
export type RecordClass = (typeof recordClasses)[number];

/** What legal holds and policies ask of a record. */
export type RecordFacts = {
  /** When it happened: ISO 8601 UTC. */
  readonly at: string;
  /** Ids of the users whose record it is. */
  readonly users: readonly string[];
  /** Numbers and addresses of its parties, as they are stored. */
  readonly parties: readonly string[];
  /** Ids by which it is known: its own, and those of its call, mailbox or device. */
  readonly entities: readonly string[];
  readonly direction: 'inbound' | 'outbound' | 'internal' | null;
  /** What is searched. */
  readonly text: string;
};

/** Which records a hold or a policy means: all of its class that fit each field that is given. */
export type RecordFilter = {
  readonly user_ids?: readonly string[];
  /** E.164. */
  readonly numbers?: readonly string[];
  readonly entity_ids?: readonly string[];
  readonly direction?: 'inbound' | 'outbound' | 'internal';
  /** Inclusive bounds: ISO 8601 UTC. */
  readonly from?: string;
  readonly to?: string;
  /** Words that the text contains, in any case. */
  readonly search_text?: string;
};

/** What a hold says about records. */
export type Holding = {
  readonly classes: readonly (RecordClass | '*')[];
  readonly filter: RecordFilter;
};

const digitsOf = (party: string): string => party.replaceAll(/[^0-9]/g, '');

/** A party may be stored as `+49 30…`, `4930…` or `sip:+4930…@host`: what counts is the number in it. */
function hasNumber(parties: readonly string[], wanted: readonly string[]): boolean {
  const numbers = new Set(wanted.map(digitsOf));
  return parties.some((party) => {
    const user = party.replace(/^sips?:/i, '').split('@')[0] ?? '';
    const digits = digitsOf(user);
    return numbers.has(digits) || numbers.has(digits.replace(/^00/, ''));
  });
}

const overlap = (present: readonly string[], wanted: readonly string[]): boolean =>
  wanted.some((each) => present.includes(each));

const isBetween = ({ at }: RecordFacts, { from = '', to }: RecordFilter): boolean =>
  at >= from && (to === undefined || at <= to);

/** Whether a filter means a record. */
export function fitsFilter(facts: RecordFacts, filter: RecordFilter): boolean {
  const { user_ids, numbers, entity_ids, direction = facts.direction, search_text: sought = '' } = filter;
  return (
    (user_ids === undefined || overlap(facts.users, user_ids)) &&
    (numbers === undefined || hasNumber(facts.parties, numbers)) &&
    (entity_ids === undefined || overlap(facts.entities, entity_ids)) &&
    direction === facts.direction &&
    isBetween(facts, filter) &&
    containsAll(foldText(facts.text), foldText(sought).split(/\s+/))
  );
}

const containsAll = (text: string, words: readonly string[]): boolean => words.every((word) => text.includes(word));

/** The classes of records that a hold is about. */
export const classesOf = ({ classes }: Pick<Holding, 'classes'>): readonly RecordClass[] =>
  recordClasses.filter((each) => classes.some((meant) => meant === '*' || meant === each));

/** Whether any of the holds forbids that a record of a class is deleted. Everything that deletes records asks this. */
export const isHeld = (of: RecordClass, facts: RecordFacts, holds: readonly Holding[]): boolean =>
  holds.some((hold) => classesOf(hold).includes(of) && fitsFilter(facts, hold.filter));

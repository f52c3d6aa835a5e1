import type { AnswerOf } from '../kit/answer-of.ts';
import { t } from '../texts/texts.ts';

/** What depends on a person, call flow, ring group or opening hours, and what happens to it without. */

export type Dependents = NonNullable<AnswerOf<'get', '/users/{id}/dependents'>['data']>;
type Dependent = Dependents['dependents'][number];

type Sentence = {
  readonly types: readonly Dependent['type'][];
  readonly of: (values: { readonly count: number }) => string;
};

const numbers: Sentence = {
  types: ['number'],
  of: (count) => t('{count, plural, one {# number rings} other {# numbers ring}} nothing after this.', count),
};
const forwards: Sentence = {
  types: ['user'],
  of: (count) =>
    t(
      'Calls that {count, plural, one {# person forwards} other {# people forward}} here are not forwarded after this.',
      count,
    ),
};

/** What has dependents. */
export type Depended = 'user' | 'flow' | 'ring_group' | 'schedule';

/** Those of the resources that the same pages show, by their keys. */
export const dependedOf: Readonly<Record<string, Depended>> = { ringgroups: 'ring_group', schedules: 'schedule' };

const places: Sentence = {
  types: ['ring_group', 'flow', 'blocked_caller'],
  of: (count) =>
    t('Calls that {count, plural, one {# other place sends} other {# other places send}} here end.', count),
};

const sentences: Readonly<Record<Depended, readonly Sentence[]>> = {
  user: [
    numbers,
    {
      types: ['device'],
      of: (count) => t('{count, plural, one {# phone has} other {# phones have}} no user after this.', count),
    },
    {
      types: ['sim'],
      of: (count) => t('{count, plural, one {# SIM card has} other {# SIM cards have}} no user after this.', count),
    },
    {
      types: ['ring_group'],
      of: (count) => t('{count, plural, one {# ring group rings} other {# ring groups ring}} one person less.', count),
    },
    {
      types: ['flow'],
      of: (count) =>
        t('{count, plural, one {# call flow does} other {# call flows do}} not reach this person after this.', count),
    },
    forwards,
  ],
  flow: [numbers, places, forwards],
  ring_group: [numbers, places, forwards],
  schedule: [
    {
      types: ['flow'],
      of: (count) =>
        t('{count, plural, one {# call flow asks} other {# call flows ask}} for hours that no longer exist.', count),
    },
    {
      types: ['user'],
      of: (count) => t('{count, plural, one {# person has} other {# people have}} no hours after this.', count),
    },
  ],
};

/** What happens to them without it, a sentence each. @param read undefined: not read yet */
export function consequencesOf(of: Depended | undefined, read: Dependents | undefined): readonly string[] {
  if (of === undefined || read === undefined) return [];
  const said = sentences[of].flatMap(({ types, of: sentence }) => {
    const count = read.dependents.filter(({ type }) => types.includes(type)).length;
    return count === 0 ? [] : [sentence({ count })];
  });
  return read.truncated ? [...said, mayBeMore()] : said;
}

export const mayBeMore = (): string => t('More may depend on it than is listed.');

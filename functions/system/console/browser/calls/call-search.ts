import { t } from '../texts/texts.ts';
import { personText, type Person } from './names.ts';
import { directions, results, soughtBy, type Direction, type Disposition, type Result } from './result.ts';

/** The search box of calls: numbers, names and words, such as `missed Ann >5 min cost>1`. */

type Meaning =
  | { readonly kind: 'result'; readonly result: Result }
  | { readonly kind: 'direction'; readonly direction: Direction }
  | { readonly kind: 'price'; readonly status: 'free' | 'unrated' }
  /** Seconds of talk, both ends included; null: no bound. */
  | { readonly kind: 'talk'; readonly least: number | null; readonly most: number | null }
  /** A decimal with up to 4 decimals. */
  | { readonly kind: 'cost'; readonly least: string }
  | { readonly kind: 'number'; readonly party: 'number' | 'caller' | 'callee'; readonly number: string }
  | { readonly kind: 'person'; readonly person: Person }
  | { readonly kind: 'unknown' };

/** A part of what was typed, with what it means. `label`: for a person. */
export type Term = { readonly text: string; readonly label: string; readonly meaning: Meaning };

const resultWords: Readonly<Record<Result, readonly string[]>> = {
  answered: ['answered', 'angenommen', 'beantwortet', 'contestada', 'repondu'],
  missed: ['missed', 'verpasst', 'perdida', 'manque'],
  unanswered: [
    'no answer',
    'unanswered',
    'not answered',
    'keine antwort',
    'nicht angenommen',
    'sin respuesta',
    'sans reponse',
  ],
  cancelled: ['hung up first', 'cancelled', 'abgebrochen', 'vorher aufgelegt', 'colgada antes', 'raccroche avant'],
  busy: ['busy', 'besetzt', 'ocupado', 'occupe'],
  failed: ['failed', 'fehlgeschlagen', 'fallida', 'echoue'],
};
const directionWords: Readonly<Record<Direction, readonly string[]>> = {
  inbound: ['incoming', 'inbound', 'eingehend', 'entrante', 'entrant'],
  outbound: ['outgoing', 'outbound', 'ausgehend', 'saliente', 'sortant'],
  internal: ['internal', 'intern', 'interna', 'interne'],
};
const priceWords = {
  free: { words: ['free', 'kostenlos', 'gratis', 'gratuit'], label: t('Free') },
  unrated: { words: ['no price', 'unrated', 'ohne preis', 'sin precio', 'sans prix'], label: t('No price') },
} as const;

type Known = { readonly label: string; readonly meaning: Meaning };

const keysOf = <Key extends string>(of: Readonly<Record<Key, unknown>>): readonly Key[] => Object.keys(of) as Key[];

/** Words with one meaning each, in all languages, without accents. */
const vocabulary: ReadonlyMap<string, Known> = new Map<string, Known>([
  ...keysOf(resultWords).flatMap((result) =>
    resultWords[result].map((word) => [word, { label: results[result], meaning: { kind: 'result', result } }] as const),
  ),
  ...keysOf(directionWords).flatMap((direction) =>
    directionWords[direction].map(
      (word) => [word, { label: directions[direction], meaning: { kind: 'direction', direction } }] as const,
    ),
  ),
  ...keysOf(priceWords).flatMap((status) =>
    priceWords[status].words.map(
      (word) => [word, { label: priceWords[status].label, meaning: { kind: 'price', status } }] as const,
    ),
  ),
]);

const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600 };

/** Seconds in `5 min`, `90s`, `1.5 h` or `8:43`; a number alone is minutes. */
function secondsOf(text: string): number {
  const [, typed = '0', unit = 'm'] = /^([\d.,:]+)\s*(\S*)/.exec(text.toLowerCase()) ?? [];
  if (typed.includes(':')) return typed.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  return Math.round(Number(typed.replace(',', '.')) * (units[unit === 'std' ? 'h' : unit.charAt(0)] ?? 60));
}

/** The next amount of money: what costs more costs at least that. */
const nextCharge = (charge: string): string => (Number(charge) + 0.0001).toFixed(4);

/** What a time of talk is typed as: `8:43` or `1:00:00`, or an amount with a unit. */
const clock = String.raw`\d{1,5}(?::[0-5]\d){1,2}`;
const amount = String.raw`\d{1,5}(?:[.,]\d{1,2})?`;
const unitNames = 'seconds?|sek|sec|s|minutes?|minuten|min|m|hours?|std|h|';

type Pattern = { readonly form: RegExp; readonly read: (found: readonly string[]) => Known };

/** What is known by its form, tried in this order where a word begins. */
const patterns: readonly Pattern[] = [
  {
    form: /(?:cost|kosten|coste|co[uû]t)\s*(>=|>)\s*(\d{1,9}(?:[.,]\d{1,4})?)(?=\s|$)/iy,
    read: ([text = '', comparison, typed = '']) => {
      const charge = typed.replace(',', '.');
      return { label: text, meaning: { kind: 'cost', least: comparison === '>' ? nextCharge(charge) : charge } };
    },
  },
  {
    form: new RegExp(String.raw`(>=|<=|>|<)\s*(${clock}|${amount}\s*(?:${unitNames}))(?=\s|$)`, 'iy'),
    read: ([text = '', comparison = '', duration = '']) => {
      const seconds = secondsOf(duration);
      const bounds: Readonly<Record<string, readonly [number | null, number | null]>> = {
        '>': [seconds + 1, null],
        '>=': [seconds, null],
        '<': [null, Math.max(0, seconds - 1)],
        '<=': [null, seconds],
      };
      const [least = null, most = null] = bounds[comparison] ?? [];
      return { label: text, meaning: { kind: 'talk', least, most } };
    },
  },
  {
    form: /(from|von|de|to|an|a|à):\s*([*#+]?\d[\d*#-]{0,30})(?=\s|$)/iy,
    read: ([text = '', side = '', number = '']) => {
      const party = ['from', 'von', 'de'].includes(side.toLowerCase()) ? 'caller' : 'callee';
      return { label: text, meaning: { kind: 'number', party, number: number.replaceAll('-', '') } };
    },
  },
  {
    // Written with a country, it may have blanks; else the next one may be another number.
    form: /(\+\d[\d ()/.-]{0,40}\d|[*#]?\d[\d()/.*#-]{1,30})(?=\s|$)/y,
    read: ([text = '']) => ({
      label: text,
      meaning: { kind: 'number', party: 'number', number: text.replaceAll(/[^\d+*#]/g, '') },
    }),
  },
];

/** A part that is known by its form, where it begins. */
function patternAt(text: string, at: number): Term | undefined {
  for (const { form, read } of patterns) {
    form.lastIndex = at;
    const found = form.exec(text);
    if (found !== null) return { text: found[0], ...read(found) };
  }
  return undefined;
}

const simple = (text: string): string =>
  text
    .toLowerCase()
    .normalize('NFD')
    .replaceAll(/\p{M}|["“”]/gu, '');

/** Whether each of the words begins a word of the name. */
function isNamed({ name }: Person, words: readonly string[]): boolean {
  const own = simple(name).split(/\s+/);
  return words.every((word) => own.some((each) => each.startsWith(word)));
}

const longest = 4;

/** What some words mean together; undefined: nothing. */
function meaningOf(words: readonly string[], people: readonly Person[]): Known | undefined {
  const plain = words.map(simple);
  const phrase = plain.join(' ');
  const known = vocabulary.get(phrase);
  if (known !== undefined || phrase === '') return known;
  const person = people.find(({ name }) => simple(name) === phrase) ?? people.find((each) => isNamed(each, plain));
  return person === undefined ? undefined : { label: personText(person), meaning: { kind: 'person', person } };
}

/** Words that stand together, as terms: as many of them as mean something. */
function termsOfWords(words: readonly string[], people: readonly Person[]): readonly Term[] {
  const [first] = words;
  if (first === undefined) return [];
  for (let count = Math.min(longest, words.length); count > 0; count -= 1) {
    const taken = words.slice(0, count);
    const known = meaningOf(taken, people);
    if (known !== undefined) return [{ text: taken.join(' '), ...known }, ...termsOfWords(words.slice(count), people)];
  }
  const unknown: Term = { text: first, label: first, meaning: { kind: 'unknown' } };
  return [unknown, ...termsOfWords(words.slice(1), people)];
}

/** What was typed, part by part. @param people by whose names calls are found */
export function termsOf(typed: string, people: readonly Person[]): readonly Term[] {
  const terms: Term[] = [];
  let words: string[] = [];
  const endWords = (): void => {
    terms.push(...termsOfWords(words, people));
    words = [];
  };
  const text = typed.trim().replaceAll(/\s+/g, ' ');
  for (let at = 0; at < text.length;) {
    const found = patternAt(text, at);
    const word = found?.text ?? text.slice(at).split(' ')[0] ?? '';
    if (found === undefined) words.push(word);
    else {
      endWords();
      terms.push(found);
    }
    at += word.length + 1;
  }
  endWords();
  return terms;
}

export const textOfTerms = (terms: readonly Pick<Term, 'text'>[]): string => terms.map(({ text }) => text).join(' ');

type Kind = Meaning['kind'];
const allOf = <K extends Kind>(terms: readonly Term[], kind: K) =>
  terms.flatMap(({ meaning }) => (meaning.kind === kind ? [meaning as Extract<Meaning, { kind: K }>] : []));

/** Those of both; undefined: any. */
function common<Value>(one: readonly Value[] | undefined, other: readonly Value[] | undefined) {
  if (one === undefined || other === undefined) return one ?? other;
  return one.filter((value) => other.includes(value));
}

/** What the terms of one kind mean together; undefined: there are none. */
const unionOf = <Value>(values: readonly Value[]): readonly Value[] | undefined =>
  values.length === 0 ? undefined : [...new Set(values)];

const listText = (values: readonly string[] | undefined): string | undefined => values?.join(',');

/** By how calls ended, and in which direction. */
function outcomeFilters(terms: readonly Term[]) {
  const sought = allOf(terms, 'result').map(({ result }) => soughtBy[result]);
  const isOfAny = sought.some((each) => each.directions === undefined);
  const ofResults = isOfAny ? undefined : unionOf(sought.flatMap((each) => each.directions ?? []));
  const isShort = allOf(terms, 'talk').some(({ most }) => most !== null);
  // A call that no one answered is not a short one.
  const others: readonly Disposition[] | undefined = isShort ? ['ANSWERED'] : undefined;
  return {
    disposition: listText(unionOf(sought.flatMap((each) => each.dispositions)) ?? others),
    direction: listText(common(unionOf(allOf(terms, 'direction').map(({ direction }) => direction)), ofResults)),
  };
}

/** By seconds of talk. */
function talkFilters(terms: readonly Term[]) {
  const talks = allOf(terms, 'talk');
  return {
    min_talk_seconds: talks.findLast(({ least }) => least !== null)?.least ?? undefined,
    max_talk_seconds: talks.findLast(({ most }) => most !== null)?.most ?? undefined,
  };
}

/** By who called, and who was called: a contact is found by the number. */
function partyFilters(terms: readonly Term[]) {
  const numbers = allOf(terms, 'number');
  const numberOf = (party: string) => numbers.findLast((each) => each.party === party)?.number;
  const person = allOf(terms, 'person').at(-1)?.person;
  const number = numberOf('number');
  return {
    caller: numberOf('caller'),
    callee: numberOf('callee'),
    ...(person?.isUser === true ? { number, user_id: person.id } : { number: number ?? person?.numbers[0] }),
  };
}

/** The filters of `GET /cdr` that find what the terms mean; of a kind that is once there, the last one counts. */
export function filtersOfTerms(terms: readonly Term[]): Readonly<Record<string, string | number>> {
  const filters: Readonly<Record<string, string | number | undefined>> = {
    ...outcomeFilters(terms),
    ...talkFilters(terms),
    ...partyFilters(terms),
    rating_status: allOf(terms, 'price').at(-1)?.status,
    min_charge: allOf(terms, 'cost').at(-1)?.least,
  };
  const isGiven = (entry: [string, string | number | undefined]): entry is [string, string | number] =>
    entry[1] !== undefined && entry[1] !== '';
  return Object.fromEntries(Object.entries(filters).filter(isGiven));
}

/** The parts that mean nothing. */
export const unknownIn = (terms: readonly Term[]): readonly string[] =>
  terms.filter(({ meaning }) => meaning.kind === 'unknown').map(({ text }) => text);

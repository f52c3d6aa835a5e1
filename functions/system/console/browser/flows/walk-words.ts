import { at, listIn, textIn } from '../../json-value.ts';
import { t } from '../texts/texts.ts';
import { titleOfType, wordOfWay } from './step-words.ts';

/** A walk through a draft in words: what happened, and what may happen next. */

/** What happens to an imagined call: an event of `POST /callflows/{id}/simulate`. */
export type WalkEvent = { readonly label: string; readonly event: object };

const keys = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#'];

const dialEvents: readonly WalkEvent[] = [
  { label: t('They answer'), event: { dial: 'answered' } },
  { label: t('No one answers'), event: { dial: 'no_answer' } },
  { label: t('All are busy'), event: { dial: 'busy' } },
  { label: t('They hang up'), event: { dial: 'ended' } },
  { label: t('Not reachable'), event: { dial: 'unreachable' } },
];

/** What may happen, by what the call waits for. */
const eventsOf: Readonly<Record<string, readonly WalkEvent[]>> = {
  digits: [
    ...keys.map((key) => ({ label: key, event: { digits: key } })),
    { label: t('No key'), event: { timeout: true } },
  ],
  dial: dialEvents,
  recorded: [{ label: t('The recording ends'), event: { timeout: true } }],
  webhook: [
    { label: t('The server answers'), event: { webhook: {} } },
    { label: t('The server fails'), event: { webhook: 'failed' } },
  ],
  park: [
    { label: t('Somebody fetches it'), event: { park: 'fetched' } },
    { label: t('No one fetches it'), event: { timeout: true } },
  ],
};

/** What may happen next. @param waitsFor as the API answers it; null: nothing */
export const nextEvents = (waitsFor: unknown): readonly WalkEvent[] => {
  const events = eventsOf[textIn(waitsFor)] ?? [];
  return events.length === 0 ? [] : [...events, { label: t('The caller hangs up'), event: { hang_up: true } }];
};

/** What is played, in words. */
function wordsOfPlayed(played: unknown): string {
  if (at(played, 'kind') === 'speech') return `“${textIn(at(played, 'text'))}”`;
  return at(played, 'kind') === 'tones' ? textIn(at(played, 'digits')) : t('A sound');
}

/** The way by which a step was left: `key 1`, `no answer`. Empty: it decided nothing. */
function wordOfExit(type: string, exit: unknown): string {
  const path = textIn(exit);
  if (path === '' || path === 'next') return '';
  if (path.startsWith('choices.')) return t('key {key}', { key: path.slice('choices.'.length) });
  return path.startsWith('when[') ? t('a condition holds') : wordOfWay(type, path);
}

/** A step of a walk in words: what callers hear, what they type, and how it goes on. */
export function wordsOfWalkStep(step: unknown): { readonly title: string; readonly text: string } {
  const type = textIn(at(step, 'type'));
  const digits = textIn(at(step, 'digits'));
  return {
    title: titleOfType(type),
    text: [
      ...listIn(at(step, 'played')).map(wordsOfPlayed),
      digits === '' ? '' : t('typed: {digits}', { digits }),
      wordOfExit(type, at(step, 'exit')),
    ]
      .filter((text) => text !== '')
      .join(' · '),
  };
}

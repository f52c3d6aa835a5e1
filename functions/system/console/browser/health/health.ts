import type { components } from '#openapi';
import { t } from '../texts/texts.ts';

/** The health of the platform in words. */

export type Health = components['schemas']['Health'];

type Check = NonNullable<Health['checks'][string]>;

/** Milliseconds after which a part is slow. After 2 s it is down. */
const slowFrom = 1_000;

export const states = {
  works: { text: t('works'), color: 'green' },
  slow: { text: t('slow'), color: 'yellow' },
  down: { text: t('down'), color: 'red' },
} as const;

type State = keyof typeof states;

function stateOf({ status, latency_ms: took }: Check): State {
  if (status === 'down') return 'down';
  return took >= slowFrom ? 'slow' : 'works';
}

type PartWords = { readonly name: string; readonly purpose: string; readonly remedy: string };

/** What each part is, and what is done if it is down, by the name that the API has for it. */
const parts: Readonly<Record<string, PartWords>> = {
  database: {
    name: t('Database'),
    purpose: t('Has all that the platform knows: customers, phones and calls.'),
    remedy: t('Look at the table on AWS; on one machine at the disk and at the log of the store.'),
  },
  queue: {
    name: t('Call records'),
    purpose: t('Calls wait there until they are charged.'),
    remedy: t('Look at the queue cdr-ingest. Until it answers, no call is charged.'),
  },
  sip: {
    name: t('Phone service'),
    purpose: t('Phones register there, and calls go through it.'),
    remedy: t('Look at the tasks of the SIP service and at their log. Until one runs, no phone can call.'),
  },
  timers: {
    name: t('Timed work'),
    purpose: t('What is due at a time, such as messages, renewals and deletions.'),
    remedy: t('Look at the log of the sweeper. What is late is done when it runs again.'),
  },
};

export type HealthRow = PartWords & { readonly state: State };

/** Each part that was checked. A part that works needs no remedy. */
export const rowsOf = ({ checks }: Health): readonly HealthRow[] =>
  Object.entries(checks).map(([part, check]) => {
    const words = parts[part] ?? { name: part, purpose: '', remedy: '' };
    const state = stateOf(check);
    const remedies = { works: '', slow: t('If it stays so, look at the load of the platform.'), down: words.remedy };
    return { ...words, state, remedy: remedies[state] };
  });

/** Whether the platform works, in a sentence, with the color of it. */
export function verdictOf(health: Health): { readonly text: string; readonly color: string } {
  const rows = rowsOf(health);
  const down = rows.filter(({ state }) => state === 'down').map(({ name }) => name);
  const names = { parts: down.join(', ') };
  switch (health.status) {
    case 'down':
      return { text: t('The platform does not work. Down: {parts}', names), color: 'red' };
    case 'degraded':
      return { text: t('The platform works in part. Down: {parts}', names), color: 'yellow' };
    case 'ok':
      return rows.some(({ state }) => state === 'slow')
        ? { text: t('The platform works, but slowly.'), color: 'yellow' }
        : { text: t('The platform works.'), color: 'green' };
  }
}

import { second } from '#schema/time.ts';
import { longestGreeting, type GreetingUse } from '#schema/greeting.ts';
import type { Phrase } from '#schema/prompt.ts';
import type { PlaceRules } from './dialog.ts';
import { resultOf, sayTo, type PlaceOf, type VisitPlace, type VisitResult, type VisitWork } from './visit-places.ts';

/** How a caller records and chooses greetings, and records a name (functions/messaging/README.md). */

type Rules = PlaceRules<VisitPlace, VisitWork, VisitResult>;

/** Milliseconds of the shortest greeting or name. */
const shortest = second / 2;

const menuKeys = '123';

/** Where a recording was asked for: greetings have a menu of their own. */
const menuOf = (use: GreetingUse) => (use === 'name' ? ('options' as const) : ('greetings' as const));

/** What becomes of a recording. One of which nothing is said is not kept. */
function decide({ visit, use, file }: PlaceOf<'recorded_greeting' | 'playing_greeting'>, key: string): VisitPlace {
  const here = { visit, use, file };
  if (key === '1') return { at: 'keeping_greeting', ...here };
  return key === '2'
    ? { at: 'awaiting_greeting', ...here }
    : { at: 'dropping_greeting', ...here, said: key === '3' ? null : 'no-recording' };
}

const drop = ({ file }: { readonly file: string }): readonly VisitWork[] => [{ type: 'drop_greeting', file }];

const said = (
  { visit, use }: Pick<PlaceOf<'opening_greeting'>, 'visit' | 'use'>,
  phrase: Phrase,
): PlaceOf<'said_greeting'> => ({ at: 'said_greeting', visit, said: phrase, next: menuOf(use) });

const choices = { '1': 'custom', '2': 'name', '3': 'default' } as const;
const isChoice = (key: string): key is keyof typeof choices => Object.hasOwn(choices, key);

/** Which greeting is recorded, heard or used. */
const menuRules = {
  greetings: {
    enter: ({ visit }) => ({
      ...{ type: 'ask', sounds: sayTo(visit, 'greetings-menu'), keys: '1230', seconds: 5, tries: 3 },
    }),
    reply: ({ visit }, reply) => {
      switch (reply.type === 'key' ? reply.key : null) {
        case '1':
          return { at: 'which_greeting', visit, next: 'opening_greeting' };
        case '2':
          return { at: 'which_greeting', visit, next: 'finding_greeting' };
        case '3':
          return { at: 'choosing_greeting', visit };
        case '0':
          return { at: 'options', visit };
        default:
          return { at: 'bye' };
      }
    },
  },
  which_greeting: {
    enter: ({ visit }) => ({
      ...{ type: 'ask', sounds: sayTo(visit, 'which-greeting'), keys: '12', seconds: 5, tries: 3 },
    }),
    reply: ({ visit, next }, reply) =>
      reply.type === 'key'
        ? { at: next, visit, use: reply.key === '1' ? 'unavailable' : 'busy' }
        : { at: 'greetings', visit },
  },
  finding_greeting: {
    enter: ({ visit, use }) => ({ type: 'work', work: { type: 'find_greeting', mailbox: visit.mailbox, use } }),
    reply: ({ visit, use }, reply) => {
      const result = resultOf(reply);
      return result.type === 'sounds'
        ? { at: 'hearing_greeting', visit, sounds: result.sounds }
        : said({ visit, use }, 'no-recording');
    },
  },
  hearing_greeting: {
    enter: ({ sounds }) => ({ type: 'ask', sounds, keys: '#0', seconds: 0, tries: 1 }),
    reply: ({ visit }) => ({ at: 'greetings', visit }),
  },
  choosing_greeting: {
    enter: ({ visit }) => ({
      ...{ type: 'ask', sounds: sayTo(visit, 'use-greeting'), keys: menuKeys, seconds: 5, tries: 3 },
    }),
    reply: ({ visit }, reply) =>
      reply.type === 'key' && isChoice(reply.key)
        ? { at: 'setting_greeting', visit, greeting: choices[reply.key] }
        : { at: 'greetings', visit },
  },
  setting_greeting: {
    enter: ({ visit, greeting }) => ({
      type: 'work',
      work: { type: 'choose_greeting', mailbox: visit.mailbox, greeting },
    }),
    reply: ({ visit }, reply) => ({
      at: 'said_greeting',
      visit,
      said: resultOf(reply).type === 'ok' ? 'greeting-changed' : 'no-recording',
      next: 'greetings',
    }),
  },
} satisfies Partial<Rules>;

/** How a recording is made. Of who hangs up before it is kept nothing is kept. */
const recordingRules = {
  opening_greeting: {
    enter: ({ visit, use }) => ({ type: 'work', work: { type: 'open_greeting', mailbox: visit.mailbox, use } }),
    reply: ({ visit, use }, reply) => {
      const result = resultOf(reply);
      return result.type === 'opened'
        ? { at: 'recording_greeting', visit, use, file: result.message }
        : said({ visit, use }, 'not-possible');
    },
  },
  recording_greeting: {
    enter: ({ visit, use, file }) => ({
      ...{ type: 'record', recording: file, milliseconds: longestGreeting(use) },
      sounds: sayTo(visit, use === 'name' ? 'record-name' : 'record-greeting'),
    }),
    reply: ({ visit, use, file }, reply) => {
      const milliseconds = reply.type === 'recorded' ? reply.milliseconds : null;
      if (milliseconds !== null && milliseconds >= shortest) return { at: 'recorded_greeting', visit, use, file };
      const why = milliseconds === null ? 'not-possible' : 'message-too-short';
      return { at: 'dropping_greeting', visit, use, file, said: why };
    },
    leave: drop,
  },
  recorded_greeting: {
    enter: ({ visit }) => ({
      ...{ type: 'ask', sounds: sayTo(visit, 'recording-menu'), keys: menuKeys, seconds: 5, tries: 3 },
    }),
    reply: (here, reply) => decide(here, reply.type === 'key' ? reply.key : ''),
    leave: drop,
  },
  awaiting_greeting: {
    enter: ({ file }) => ({ type: 'work', work: { type: 'await_greeting', file } }),
    reply: ({ visit, use, file }, reply) => {
      const result = resultOf(reply);
      return result.type === 'sounds'
        ? { at: 'playing_greeting', visit, use, file, sounds: result.sounds }
        : { at: 'dropping_greeting', visit, use, file, said: 'not-possible' };
    },
    leave: drop,
  },
  playing_greeting: {
    enter: ({ sounds }) => ({ type: 'ask', sounds, keys: menuKeys, seconds: 0, tries: 1 }),
    reply: ({ visit, use, file, ...here }, reply) =>
      reply.type === 'key'
        ? decide({ visit, use, file, ...here }, reply.key)
        : { at: 'recorded_greeting', visit, use, file },
    leave: drop,
  },
  keeping_greeting: {
    enter: ({ visit, use, file }) => ({
      type: 'work',
      work: { type: 'keep_greeting', mailbox: visit.mailbox, use, file },
    }),
    reply: ({ visit, use, file }, reply) =>
      resultOf(reply).type === 'ok'
        ? said({ visit, use }, 'recording-saved')
        : { at: 'dropping_greeting', visit, use, file, said: 'not-possible' },
  },
  dropping_greeting: {
    enter: ({ file }) => ({ type: 'work', work: { type: 'drop_greeting', file } }),
    reply: ({ visit, use, said: phrase }) =>
      phrase === null ? { at: 'opening_greeting', visit, use } : said({ visit, use }, phrase),
  },
  said_greeting: {
    enter: ({ visit, said: phrase, next }) => ({
      ...{ type: 'say', sounds: sayTo(visit, phrase), next: { at: next, visit } },
    }),
  },
} satisfies Partial<Rules>;

export const greetingRules = { ...menuRules, ...recordingRules } satisfies Partial<Rules>;

import { second } from '#schema/time.ts';
import type { Phrase } from '#schema/prompt.ts';
import { shortestMessage } from '#functions/messaging/rows/phone-message.ts';
import { soundOfMessage } from '#schema/message-sound.ts';
import type { PlayedSound } from '../../media/platform-sounds.ts';
import { promptSounds, spokenMessages, spokenTime } from '../../media/spoken.ts';
import { scriptOf, type DialogReply, type DialogScript, type PlaceRules } from './dialog.ts';
import { greetingRules } from './mailbox-greetings.ts';
import {
  resultOf,
  sayTo,
  type Hearing,
  type HeardMessage,
  type PlaceOf,
  type VisitedMailbox,
  type VisitPlace,
  type VisitResult,
  type VisitSetup,
  type VisitWork,
} from './visit-places.ts';

/** How a caller hears the messages of a mailbox (functions/messaging/README.md, "Hearing voicemail by phone"). */

type Reply = DialogReply<VisitResult>;
type Script = DialogScript<VisitPlace, VisitWork, VisitResult>;
type Rules = PlaceRules<VisitPlace, VisitWork, VisitResult>;

const limits = { failures: 3, digits: 32, pin: 10, comment: 60 * second, seek: 5 * second } as const;
const actionKeys = '1234567890';

export const visitBegin: VisitPlace = { at: 'entering' };

const digitsOf = (reply: Reply): string => (reply.type === 'digits' ? reply.digits : '');

/** Up to a log-in. What is typed wrong is asked again, a few times. */
const logInRules = (setup: VisitSetup) => {
  const asking = (failures: number, mailbox = setup.mailbox): VisitPlace =>
    mailbox === null ? { at: 'number', failures } : { at: 'pin', mailbox, failures };
  const failed = (failures: number, mailbox: string): VisitPlace => ({ at: 'wrong', mailbox, failures: failures + 1 });
  return {
    entering: {
      enter: () =>
        setup.mailbox === null || setup.user === null
          ? { type: 'say', sounds: [], next: asking(0) }
          : { type: 'work', work: { type: 'log_in', mailbox: setup.mailbox, pin: null } },
      reply: (_here, reply) => entered(resultOf(reply)) ?? asking(0),
    },
    number: {
      enter: () => ({ type: 'collect', sounds: sayTo(setup, 'enter-mailbox'), max: limits.digits, seconds: 5 }),
      reply: ({ failures }, reply) => {
        const mailbox = digitsOf(reply);
        return mailbox === '' ? failed(failures, '') : asking(failures, mailbox);
      },
    },
    pin: {
      enter: () => ({ type: 'collect', sounds: sayTo(setup, 'enter-pin'), max: limits.pin, seconds: 5 }),
      reply: ({ mailbox, failures }, reply) => {
        const pin = digitsOf(reply);
        return pin === '' ? failed(failures, mailbox) : { at: 'checking', mailbox, pin, failures };
      },
    },
    checking: {
      enter: ({ mailbox, pin }) => ({ type: 'work', work: { type: 'log_in', mailbox, pin } }),
      reply: ({ mailbox, failures }, reply) => {
        const result = resultOf(reply);
        return entered(result) ?? (result.type === 'locked' ? { at: 'locked' } : failed(failures, mailbox));
      },
    },
    wrong: {
      enter: ({ failures }) => ({
        type: 'say',
        sounds: sayTo(setup, 'login-wrong'),
        next: failures < limits.failures ? asking(failures) : { at: 'bye' },
      }),
    },
    locked: { enter: () => ({ type: 'say', sounds: sayTo(setup, 'locked-out'), next: { at: 'bye' } }) },
    bye: { enter: () => ({ type: 'say', sounds: sayTo(setup, 'goodbye'), next: { at: 'end' } }) },
    end: { enter: () => ({ type: 'leave' }) },
  } satisfies Partial<Rules>;
};

const entered = (result: VisitResult): VisitPlace | undefined =>
  result.type === 'entered' ? { at: 'inbox', visit: result.visit } : undefined;

/** Where the present message is fetched, or is none. */
const present = (visit: VisitedMailbox): VisitPlace => ({
  at: visit.at < visit.queue.length ? 'fetching' : 'none',
  visit,
});
const following = (visit: VisitedMailbox): VisitPlace => present({ ...visit, at: visit.at + 1 });

/** What is said of a message before it: which one, whether it is urgent, when it came and from whom. */
function envelope({ visit, message }: Hearing): readonly PlayedSound[] {
  const { language, zone, at } = visit;
  const { received: time, now, urgent, caller } = message;
  return [
    ...sayTo(visit, at === 0 ? 'first-message' : 'next-message', ...(urgent ? (['urgent-message'] as const) : [])),
    ...sayTo(visit, 'received'),
    ...promptSounds(language, spokenTime(language, { time, now, zone })),
    ...(caller.length === 0 ? sayTo(visit, 'from-unknown-caller') : [...sayTo(visit, 'from'), ...caller]),
  ];
}

/** What a key does with a message. */
function act({ visit, message }: Hearing, key: string): VisitPlace {
  const here = { visit, message };
  switch (key) {
    case '1':
      return { at: 'announcing', ...here };
    case '2':
      return { at: 'saving', ...here };
    case '3':
      return { at: 'deleting', ...here };
    case '4':
      return message.number !== null && visit.may_call_back
        ? { at: 'calling', ...here }
        : { at: 'said_action', ...here, said: 'cannot-call-back' };
    case '5':
      return { at: 'forwarding', ...here };
    case '6':
      return following(visit);
    case '0':
      return { at: 'options', visit };
    default:
      return { at: 'actions', ...here };
  }
}

/** Keys that go back and on in a message, by milliseconds. */
const seekKeys: ReadonlyMap<string, number> = new Map([
  ['7', -limits.seek],
  ['9', limits.seek],
]);

/** A message that was heard, in part at least. @param key that ended it */
const heard = ({ visit, message }: Hearing, key: string | null): VisitPlace => ({ at: 'heard', visit, message, key });

const soundFrom = (organization: number, { audio }: HeardMessage, from: number): PlayedSound => ({
  ...soundOfMessage(organization, audio),
  ...(from === 0 ? {} : { from }),
});

/** Where the message goes on after 7 or 9; undefined: another key. @param played milliseconds of it so far */
function sought(here: PlaceOf<'playing'>, key: string, played: number): VisitPlace | undefined {
  const step = seekKeys.get(key);
  if (step === undefined) return undefined;
  const end = here.message.seconds * second;
  const from = Math.max(0, here.from + played + step);
  return from >= end ? heard(here, null) : { ...here, from };
}

const hearingRules = (setup: VisitSetup) =>
  ({
    inbox: {
      enter: ({ visit }) => ({
        type: 'say',
        sounds: promptSounds(visit.language, [
          ...spokenMessages('new', visit.fresh),
          ...spokenMessages('saved', visit.queue.length - visit.fresh),
        ]),
        next: present(visit),
      }),
    },
    fetching: {
      enter: ({ visit }) => ({
        type: 'work',
        work: { type: 'fetch', mailbox: visit.mailbox, message: visit.queue[visit.at] ?? '' },
      }),
      reply: ({ visit }, reply) => {
        const result = resultOf(reply);
        return result.type === 'message' ? { at: 'announcing', visit, message: result.message } : following(visit);
      },
    },
    announcing: {
      enter: (here) => ({ type: 'ask', sounds: envelope(here), keys: actionKeys, seconds: 0, tries: 1 }),
      reply: ({ visit, message }, reply) =>
        reply.type === 'key' && !seekKeys.has(reply.key)
          ? act({ visit, message }, reply.key)
          : { at: 'playing', visit, message, from: 0 },
    },
    playing: {
      enter: ({ message, from }) => ({
        ...{ type: 'ask', sounds: [soundFrom(setup.organization, message, from)] },
        ...{ keys: actionKeys, seconds: 0, tries: 1 },
      }),
      reply: (here, reply) =>
        reply.type === 'key' ? (sought(here, reply.key, reply.elapsed) ?? heard(here, reply.key)) : heard(here, null),
    },
    heard: {
      enter: ({ visit, message }) => ({
        type: 'work',
        work: { type: 'read', mailbox: visit.mailbox, message: message.id },
      }),
      reply: (here) => act(here, here.key ?? ''),
    },
  }) satisfies Partial<Rules>;

/** What a caller does with a message. */
const actionRules = {
  actions: {
    enter: ({ visit }) => ({
      ...{ type: 'ask', sounds: sayTo(visit, 'message-actions', 'seek-actions'), keys: actionKeys },
      ...{ seconds: 5, tries: 3 },
    }),
    reply: (here, reply) => (reply.type === 'key' ? act(here, reply.key) : { at: 'bye' }),
  },
  saving: {
    enter: ({ visit, message }) => ({
      type: 'work',
      work: { type: 'save', mailbox: visit.mailbox, message: message.id },
    }),
    reply: ({ visit }, reply) => settled(visit, reply, 'message-saved'),
  },
  deleting: {
    enter: ({ visit, message }) => ({
      type: 'work',
      work: { type: 'delete', mailbox: visit.mailbox, message: message.id },
    }),
    reply: ({ visit }, reply) => settled(visit, reply, 'message-deleted'),
  },
  calling: {
    enter: ({ visit, message }) => ({
      type: 'work',
      work: { type: 'call', mailbox: visit.mailbox, number: message.number ?? '' },
    }),
    reply: (here) => ({ ...here, at: 'said_action', said: 'cannot-call-back' }),
  },
  said_action: {
    enter: ({ visit, message, said }) => ({
      ...{ type: 'say', sounds: sayTo(visit, said), next: { at: 'actions', visit, message } },
    }),
  },
  said_next: {
    enter: ({ visit, said }) => ({ type: 'say', sounds: sayTo(visit, said), next: following(visit) }),
  },
  none: {
    enter: ({ visit }) => ({ type: 'say', sounds: sayTo(visit, 'no-more-messages'), next: { at: 'options', visit } }),
  },
} satisfies Partial<Rules>;

const settled = (visit: VisitedMailbox, reply: Reply, said: Phrase): VisitPlace => ({
  at: 'said_next',
  visit,
  said: resultOf(reply).type === 'ok' ? said : 'not-possible',
});

/** A message that goes to another mailbox, with what the caller says about it before. */
const forwardRules = {
  forwarding: {
    enter: ({ visit }) => ({
      ...{ type: 'collect', sounds: sayTo(visit, 'forward-message-to'), max: limits.digits, seconds: 5 },
    }),
    reply: ({ visit, message }, reply) => {
      const to = digitsOf(reply);
      return to === '' ? { at: 'actions', visit, message } : { at: 'commenting', visit, message, to };
    },
  },
  commenting: {
    enter: ({ to }) => ({ type: 'work', work: { type: 'comment', to } }),
    reply: ({ visit, message, to }, reply) => {
      const result = resultOf(reply);
      if (result.type === 'opened') return { at: 'comment', visit, message, to, comment: result.message };
      return { at: 'said_action', visit, message, said: result.type === 'full' ? 'mailbox-full' : 'number-not-valid' };
    },
  },
  comment: {
    enter: ({ visit, comment }) => ({
      ...{ type: 'record', milliseconds: limits.comment, recording: comment, sounds: sayTo(visit, 'record-comment') },
    }),
    reply: (here, reply) =>
      reply.type === 'recorded' && (reply.milliseconds ?? 0) >= shortestMessage
        ? { ...here, at: 'sending' }
        : { ...here, at: 'uncommented' },
    leave: ({ comment }) => [{ type: 'drop', message: comment }],
  },
  uncommented: {
    enter: ({ comment }) => ({ type: 'work', work: { type: 'drop', message: comment } }),
    reply: ({ visit, message, to }) => ({ at: 'sending', visit, message, to, comment: null }),
  },
  sending: {
    enter: ({ visit, message, to, comment }) => ({
      type: 'work',
      work: { type: 'forward', mailbox: visit.mailbox, message: message.id, to, comment },
    }),
    reply: ({ visit, message }, reply) => {
      const { type } = resultOf(reply);
      if (type === 'full') return { at: 'said_action', visit, message, said: 'mailbox-full' };
      return { at: 'said_action', visit, message, said: type === 'ok' ? 'message-forwarded' : 'not-possible' };
    },
  },
} satisfies Partial<Rules>;

/** What a caller changes of its mailbox. */
const optionRules = {
  options: {
    enter: ({ visit }) => ({
      ...{ type: 'ask', sounds: sayTo(visit, 'options-menu'), keys: '1230', seconds: 5, tries: 3 },
    }),
    reply: ({ visit }, reply) => {
      if (reply.type !== 'key') return { at: 'bye' };
      if (reply.key === '0') return present(visit.at < visit.queue.length ? visit : { ...visit, at: 0 });
      if (reply.key === '1') return { at: 'greetings', visit };
      return reply.key === '2' ? { at: 'opening_greeting', visit, use: 'name' } : { at: 'new_pin', visit };
    },
  },
  new_pin: {
    enter: ({ visit }) => ({
      ...{ type: 'collect', sounds: sayTo(visit, 'enter-new-pin'), max: limits.pin, seconds: 5 },
    }),
    reply: ({ visit }, reply) => ({ at: 'repeated_pin', visit, pin: digitsOf(reply) }),
  },
  repeated_pin: {
    enter: ({ visit }) => ({
      ...{ type: 'collect', sounds: sayTo(visit, 'repeat-new-pin'), max: limits.pin, seconds: 5 },
    }),
    reply: ({ visit, pin }, reply) =>
      digitsOf(reply) === pin ? { at: 'changing_pin', visit, pin } : { at: 'said_option', visit, said: 'pins-differ' },
  },
  changing_pin: {
    enter: ({ visit, pin }) => ({ type: 'work', work: { type: 'change_pin', mailbox: visit.mailbox, pin } }),
    reply: ({ visit }, reply) => {
      const said = resultOf(reply).type === 'ok' ? 'pin-changed' : 'pin-rejected';
      return { at: 'said_option', visit, said };
    },
  },
  said_option: {
    enter: ({ visit, said }) => ({ type: 'say', sounds: sayTo(visit, said), next: { at: 'options', visit } }),
  },
} satisfies Partial<Rules>;

/** Whether the caller types a PIN. */
export const typesPin = ({ at }: VisitPlace): boolean =>
  at === 'pin' || at === 'checking' || at === 'new_pin' || at === 'repeated_pin' || at === 'changing_pin';

/** The script of a visit. */
export const visitScript = (setup: VisitSetup): Script =>
  scriptOf<VisitPlace, VisitWork, VisitResult>({
    ...logInRules(setup),
    ...hearingRules(setup),
    ...actionRules,
    ...forwardRules,
    ...optionRules,
    ...greetingRules,
  });

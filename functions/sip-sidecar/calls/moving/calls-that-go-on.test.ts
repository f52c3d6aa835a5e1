import { expect, test } from 'vitest';
import { organizationOf } from '#test/support/people.fixture.ts';
import { compressText } from '#dynamodb/compression.ts';
import type { CallDialogItem } from '#dynamodb/rows/dialog.ts';
import type { SidecarTaskItem } from '#dynamodb/rows/lease.ts';
import type { Call } from '#telephony/call.ts';
import type { Session } from '#sip/session/session.ts';
import type { SidecarContext } from '../../leases/membership.ts';
import { directMedia } from '../../media/media-service.ts';
import { phoneParty } from '../call/calls.fixture.ts';
import { newLeg } from '../call/record.ts';
import type { MovedState, RingingParty } from '../records/dialogs.ts';
import { answeredCall } from '../running/running-call.fixture.ts';
import { CallTakeover } from './takeover.ts';

/** Which calls of a dead task go on at the one that takes them over, and when the others have ended. */

const organization = 1_001;
const answeredAt = Date.parse('2026-11-22T10:00:00.000Z');
/** Seconds after the answer: the last heartbeat of the dead task, and the take-over. */
const [heartbeat, takenOver] = [20, 27];
const dead: SidecarTaskItem = {
  kind: 'sidecar-task',
  id: 'task_dead',
  address: '',
  until: answeredAt + takenOver * 1_000,
  started_at: '',
  draining: false,
};

const dialogOf = (leg: 'source' | 'destination', transport = 'udp'): CallDialogItem => ({
  call_id: 'call_1',
  org_id: organization,
  leg,
  task: dead.id,
  session: {
    callId: leg,
    contact: 'sip:task_dead@192.0.2.9',
    way: {
      kind: 'flow',
      flow: {
        transport,
        remote: { address: '192.0.2.1', port: 5_060 },
        local: { address: '192.0.2.9', port: 5_060 },
      },
    },
  },
  expires_at: 0,
});

const state: MovedState = {
  isIncoming: true,
  answeredAt,
  limit: { seconds: null, isReserved: false },
  transferLegs: 0,
  sides: [],
  channels: { kept: [], source: [], destination: [] },
  media: { relay: 'relay', source: { tag: 'a', kind: 'rtp' }, destination: { tag: 'b1', kind: 'rtp' } },
};

type Options = {
  readonly state?: Partial<MovedState>;
  readonly stored?: Partial<Call>;
  readonly dialogs?: readonly CallDialogItem[];
  /** Seconds after the answer at which the relay heard the parties last; null: it does not answer. */
  readonly heard?: { readonly source: number; readonly destination: number } | null;
  /** Packets of each party. */
  readonly packets?: number;
  /** Whether it cannot be restored. */
  readonly isFaulty?: boolean;
};

/** What a task does with a call of a dead one. */
async function takenOverCall({
  state: changed = {},
  stored = {},
  dialogs = [dialogOf('source'), dialogOf('destination')],
  heard = { source: 27, destination: 25 },
  packets = 0,
  isFaulty = false,
}: Options = {}) {
  const { call: former } = await answeredCall('201', '202');
  const row: Call = { ...former.record, task: dead.id, media_relay: 'relay', ...stored };
  const text = compressText(JSON.stringify({ ...state, ...changed }));
  const items = dialogs.map((item) => (item.leg === 'source' ? { ...item, state: text } : item));
  const now = new Date(answeredAt + takenOver * 1_000);
  const [restored, ended, accepted, changes]: [string[], string[], MovedState[], Call[]] = [[], [], [], []];
  const faults: string[] = [];
  const partyHeard = (seconds: number) => ({
    at: seconds === 0 ? 0 : answeredAt + seconds * 1_000,
    packets,
    isExpected: true,
  });
  const media = {
    ...directMedia(),
    expectApplication: () => undefined,
    heard: async () =>
      heard === null ? undefined : { source: partyHeard(heard.source), destination: partyHeard(heard.destination) },
  };
  const sender = () => ({ request: () => ({ cancel: () => undefined }), acknowledge: () => undefined });
  const takeover = new CallTakeover(
    {
      context: {
        clock: () => now,
        environment: {},
        recorderOf: () => () => ({}),
        log: { fault: (error: unknown) => void faults.push(String(error)) },
        tableOf: () => ({
          queryIndex: async () => ({ items: [row] }),
          get: async () => row,
          query: async () => ({ items }),
        }),
      } as object as SidecarContext,
      membership: {
        id: 'task_next',
        dead: [dead],
        missed: [dead.id],
        isAssigned: () => true,
        judgeLate: async () => undefined,
      },
      settings: { advertised: { host: '192.0.2.8', port: 5_060 } },
      sessions: {
        abandon: async () => undefined,
        restore: ({ callId }) => {
          restored.push(callId);
          const end = () => void ended.push(callId);
          return {
            callId,
            end,
            gone: Promise.resolve(),
            stored: () => undefined,
            refreshTarget: () => undefined,
          } as Partial<Session> as Session;
        },
      },
      directory: {
        organization: async (id) => organizationOf(id),
        contactsOfDevice: async () => [],
        bindingsOf: async () => [],
        gateway: async () => undefined,
        trunk: async () => undefined,
      },
      seals: { open: async () => '' },
      stack: { newTag: () => '', resume: () => undefined, adopt: () => undefined },
      senders: {
        toStored: sender,
        toPeer: sender,
        connect: async () => undefined,
        toPhone: () => expect.fail('no phone is registered'),
      },
      applications: { resume: () => Promise.reject(new Error('there is no flow')) },
      decider: { settle: async () => ({ writes: [], released: [] }) as never, renew: async () => 90 },
      commit: async ({ call }) => void changes.push(call as Call),
      cdrs: { send: async () => undefined },
      media: { end: async () => undefined, resume: () => media },
    },
    {
      accept: async (_organization, _stored, moved) => {
        accepted.push(moved);
        return (await answeredCall('201', '202')).call;
      },
    },
  );
  await takeover.refresh();
  expect(faults).toEqual(isFaulty ? ['Error: there is no flow'] : []);
  const end = changes.at(-1)?.timestamps.hangup;
  return { accepted, restored, ended, seconds: end && (Date.parse(end) - answeredAt) / 1_000 };
}

test('a call whose parties talk goes on: with its dialogs, and without a BYE', async () => {
  const { accepted, restored, ended, seconds } = await takenOverCall();
  expect(accepted).toEqual([state]);
  expect([restored, ended, seconds]).toEqual([['source', 'destination'], [], undefined]);
});

test('a phone that has lost its connection may return to the call', async () => {
  const dialogs = [dialogOf('source', 'wss'), dialogOf('destination', 'tcp')];
  expect((await takenOverCall({ dialogs })).restored).toEqual(['source', 'destination']);
});

test('what it has reserved is renewed first, as its task may have done since it was stored', async () => {
  const limit = { seconds: 15, isReserved: true };
  const sides = [{ side: 'destination', reservation: 'call_1', limit, from: 0 }] as const;
  const { accepted } = await takenOverCall({ state: { limit, sides: [...sides] } });
  expect(accepted[0]?.limit).toEqual({ seconds: 90, isReserved: true });
});

const ringing: RingingParty = { isCaller: true, dialogs: [], party: phoneParty('203') };
const application = { application: { kind: 'answer' }, playing: null, digits: null };
const called = newLeg('destination', phoneParty('203'), new Date(answeredAt));

test.each<[string, Options, number]>([
  [
    'of which a party is an application',
    { dialogs: [dialogOf('source'), { ...dialogOf('destination'), session: application }] },
    27,
  ],
  [
    'of which a phone rings',
    {
      dialogs: [
        dialogOf('source'),
        { ...dialogOf('destination'), session: { ...dialogOf('destination').session, ringing: [ringing] } },
      ],
    },
    27,
  ],
  [
    'of which a party is not stored',
    { dialogs: [dialogOf('source')], heard: { source: 22.5, destination: 21.5 } },
    22.5,
  ],
  [
    'of which a party has spoken since the answer',
    { dialogs: [dialogOf('source')], heard: { source: 22.5, destination: 21.5 }, packets: 22.3 * 50 },
    22.3,
  ],
  ['whose relay has forgotten it', { heard: { source: 0, destination: 0 } }, heartbeat],
  ['whose relay does not answer', { heard: null }, heartbeat],
])('a call %s ends when it was heard last', async (_what, options, at) => {
  const { accepted, seconds } = await takenOverCall(options);
  expect([accepted, seconds]).toEqual([[], at]);
});

test('a call that cannot be restored ends at both sides', async () => {
  const destination = dialogOf('destination');
  const after = { ...destination, session: { ...destination.session, after: { kind: 'flow' } } };
  const { accepted, ended, seconds } = await takenOverCall({ dialogs: [dialogOf('source'), after], isFaulty: true });
  expect([accepted, ended, seconds]).toEqual([[], ['source', 'destination'], 27]);
});

test('a call that is being transferred ends when it was heard last', async () => {
  const { call } = await answeredCall('201', '202');
  const { accepted, seconds } = await takenOverCall({ stored: { legs: [...call.record.legs, called] } });
  expect([accepted, seconds]).toEqual([[], 27]);
});

test('an end is not before the answer, nor after the take-over', async () => {
  const dialogs = [dialogOf('source')];
  const [early, late] = await Promise.all(
    [-5, 40].map((at) => takenOverCall({ dialogs, heard: { source: at, destination: at } })),
  );
  expect([early?.seconds, late?.seconds]).toEqual([0, 27]);
});

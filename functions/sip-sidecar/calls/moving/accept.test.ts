import { expect, test } from 'vitest';
import { organizationOf } from '#test/support/people.fixture.ts';
import { eventually } from '#test/support/eventually.ts';
import type { CallDialogItem } from '#dynamodb/rows/dialog.ts';
import type { Call } from '#telephony/call.ts';
import type { Session, StoredSession } from '#sip/session/session.ts';
import type { SidecarContext } from '../../leases/membership.ts';
import { acceptedCall } from '../call/call.ts';
import { acceptCall } from './accept.ts';
import type { MovedState } from '../records/dialogs.ts';
import { answeredCall, runningCall } from '../running/running-call.fixture.ts';

const organization = 1_001;
const local = { address: '192.0.2.9', port: 5_060 };

/** The dialog of a phone, which any task reaches over UDP. */
const dialogOf = (leg: 'source' | 'destination', transport = 'udp'): CallDialogItem => ({
  call_id: 'call_1',
  org_id: organization,
  leg,
  task: 'task_1',
  session: {
    callId: leg,
    contact: 'sip:task_1@192.0.2.9',
    way: { kind: 'flow', flow: { transport, remote: { address: '192.0.2.1', port: 5_060 }, local } },
  },
  expires_at: 0,
});

const overTcp = dialogOf('destination', 'tcp');

const state: MovedState = {
  isIncoming: true,
  answeredAt: 0,
  limit: { seconds: null, isReserved: false },
  transferLegs: 0,
  sides: [],
  channels: { kept: [], source: [], destination: [] },
};

type Options = {
  readonly stored?: Partial<Call>;
  readonly dialogs?: readonly CallDialogItem[];
  readonly isReady?: boolean;
  readonly hasRoom?: boolean;
  /** Whether the row of the call could be taken. */
  readonly isTaken?: boolean;
};

/** A task that is asked to take the call of task_1 in its version 7. */
async function asked({
  stored = {},
  dialogs = [dialogOf('source'), dialogOf('destination')],
  isReady = true,
  hasRoom = true,
  isTaken = true,
}: Options = {}) {
  const former = await answeredCall('201', '202');
  const { call } = await runningCall('201', '202', {}, acceptedCall(state));
  const log: string[] = [];
  const row: Call = { ...former.call.record, status: 'answered', task: 'task_1', version: 7, ...stored };
  const sessionOf = (of: StoredSession): Session =>
    ({
      callId: of.callId,
      refreshTarget: () => void log.push(`refresh ${of.callId}`),
      stored: () => of,
      end: () => void log.push(`end ${of.callId}`),
    }) as Partial<Session> as Session;
  const outcome = await acceptCall(
    {
      context: {
        clock: () => new Date('2026-11-22T10:00:10.000Z'),
        tableOf: () => ({ get: async () => row, query: async () => ({ items: dialogs }) }),
      } as object as SidecarContext,
      membership: { id: 'task_next', isReady },
      settings: { advertised: { host: '192.0.2.8', port: 5_060 } },
      directory: {
        organization: async (id) => organizationOf(id),
        gateway: async () => undefined,
        trunk: async () => undefined,
      },
      sessions: {
        restore: (of) => {
          if (!hasRoom) return undefined;
          log.push(`restore ${of.callId} at ${of.contact}`);
          return sessionOf(of);
        },
      },
      senders: { toStored: () => ({ request: () => ({ cancel: () => undefined }), acknowledge: () => undefined }) },
      applications: { resume: async () => expect.fail('there is no application') },
      seals: { open: async () => '' },
      stack: { newTag: () => '' },
    },
    {
      accept: async () => {
        log.push('accept');
        return isTaken ? call : undefined;
      },
    },
    {
      kind: 'take-call',
      id: 'cmd_1',
      organization,
      call: call.record.id,
      task: 'task_1',
      version: 7,
      timeout_seconds: 5,
      state,
    },
  );
  return { outcome, call, log };
}

test('a call is accepted with its row and both dialogs, and then its parties hear of the new Contact', async () => {
  const { outcome, call, log } = await asked();
  expect([outcome, call.record.hangup]).toEqual([{ kind: 'accepted' }, null]);
  const contact = 'sip:task_next@192.0.2.8:5060';
  expect(log).toEqual(['accept', `restore source at ${contact}`, `restore destination at ${contact}`]);
  await eventually(() => log.length === 5);
  expect(log.slice(3)).toEqual(['refresh source', 'refresh destination']);
});

test.each<[string, Options, string]>([
  ['has changed', { stored: { version: 8 } }, 'invalid_state'],
  ['is of another task', { stored: { task: 'task_2' } }, 'invalid_state'],
  ['has ended', { stored: { status: 'hangup' } }, 'invalid_state'],
  ['has a dialog that is not stored', { dialogs: [dialogOf('source')] }, 'invalid_state'],
  ['has a party that only its task reaches', { dialogs: [dialogOf('source'), overTcp] }, 'invalid_state'],
  ['comes when this task stops, too', { isReady: false }, 'unreachable'],
])('a call that %s is not accepted', async (_what, options, kind) => {
  const { outcome, log } = await asked(options);
  expect([outcome, log]).toEqual([{ kind }, []]);
});

test('a call that its task has changed meanwhile stays with that task', async () => {
  const { outcome, log } = await asked({ isTaken: false });
  expect([outcome, log]).toEqual([{ kind: 'invalid_state' }, ['accept']]);
});

test('a call for whose dialogs there is no room ends', async () => {
  const { outcome, call } = await asked({ hasRoom: false });
  expect([outcome, call.record.hangup?.cause]).toEqual([{ kind: 'invalid_state' }, 'SYSTEM_SHUTDOWN']);
});

import { expect, test } from 'vitest';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { eventually } from '#test/support/eventually.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { callRow, newCallChange } from '#dynamodb/rows/call.ts';
import { channelRow, organizationChannels } from '#dynamodb/rows/channel.ts';
import { countChannels } from '#dynamodb/rows/channel.ts';
import { callDialogRow, type CallDialogItem } from '#dynamodb/rows/dialog.ts';
import type { SidecarTaskItem } from '#dynamodb/rows/lease.ts';
import { tableFor } from '#dynamodb/table.ts';
import { overwrite } from '#dynamodb/write.ts';
import { contextOf } from '#runtime/background-context.ts';
import { address } from '#sip/address.ts';
import { newRequest, newResponse, type ResponseParts } from '#sip/build.ts';
import { Fault } from '#sip/fault.ts';
import { header } from '#sip/header-kinds.ts';
import { Field, Headers } from '#sip/headers.ts';
import { Parameters } from '#sip/parameters.ts';
import { newCancel } from '#sip/transaction/requests.ts';
import type { Invitation, Session, StoredSession } from '#sip/session/session.ts';
import { headOf, inviteOfHead } from '#sip/session/stored-invite.ts';
import { sipUri } from '#sip/uri.ts';
import { newVia } from '#sip/via.ts';
import type { Gateway } from '#telephony/gateway.ts';
import type { BindingItem } from '#functions/telephony/rows/binding.ts';
import type { Peer } from '../../outbound/outbound.ts';
import { sipSidecar } from '../../contract.ts';
import { heartbeatTtl } from '../../leases/membership.ts';
import type { Transaction } from '../../stack/request-handler.ts';
import { callBatches } from '../records/batches.ts';
import { causeNamed } from '../call/causes.ts';
import { answerParty, callInStatus, endRecord, newLeg, newRecord } from '../call/record.ts';
import { callFacts, gatewayParty, phoneParty } from '../call/calls.fixture.ts';
import { cdrSender } from '../records/cdrs.ts';
import { CallTakeover } from './takeover.ts';

const running = testStore();

const at = (seconds: number): Date => new Date(Date.UTC(2026, 10, 22, 10, 0, seconds));
const organization = 1_001;
/** Its last heartbeat was 40 s after the call began. */
const dead: SidecarTaskItem = {
  kind: 'sidecar-task',
  id: 'task_dead',
  address: '',
  until: at(40).getTime() + heartbeatTtl,
  started_at: at(0).toISOString(),
  draining: false,
};

const dialog: StoredSession = {
  callId: 'dialog',
  local: '<sip:a@x>;tag=1',
  remote: '<sip:b@y>;tag=2',
  target: 'sip:b@127.0.0.1',
  routes: [],
  localSequence: 1,
  remoteSequence: null,
  contact: 'sip:a@x',
  isCaller: true,
  sdp: null,
  peerUpdates: false,
  timer: null,
};

/** The destination is at the gateway. */
const atCarrier = { kind: 'peer', peer: { host: 'carrier.example.com', port: 5_060, transport: 'udp' } } as const;

const peer: Gateway['peer'] = {
  host: 'carrier.example.com',
  port: 5_060,
  transport: 'udp',
  username: 'trunkline',
  sealed_password: 'sealed',
  realm: null,
  codecs: ['G.711'],
  max_channels: null,
};
const challenging = { id: 'gw_1', org_id: organization, peer } as Partial<Gateway> as Gateway;

/** The head of an INVITE. @param tag of its From */
const inviteHead = (callId: string, tag = 'a'): string =>
  headOf(
    newRequest({
      method: 'INVITE',
      uri: sipUri({ user: '202', host: '192.0.2.7' }),
      via: newVia('UDP', '192.0.2.7', 5_060, `z9hG4bK${callId}`),
      from: address(sipUri({ host: 'x' }), new Parameters([['tag', tag]])),
      to: address(sipUri({ host: 'x' })),
      callId,
      sequence: 1,
    }),
  );

const onFlow = {
  kind: 'flow',
  flow: {
    transport: 'udp',
    remote: { address: '192.0.2.7', port: 5_060 },
    local: { address: '192.0.2.2', port: 5_060 },
  },
} as const;

/** The connections that have ended with the dead task. */
const onConnection = { kind: 'flow', flow: { ...onFlow.flow, transport: 'tcp', connection: 'c1' } } as const;

const carrierThatRings = {
  ...{ head: inviteHead('carrier'), path: onConnection, isCaller: true },
  ...{ dialogs: [{ ...dialog, way: atCarrier }], party: gatewayParty('gw_1') },
};

const proxy = { host: 'proxy.example.com', port: 5_060, transport: 'udp' } as const;
const carrierBehindProxy = { ...carrierThatRings, dialogs: [{ ...dialog, way: { ...atCarrier, proxy } }] };

/** What the dead task has stored of a caller that waits, of a phone that rings, and of a silent one. */
const ringingAt = (path: typeof onFlow | typeof onConnection) => ({
  source: { ringing: [{ head: inviteHead('caller'), path, isCaller: false, dialogs: [dialog] }] },
  destination: {
    ringing: [
      { head: inviteHead('phone'), path, isCaller: true, dialogs: [dialog], party: phoneParty('202') },
      { head: inviteHead('silent'), path, isCaller: true, dialogs: [], party: phoneParty('203') },
      { isCaller: true, dialogs: [{ ...dialog, way: onFlow }], party: phoneParty('204') },
      ...(path === onConnection ? [carrierThatRings, carrierBehindProxy] : []),
    ],
  },
});

/**
 * A call of the dead task, answered 10 s after it began, and a task that takes over.
 * @param options `rings`: whether it is not answered yet; `acknowledges`: whether the caller acknowledges a rejection;
 * `hasEnded`: whether the caller has hung up 20 s after it began; `open`: opens sealed passwords; `isConnected`:
 * whether the legs that are not answered had connections with it; `back`: where phones have registered since
 */
async function takeover(
  id: string,
  {
    hasEnded = false,
    rings = false,
    acknowledges = true,
    gone = Promise.resolve(),
    open = async (sealed: string) => `opened ${sealed}`,
    isConnected = false,
    back = [] as BindingItem[],
  } = {},
) {
  const legs = [newLeg('source', phoneParty('201'), at(0)), newLeg('destination', gatewayParty('gw_1'), at(0))];
  const channels = [{ ...organizationChannels, direction: 'outbound' as const }];
  const begun = newRecord(
    { ...callFacts({ id, task: dead.id, channels, direction: 'outbound' }), legs, media_relay: '192.0.2.9:22222' },
    at(0),
  );
  const answered = callInStatus(
    answerParty(begun, { role: 'destination', party: gatewayParty('gw_1') }, at(10)),
    'answered',
    at(10),
  );
  const hangup = { ...causeNamed('NORMAL_CLEARING'), sip_code: null, by: 'caller' } as const;
  const talked = hasEnded ? endRecord(answered, hangup, at(20)) : answered;
  const call = rings ? callInStatus(begun, 'ringing', at(5)) : talked;
  const dialogs = (['source', 'destination'] as const).map((leg) =>
    overwrite<'dialog', CallDialogItem, { call_id: string; leg: string }>(callDialogRow, {
      call_id: id,
      org_id: organization,
      leg,
      task: dead.id,
      session: rings
        ? ringingAt(isConnected ? onConnection : onFlow)[leg]
        : { ...dialog, ...(leg === 'destination' ? { way: atCarrier } : {}) },
      expires_at: 2_000_000_000,
    }),
  );
  const change = newCallChange({ ...call, version: 1 }, {});
  await commit(running.store, organization, [
    ...change.writes,
    ...countChannels(change.channels, new Date()),
    ...dialogs,
  ]);
  const dependencies = testDependencies(running.store);
  const context = contextOf(sipSidecar, dependencies);
  const ended: (number | null)[] = [];
  const media: string[] = [];
  const digests: Invitation['digest'][] = [];
  const connect = async ({ host }: Peer) => {
    paths.push(`connect to ${host}`);
    return { ...onConnection.flow, connection: 'c3' };
  };
  const sender = () => ({ request: () => ({ cancel: () => undefined }), acknowledge: () => undefined });
  const [abandoned, rejected, paths]: [string[], string[], string[]] = [[], [], []];
  const parts: ConstructorParameters<typeof CallTakeover>[0] = {
    context,
    membership: {
      id: 'task_next',
      dead: [dead],
      missed: [dead.id],
      isAssigned: () => true,
      judgeLate: async () => undefined,
    },
    sessions: {
      abandon: async ({ invite, dialogs, resume, reason }) => {
        resume({ onResponse: () => undefined, onFailure: () => undefined });
        abandoned.push(`${invite.callId} ${dialogs.length} ${reason.q850}`);
      },
      restore: (stored, _sender, _listener, digest) => {
        digests.push(digest);
        return { end: () => void ended.push(stored.localSequence), gone } as Partial<Session> as Session;
      },
    },
    directory: {
      organization: async () => undefined,
      contactsOfDevice: async () => [],
      bindingsOf: async () => back,
      gateway: async (_organization, gateway) => (gateway === 'gw_1' ? challenging : undefined),
      trunk: async () => undefined,
    },
    settings: { advertised: { host: '192.0.2.8', port: 5_060 } },
    applications: { resume: async () => expect.fail('there is no application') },
    seals: { open },
    stack: {
      newTag: () => 'cnonce',
      resume: (_invite, { connection }) => void paths.push(`phone ${connection}`),
      adopt: (invite, { connection }, toTag) => {
        paths.push(`caller ${connection}`);
        const respond = ({ status, headers }: ResponseParts) =>
          void rejected.push(
            `${invite.callId} ${toTag} ${status} ${JSON.stringify(headers?.first(header.retryAfter))}`,
          );
        const state = acknowledges ? 'confirmed' : 'completed';
        return { respond, state } as Partial<Transaction> as Transaction;
      },
    },
    senders: {
      toStored: sender,
      toPeer: sender,
      connect,
      toPhone: () => expect.fail('no phone is registered'),
    },
    decider: { settle: () => expect.fail('the organization is gone'), renew: async () => null },
    commit: callBatches(context),
    cdrs: cdrSender(context),
    media: {
      end: async (call, relay) => void media.push(`${call} at ${relay}`),
      resume: () => expect.fail('no media are stored'),
    },
  };
  const calls = { accept: async () => undefined };
  const [successor, rival] = [new CallTakeover(parts, calls), new CallTakeover(parts, calls)];
  const stored = () => tableFor<'call'>(running.store, organization).get(callRow, { id });
  const dialogsLeft = async () =>
    (
      await tableFor<'dialog'>(running.store, organization).query<'dialog', CallDialogItem, { call_id: string }>(
        callDialogRow,
        { call_id: id },
      )
    ).items.length;
  const inUse = () => tableFor<'channel'>(running.store, organization).get(channelRow, organizationChannels);
  const now = context.clock().toISOString();
  return {
    now,
    successor,
    rival,
    abandoned,
    rejected,
    paths,
    ended,
    digests,
    media,
    stored,
    dialogsLeft,
    inUse,
    sent: dependencies.queues.sent,
  };
}

test('a call of a dead task is ended at both sides, at the last sign of life, with one CDR', async () => {
  const { successor, rival, ended, media, stored, inUse, sent } = await takeover('call_01KAFB5Q4S0000000000000001');
  expect((await inUse())?.total).toBe(1);
  expect(await successor.isFinished(dead.id)).toBe(false);
  await successor.refresh();
  expect(ended).toEqual([1_001, 1_001]);
  expect(media).toEqual(['call_01KAFB5Q4S0000000000000001 at 192.0.2.9:22222']);
  expect(await stored()).toMatchObject({
    status: 'hangup',
    hangup: { cause: 'SYSTEM_SHUTDOWN', by: 'system' },
    timestamps: { hangup: at(40).toISOString() },
    channels: [],
  });
  await eventually(async () => (await stored())?.cdr === 'sent');
  expect((await inUse())?.total).toBe(0);
  expect(sent).toHaveLength(1);
  expect(JSON.stringify(sent[0])).toContain(`"answer_time":"${at(10).toISOString()}"`);
  await rival.refresh();
  expect(sent).toHaveLength(1);
  expect(await successor.isFinished(dead.id)).toBe(true);
});

test('of two tasks that take over at once, one ends the call and sends its CDR', async () => {
  const one = await takeover('call_01KAFB5Q4S0000000000000002');
  await Promise.all([one.successor.refresh(), one.rival.refresh()]);
  expect([one.ended.length, one.sent.length]).toEqual([2, 1]);
});

test('parties of a call that had ended are hung up again, as their BYE may have been lost', async () => {
  const { successor, ended, stored, sent } = await takeover('call_01KAFB5Q4S0000000000000003', { hasEnded: true });
  await successor.refresh();
  expect(ended).toEqual([1_001, 1_001]);
  await eventually(async () => (await stored())?.cdr === 'sent');
  expect(await stored()).toMatchObject({ hangup: { by: 'caller' }, timestamps: { hangup: at(20).toISOString() } });
  expect(sent).toHaveLength(1);
});

test('a party that does not answer its BYE leaves the call to the next task, but holds up no other call', async () => {
  const silent = Promise.withResolvers<undefined>();
  const id = 'call_01KAFB5Q4S0000000000000004';
  const { successor, stored, dialogsLeft } = await takeover(id, { gone: silent.promise });
  await successor.refresh();
  expect([(await stored())?.cdr, await dialogsLeft()]).toEqual(['pending', 2]);
  silent.resolve(undefined);
  await eventually(async () => (await stored())?.cdr === 'sent');
  expect(await dialogsLeft()).toBe(0);
});

test('of a call that rings, the caller gets 503, who rings CANCEL and who is asked BYE; it ends then', async () => {
  const id = 'call_01KAFB5Q4S0000000000000007';
  const { successor, ended, abandoned, rejected, stored, sent, now } = await takeover(id, { rings: true });
  await successor.refresh();
  expect([rejected, abandoned, ended]).toEqual([['caller 1 503 "1"'], ['phone 1 41', 'silent 0 41'], [1_001]]);
  await eventually(async () => expect(await stored()).toMatchObject({ cdr: 'sent', hangup: { by: 'system' } }));
  expect([sent.length, (await stored())?.timestamps.hangup]).toEqual([1, now]);
});

test('a caller that does not acknowledge its rejection had an answer that is not stored, and gets BYE', async () => {
  const id = 'call_01KAFB5Q4S0000000000000008';
  const { successor, ended } = await takeover(id, { rings: true, acknowledges: false });
  await successor.refresh();
  await eventually(() => expect(ended).toEqual([1_001, 1_001]));
});

const newConnection: BindingItem = {
  flow: { ...onConnection.flow, connection: 'c2', remote: { address: '192.0.2.7', port: 5_070 } },
  owner: 'task_next',
} as Partial<BindingItem> as BindingItem;

test('carriers with connections are cancelled on new ones; phones get CANCEL and 503 when they return', async () => {
  const id = 'call_01KAFB5Q4S0000000000000009';
  const back: BindingItem[] = [];
  const { successor, paths, rejected, abandoned, stored } = await takeover(id, {
    rings: true,
    isConnected: true,
    back,
  });
  await successor.refresh();
  await eventually(() => expect(abandoned).toEqual(['carrier 1 41', 'carrier 1 41']), 3_000);
  const begun = ['connect to carrier.example.com', 'connect to proxy.example.com', 'phone c3', 'phone c3'];
  expect(paths.toSorted()).toEqual(begun);
  expect([await stored(), rejected]).toMatchObject([{ status: 'hangup' }, []]);
  // Others of the account, elsewhere, have not returned.
  back.push({ ...newConnection, flow: { ...newConnection.flow, remote: { address: '192.0.2.99', port: 5_070 } } });
  back.push(newConnection);
  await eventually(() => expect(abandoned).toHaveLength(4), 5_000);
  expect([rejected, new Set(paths.slice(begun.length))]).toEqual([
    ['caller 1 503 "1"'],
    new Set(['caller c2', 'phone c2']),
  ]);
});

/** The CANCEL of the caller, and the flow on which it comes. */
const cancel = newCancel(inviteOfHead(inviteHead('caller')) ?? expect.fail('it is no INVITE'));
const { flow: cancelFlow } = onFlow;

test('a caller that cancels a call of a task which has just died is cancelled at once', async () => {
  const id = 'call_01KAFB5Q4S000000000000000A';
  const { successor, paths, rejected, abandoned, stored, sent } = await takeover(id, { rings: true });
  await successor.cancel(cancel, cancelFlow, []);
  // Its INVITE gets the response of the CANCEL.
  expect([paths[0], rejected, abandoned]).toEqual(['caller undefined', [], ['phone 1 16', 'silent 0 16']]);
  await eventually(async () =>
    expect(await stored()).toMatchObject({ cdr: 'sent', hangup: { cause: 'ORIGINATOR_CANCEL', by: 'caller' } }),
  );
  expect(sent).toHaveLength(1);
  await successor.refresh();
  expect([sent.length, rejected]).toEqual([1, []]);
});

test('a caller that sends its INVITE again, as it has no 100, gets no response of its first call', async () => {
  const id = 'call_01KAFB5Q4S000000000000000E';
  const { successor, rejected, abandoned, stored, sent } = await takeover(id, { rings: true });
  const invite = inviteOfHead(inviteHead('caller')) ?? expect.fail('it is no INVITE');
  // It was challenged again, so it has another branch.
  const via = newVia('UDP', '192.0.2.7', 5_060, 'z9hG4bKagain');
  const again = invite.with(invite.headers.without(header.via).prepend(header.via, via));
  const another = inviteOfHead(inviteHead('caller', 'b')) ?? expect.fail('it is no INVITE');
  await successor.replace(another, cancelFlow);
  await successor.replace(again, { ...cancelFlow, remote: { address: '192.0.2.66', port: 5_060 } });
  expect(await stored()).toMatchObject({ hangup: null });
  await successor.replace(again, cancelFlow);
  expect([rejected, abandoned]).toEqual([[], ['phone 1 41', 'silent 0 41']]);
  await eventually(async () =>
    expect(await stored()).toMatchObject({ cdr: 'sent', hangup: { cause: 'SYSTEM_SHUTDOWN' } }),
  );
  await successor.refresh();
  expect([sent.length, rejected]).toEqual([1, []]);
});

test('a caller that has lost its connection cancels on another one', async () => {
  const options = { rings: true, isConnected: true };
  const { successor, paths } = await takeover('call_01KAFB5Q4S000000000000000B', options);
  await successor.cancel(cancel, newConnection.flow, []);
  expect(paths[0]).toBe('caller c2');
});

test.each([
  ['from another address', { ...cancelFlow, remote: { address: '192.0.2.66', port: 5_060 } }, 'C', {}],
  ['of a call that is answered', cancelFlow, 'D', { rings: false }],
])('a CANCEL %s ends nothing', async (_what, from, letter, options) => {
  const { successor, stored } = await takeover(`call_01KAFB5Q4S000000000000000${letter}`, { rings: true, ...options });
  await successor.cancel(cancel, from, []);
  expect(await stored()).toMatchObject({ hangup: null });
  await successor.refresh();
});

/** A BYE that a host challenges. */
function challengedBye(host: string) {
  const bye = newRequest({
    method: 'BYE',
    uri: sipUri({ host }),
    via: newVia('UDP', '192.0.2.1', 5_060, 'z9hG4bKbye'),
    from: address(sipUri({ host }), new Parameters([['tag', 'a']])),
    to: address(sipUri({ host }), new Parameters([['tag', 'b']])),
    callId: 'dialog',
    sequence: 1_001,
  });
  const challenge = 'Digest realm="carrier", nonce="n", qop="auth", algorithm=SHA-256';
  const headers = new Headers([new Field('WWW-Authenticate', 'www-authenticate', challenge)]);
  return { bye, response: newResponse(bye, { status: 401, headers }) };
}

test('a gateway that challenges the BYE gets the credentials that it has now, and a phone none', async () => {
  const { successor, digests } = await takeover('call_01KAFB5Q4S0000000000000005');
  await successor.refresh();
  const [source, destination] = digests;
  expect([digests.length, source]).toEqual([2, undefined]);
  const { bye, response } = challengedBye('carrier.example.com');
  expect(destination?.answer(bye, response)).toMatchObject({ method: 'BYE', cseq: { sequence: 1_002 } });
  const elsewhere = challengedBye('elsewhere.example.com');
  expect(destination?.answer(elsewhere.bye, elsewhere.response)).toBeInstanceOf(Fault);
});

test('credentials that cannot be opened hold up no BYE', async () => {
  const open = () => Promise.reject(new Error('no key'));
  const { successor, ended, digests, stored } = await takeover('call_01KAFB5Q4S0000000000000006', { open });
  await successor.refresh();
  expect([ended, digests]).toEqual([
    [1_001, 1_001],
    [undefined, undefined],
  ]);
  await eventually(async () => (await stored())?.cdr === 'sent');
});

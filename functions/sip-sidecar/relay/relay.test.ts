import { describe, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import type { SidecarTaskItem } from '#dynamodb/rows/lease.ts';
import { omit } from '#schema/omit.ts';
import { Packets } from '#sidecar/packets.ts';
import { parseMessage } from '#sip/message.ts';
import { crlf } from '#sip/values.fixture.ts';
import type { Flow } from '../transport/flow.ts';
import { branchOfTask } from './named-task.ts';
import { Relay } from './relay.ts';

const [one, two] = ['task_01M80R637EMHMFMB7Q8V65BDJX', 'task_01M80R637EMHMFMB7Q8V65BDJY'] as const;

const flow: Flow = {
  transport: 'tcp',
  remote: { address: '192.0.2.1', port: 5_062 },
  local: { address: '10.0.0.1', port: 5_070 },
  connection: 'c1',
};

const udp = omit({ ...flow, transport: 'udp' as const }, 'connection');

type Node = {
  readonly relay: Relay;
  readonly sent: string[];
  readonly proven: boolean[];
  readonly received: { readonly first: string; readonly task: string | undefined }[];
  /** By Call-ID: the task to which it has moved a dialog. */
  readonly moved: Map<string, string>;
  readonly ours: Set<string>;
  /** Tasks that were silent, by CANCEL whose INVITE was looked for. */
  readonly lookedFor: (readonly string[])[];
  readonly arrivals: ((flow: Flow) => void)[];
};

const firstLine = (bytes: Buffer): string => bytes.toString().split('\r\n')[0] ?? '';

type Options = {
  /** Whether the second one does not answer. */
  readonly isDown?: boolean;
  readonly hasConnection?: boolean;
  /** The tasks that take no new work, and those that own the phone of the flow. */
  readonly draining?: readonly string[];
  readonly owners?: readonly string[];
  readonly isReplacing?: boolean;
  /** Whether tasks that do not answer have just died. */
  readonly isMissed?: boolean;
};

/** Two tasks that know each other. */
function twoTasks(options: Options = {}) {
  const { isDown = false, hasConnection = true, draining = [], owners = [] } = options;
  const { isReplacing = false, isMissed = false } = options;
  const nodes = new Map<string, Node>();
  const nodeOf = (id: string, other: string): Node => {
    const others = [{ id: other, draining: draining.includes(other) } as Partial<SidecarTaskItem> as SidecarTaskItem];
    const node: Node = {
      sent: [],
      proven: [],
      received: [],
      moved: new Map(),
      ours: new Set(),
      lookedFor: [],
      arrivals: [],
      relay: new Relay({
        membership: {
          id,
          others,
          isDraining: draining.includes(id),
          isReplacing,
          missed: isMissed ? ['task_gone'] : [],
          isMissed: () => isMissed,
        },
        pass: async (to, packets) => {
          if (isDown) throw new Error('no answer');
          return nodes.get(to.id)?.relay.take(Packets.parse(JSON.parse(JSON.stringify(packets)))) ?? [];
        },
        owns: () => owners.includes(id),
        keep: () => hasConnection,
        send: (bytes) => hasConnection && node.sent.push(firstLine(bytes)) > 0,
        receive: (bytes, received) => {
          const { task, isProven = false } = received;
          for (const listener of node.arrivals) listener(received);
          node.received.push({ first: firstLine(bytes), task });
          node.proven.push(isProven);
        },
        isOurs: (message) => node.ours.has(message.callId),
        adoptInvite: async (_cancel, _flow, silent) => void node.lookedFor.push(silent),
        movedTo: (callId) => node.moved.get(callId),
        now: () => 0,
      }),
    };
    nodes.set(id, node);
    return node;
  };
  return { first: nodeOf(one, two), second: nodeOf(two, one) };
}

const request = (method: string, uri: string, { tag = ';tag=2', call = 'c' } = {}): Buffer =>
  crlf(
    `${method} ${uri} SIP/2.0`,
    'Via: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bK1',
    'From: <sip:b@example.com>;tag=1',
    `To: <sip:a@example.com>${tag}`,
    `Call-ID: ${call}`,
    `CSeq: 2 ${method}`,
    '',
    '',
  );
const response = (branch: string, { status = 200, call = 'c' } = {}): Buffer =>
  crlf(
    `SIP/2.0 ${status} Any`,
    `Via: SIP/2.0/UDP 192.0.2.9;branch=${branch}`,
    'From: <sip:b@example.com>;tag=1',
    'To: <sip:a@example.com>;tag=2',
    `Call-ID: ${call}`,
    'CSeq: 1 INVITE',
    '',
    '',
  );
const passOn = ({ relay }: Node, bytes: Buffer, on = flow): boolean => {
  const message = parseMessage(bytes);
  if (message.kind === 'malformed') throw new Error('malformed');
  return relay.passOn(message, bytes, on);
};

test('a message for the flow of another task is sent by that task', async () => {
  const { first, second } = twoTasks();
  first.relay.send(request('INVITE', 'sip:a@example.com'), { ...flow, task: two }, () => undefined);
  await eventually(() => second.sent.length === 1);
  expect([first.sent, second.sent]).toEqual([[], ['INVITE sip:a@example.com SIP/2.0']]);
});

test.each([{ isDown: true }, { hasConnection: false }])('a message that %o cannot send has failed', async (state) => {
  const { first } = twoTasks(state);
  const failed: true[] = [];
  first.relay.send(request('INVITE', 'sip:a@example.com'), { ...flow, task: two }, () => failed.push(true));
  await eventually(() => failed.length === 1);
});

test.each([
  { state: {}, isOpen: true },
  { state: { hasConnection: false }, isOpen: false },
  { state: { isDown: true, hasConnection: false }, isOpen: true },
])('of another task that is %o the flow is open or not, and nothing is sent', async ({ state, isOpen }) => {
  const { first, second } = twoTasks(state);
  expect(await first.relay.keep({ ...flow, task: two })).toBe(isOpen);
  expect([first.sent, second.sent]).toEqual([[], []]);
});

test.each([undefined, one, 'task_gone'])('the own socket knows whether the flow of task %s is open', async (task) => {
  const of = task === undefined ? flow : { ...flow, task };
  expect(await twoTasks({ hasConnection: false }).first.relay.keep(of)).toBe(false);
  expect(await twoTasks().first.relay.keep(of)).toBe(true);
});

test('the flow of a task that is gone is tried by the own socket', () => {
  const { first } = twoTasks();
  first.relay.send(request('BYE', 'sip:a@example.com'), { ...flow, task: 'task_gone' }, () => undefined);
  expect(first.sent).toHaveLength(1);
});

test.each(['ACK', 'BYE', 'INVITE', 'PRACK'])('a %s within the dialog of another task goes to it', async (method) => {
  const { first, second } = twoTasks();
  expect(passOn(first, request(method, `sip:${two}@sip.example.com`))).toBe(true);
  await eventually(() => second.received.length === 1);
  expect(second.received).toEqual([{ first: `${method} sip:${two}@sip.example.com SIP/2.0`, task: one }]);
});

test('a response to a request of another task goes to it', async () => {
  const { first, second } = twoTasks();
  expect(passOn(first, response(branchOfTask(two, 'abc')))).toBe(true);
  await eventually(() => second.received.length === 1);
});

test('own dialogs and transactions, and requests outside of dialogs, stay', () => {
  const { first } = twoTasks();
  first.ours.add('own');
  expect([
    passOn(first, request('BYE', `sip:${one}@sip.example.com`)),
    passOn(first, request('BYE', `sip:${two}@sip.example.com`, { call: 'own' })),
    passOn(first, request('INVITE', `sip:${two}@sip.example.com`, { tag: '' })),
    passOn(first, request('BYE', 'sip:204@sip.example.com')),
    passOn(first, response(branchOfTask(one, 'abc'))),
    passOn(first, response('z9hG4bKabc')),
  ]).toEqual([false, false, false, false, false, false]);
});

test('what was passed on once is not passed on again', () => {
  const { first } = twoTasks();
  expect(passOn(first, request('BYE', `sip:${two}@sip.example.com`), { ...flow, task: two })).toBe(false);
});

test('a request within a dialog of a task that is gone goes to the task that has the dialog', async () => {
  const { first, second } = twoTasks();
  const gone = 'sip:task_01M80R637EMHMFMB7Q8V65BDZZ@sip.example.com';
  second.ours.add('moved');
  expect(passOn(first, request('BYE', gone, { call: 'moved' }))).toBe(true);
  await eventually(() => second.received.length === 1);
  expect(passOn(first, request('BYE', gone, { call: 'unknown' }))).toBe(true);
  await eventually(() => first.received.length === 1);
  expect([second.received.length, first.received[0]?.task]).toEqual([1, one]);
});

test('the answer to a task that is gone goes to the task that has the dialog, else it is processed here', async () => {
  const { first, second } = twoTasks();
  const branch = branchOfTask('task_01M80R637EMHMFMB7Q8V65BDZZ', 'abc');
  second.ours.add('moved');
  expect(passOn(first, response(branch, { call: 'moved' }))).toBe(true);
  await eventually(() => second.received.length === 1);
  expect(passOn(first, response(branch, { call: 'unknown' }))).toBe(true);
  await eventually(() => first.received.length === 1);
  expect([second.received.length, first.received[0]?.task]).toEqual([1, one]);
  expect(passOn(first, response(branch, { status: 486 }))).toBe(false);
});

test('a request within a dialog that this task has moved goes to its new task', async () => {
  const { first, second } = twoTasks();
  first.moved.set('moved', two);
  second.ours.add('moved');
  expect(passOn(first, request('BYE', `sip:${one}@sip.example.com`, { call: 'moved' }))).toBe(true);
  await eventually(() => second.received.length === 1);
});

test('what a task that does not answer should get is processed here', async () => {
  const { first } = twoTasks({ isDown: true });
  expect(passOn(first, request('BYE', `sip:${two}@sip.example.com`))).toBe(true);
  await eventually(() => first.received.length === 1);
  expect(first.received[0]?.task).toEqual(one);
});

test.each([
  [two, { isDown: true }],
  ['task_01M80R637EMHMFMB7Q8V65BDJZ', {}],
])('a request within a dialog of task %s, which has just died, is left to come again', async (task, state) => {
  const { first, second } = twoTasks({ ...state, isMissed: true });
  const lost = ['INVITE', 'UPDATE', 'INFO', 'ACK'].map((method) => request(method, `sip:${task}@10.0.0.2`));
  for (const bytes of lost) expect(passOn(first, bytes, udp)).toBe(true);
  // A BYE is answered, and so is what does not come again.
  expect(passOn(first, request('BYE', `sip:${task}@10.0.0.2`), udp)).toBe(true);
  expect(passOn(first, request('INFO', `sip:${task}@10.0.0.2`))).toBe(true);
  const processed = ['BYE', 'INFO'].map((method) => ({ first: `${method} sip:${task}@10.0.0.2 SIP/2.0`, task: one }));
  await eventually(() => expect(first.received).toEqual(processed));
  expect(second.received).toEqual([]);
});

test('over UDP a task sends by itself what the task of the flow does not send', async () => {
  const { first } = twoTasks({ isDown: true });
  first.relay.send(request('BYE', 'sip:a@example.com'), { ...udp, task: two }, () => expect.fail('it is sent'));
  await eventually(() => first.sent.length === 1);
});

test('a CANCEL goes to the task of its INVITE, and is processed here if there is none', async () => {
  const { first, second } = twoTasks();
  second.ours.add('elsewhere');
  expect(passOn(first, request('CANCEL', 'sip:a@example.com', { tag: '', call: 'elsewhere' }))).toBe(true);
  await eventually(() => second.received.length === 1);
  expect(passOn(first, request('CANCEL', 'sip:a@example.com', { tag: '', call: 'unknown' }))).toBe(true);
  await eventually(() => first.received.length === 1);
  expect(second.received).toHaveLength(1);
});

test.each([
  ['is known to have died', { isMissed: true }, [[]]],
  ['does not answer', { isDown: true }, [[two]]],
  ['answers', {}, []],
])('a CANCEL of no INVITE is looked for where a task %s', async (_what, state, lookedFor) => {
  const { first } = twoTasks(state);
  expect(passOn(first, request('CANCEL', 'sip:b@example.com', { tag: '' }), udp)).toBe(true);
  await eventually(() => expect(first.received).toHaveLength(1));
  expect(first.lookedFor).toEqual(lookedFor);
});

test('a task is asked about 500 unknown CANCELs at once, and no more', () => {
  const { first } = twoTasks();
  const cancel = request('CANCEL', 'sip:a@example.com', { tag: '' });
  const passed = Array.from({ length: 600 }, () => passOn(first, cancel)).filter(Boolean);
  expect(passed).toHaveLength(500);
});

test('packets for a task that hangs are lost beyond 2,000', async () => {
  const { first } = twoTasks({ isDown: true });
  const failed: true[] = [];
  for (let count = 0; count < 2_500; count += 1)
    first.relay.send(request('BYE', 'sip:a@example.com'), { ...flow, task: two }, () => failed.push(true));
  await eventually(() => failed.length === 2_500);
});

test('a request that is given to a task is processed there, as one that is proven', async () => {
  const { first, second } = twoTasks();
  const given = await first.relay.give(two, request('INVITE', 'sip:*8@example.com', { tag: '' }), flow);
  expect([given, second.received]).toEqual([true, [{ first: 'INVITE sip:*8@example.com SIP/2.0', task: one }]]);
  expect(second.proven).toEqual([true]);
  expect(await first.relay.give('task_gone', request('INVITE', 'sip:*8@example.com', { tag: '' }), flow)).toBe(false);
  const passed = { ...flow, task: two };
  expect(await first.relay.give(two, request('INVITE', 'sip:*8@example.com', { tag: '' }), passed)).toBe(false);
});

const invite = request('INVITE', 'sip:a@example.com');

test.each([
  { what: 'this task, which leaves', of: undefined, draining: [one], owners: [one, two], sent: [1, 1] },
  { what: 'this task, which works', of: undefined, draining: [], owners: [two], sent: [1, 0] },
  { what: 'another one that leaves', of: two, draining: [two], owners: [one, two], sent: [1, 1] },
  { what: 'another one that works', of: two, draining: [], owners: [one], sent: [0, 1] },
  { what: 'one that is gone', of: 'task_gone', draining: [], owners: [two], sent: [1, 1] },
  {
    what: 'one that is gone, and owned by one that leaves',
    of: 'task_gone',
    draining: [two],
    owners: [two],
    sent: [1, 1],
  },
  { what: 'one that is gone, and owned by none', of: 'task_gone', draining: [], owners: [], sent: [1, 0] },
])('over UDP a flow of $what is tried by the task that owns its phone now, too', async ({ of, sent, ...options }) => {
  const { first, second } = twoTasks(options);
  const own = of === undefined ? udp : { ...udp, task: of };
  first.relay.send(invite, own, () => expect.fail('it is sent'));
  // In order: what follows is sent after what is asked of the other task.
  first.relay.send(invite, { ...flow, task: two }, () => expect.fail('it is sent'));
  await eventually(() => second.sent.length > sent[1]!);
  expect([first.sent.length, second.sent.length - 1]).toEqual(sent);
});

describe('an INVITE that comes while tasks are replaced', () => {
  const invite = request('INVITE', 'sip:a@example.com', { tag: '' });

  test('is that of the task which has begun with it', async () => {
    const { first, second } = twoTasks({ isReplacing: true });
    second.ours.add('c');
    expect(passOn(first, invite, udp)).toBe(true);
    await eventually(() => second.received.length === 1);
    expect([second.received, first.received]).toEqual([[{ first: 'INVITE sip:a@example.com SIP/2.0', task: one }], []]);
  });

  test.each([{}, { isDown: true }])(
    'is received here if no other has (%o), and no one is asked again',
    async (state) => {
      const flows: Flow[] = [];
      const { first, second } = twoTasks({ isReplacing: true, ...state });
      first.arrivals.push((flow) => flows.push(flow));
      expect(passOn(first, invite, udp)).toBe(true);
      await eventually(() => first.received.length === 1);
      expect([first.received, second.received]).toEqual([
        [{ first: 'INVITE sip:a@example.com SIP/2.0', task: undefined }],
        [],
      ]);
      expect(flows.map((flow) => passOn(first, invite, flow))).toEqual([false]);
    },
  );

  test('waits for no one else', () => {
    expect(passOn(twoTasks().first, invite, udp)).toBe(false);
    expect(passOn(twoTasks({ isReplacing: true }).first, invite)).toBe(false);
    expect(passOn(twoTasks({ isReplacing: true }).first, request('REGISTER', 'sip:a@example.com'), udp)).toBe(false);
  });
});

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { newCaller, statusOf, type Caller } from '../../support/sip-caller.fixture.ts';
import { signalTask, startTaskCloud, type TaskCloud } from '../sidecar-tasks.fixture.ts';
import { outcome, texts, uniqueName } from '../tenant.fixture.ts';
import { freePort } from '#infra/local/free-port.ts';
import { machineAddress, needsMachineAddress } from './machine-address.ts';

needsMachineAddress();

/** How the holder of an address proves it, what that admits, and when it ends. */

let running: TaskCloud;
let port: number;
const open = new DisposableStack();

beforeAll(async () => {
  running = await startTaskCloud(1);
  open.defer(() => void running.cloud.stop());
  const rules = [{ priority: 1, pattern: '^.*$', action: 'bridge', destination: 'user/200@office' }];
  await running.tenant.ask('PUT', '/dialplan/template', { name: 'All', rules, variables: {} });
});
afterAll(() => open.dispose());
beforeEach(async () => {
  port = await freePort();
});

const server = () => running.tasks[0] ?? { address: '', port: 0 };

async function callerAt(own: number, transport: 'udp' | 'tcp' = 'udp'): Promise<Caller> {
  const caller = await newCaller(server(), machineAddress, transport, own);
  open.defer(() => caller.close());
  return caller;
}

const statusFrom = async (caller: Caller): Promise<number> =>
  statusOf(await caller.invite({ uri: `sip:911@${server().address}`, user: '200' }));

/** How a call ends that is admitted, as no phone is registered, and one of a stranger. */
const [admitted, challenged] = [480, 407] as const;

/** The sidecar reads whose an address is every 5 s. */
const expectStatus = (caller: Caller, status: number): Promise<unknown> =>
  eventually(async () => expect(await statusFrom(caller)).toBe(status), 30_000);

type Entry = { readonly trunk: string; readonly id: string };

/** An entry that the customer makes for the present port, at a trunk of its own. */
async function claim(): Promise<Entry> {
  const { ask } = running.tenant;
  const made = await ask('PUT', '/siptrunk/pbx', { name: uniqueName('pbx'), host: machineAddress, port });
  const trunk = texts(made)['id'] ?? '';
  const saved = await ask('PUT', `/siptrunkips/${trunk}`, { ips: [{ address: machineAddress, type: 'signaling' }] });
  expect(outcome(saved)).toBe('201');
  const { ips } = (saved.body as { readonly data: { readonly ips: readonly { readonly id: string }[] } }).data;
  return { trunk, id: ips[0]?.id ?? '' };
}

const verify = ({ trunk, id }: Entry, token?: string) =>
  running.tenant.ask('POST', `/siptrunkips/${trunk}/verify`, { ip_id: id, ...(token === undefined ? {} : { token }) });
const change = ({ trunk, id }: Entry, fields: object) =>
  running.tenant.ask('POST', `/siptrunkips/${trunk}`, { ip_id: id, ...fields });

/** Answers the OPTIONS that asks for a proof. @returns its token */
async function answerChallenge(holder: Caller): Promise<string> {
  const options = await eventually(() => {
    const found = holder.received.find((text) => text.startsWith('OPTIONS '));
    if (found === undefined) throw new Error('no OPTIONS');
    return found;
  }, 60_000);
  const line = (name: string): string => new RegExp(`^${name}: (.*)\r$`, 'm').exec(options)?.[1] ?? '';
  const copied = ['Via', 'From', 'Call-ID', 'CSeq'].map((name) => `${name}: ${line(name)}`);
  holder.send(['SIP/2.0 200 OK', ...copied, `To: ${line('To')};tag=pbx`, 'Content-Length: 0', '', ''].join('\r\n'));
  return line('X-Verification-Token');
}

/** An entry that its holder has proven, and from where it calls. */
async function prove(): Promise<{ readonly entry: Entry; readonly holder: Caller }> {
  const [entry, holder] = [await claim(), await callerAt(port)];
  // A request asks the task that was killed before, until it is known to be gone.
  const ask = async () => {
    const answer = await verify(entry);
    expect(outcome(answer)).toBe('200');
    return answer;
  };
  const [asked, token] = await Promise.all([eventually(ask, 60_000), answerChallenge(holder)]);
  expect(asked.body).toMatchObject({ data: { proven: false, response_code: 200 } });
  expect((await verify(entry, token)).body).toMatchObject({ data: { proven: true } });
  await expectStatus(holder, admitted);
  return { entry, holder };
}

test('a claim admits nothing, also while a token is on its way; its holder proves it for UDP', async () => {
  const [entry, holder] = [await claim(), await callerAt(port)];
  const [, token] = await Promise.all([verify(entry), answerChallenge(holder)]);
  expect(token).toMatch(/^[0-9a-f]{32}$/);
  expect(await statusFrom(holder)).toBe(challenged);
  expect(outcome(await verify(entry, 'f'.repeat(32)))).toBe('422 VALIDATION_FAILED');
  expect(outcome(await verify(entry, token))).toBe('200');
  await expectStatus(holder, admitted);
  expect(await statusFrom(await callerAt(port, 'tcp'))).toBe(challenged);
  expect(await statusFrom(await callerAt(await freePort()))).toBe(challenged);
});

test('a proof outlives the sidecar', async () => {
  const { holder } = await prove();
  signalTask(running, server(), 'SIGKILL');
  await expectStatus(holder, admitted);
});

test('a proof ends with a change of the address, and does not come back with it', async () => {
  const { entry, holder } = await prove();
  expect((await change(entry, { address: '198.51.100.7' })).body).toMatchObject({ data: { proven: false } });
  await expectStatus(holder, challenged);
  expect((await change(entry, { address: machineAddress })).body).toMatchObject({ data: { proven: false } });
  expect(await statusFrom(holder)).toBe(challenged);
});

test('a proof ends with its entry', async () => {
  const { entry, holder } = await prove();
  expect(outcome(await running.tenant.ask('DELETE', `/siptrunkips/${entry.trunk}?ip_id=${entry.id}`))).toBe('200');
  await expectStatus(holder, challenged);
});

test('the word of the seller admits calls over UDP and TCP, until it is taken back', async () => {
  const [entry, holder] = [await claim(), await callerAt(port)];
  const trust = (trusted: boolean) =>
    running.tenant.ask(
      'POST',
      `/siptrunkips/${entry.trunk}?org_id=${running.tenant.id}`,
      { ip_id: entry.id, trusted },
      { token: running.operator },
    );
  expect(await statusFrom(holder)).toBe(challenged);
  expect(outcome(await trust(true))).toBe('200');
  await expectStatus(holder, admitted);
  const connected = await callerAt(0, 'tcp');
  await expectStatus(connected, admitted);
  expect(outcome(await trust(false))).toBe('200');
  await expectStatus(holder, challenged);
  await expectStatus(connected, challenged);
});

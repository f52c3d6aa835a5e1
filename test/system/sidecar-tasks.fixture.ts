import { address } from '#sip/address.ts';
import { newRequest } from '#sip/build.ts';
import { Fault } from '#sip/fault.ts';
import { header, textHeader } from '#sip/header-kinds.ts';
import { Field, Headers } from '#sip/headers.ts';
import type { SipRequest } from '#sip/message.ts';
import { Parameters } from '#sip/parameters.ts';
import { newVia } from '#sip/via.ts';
import { eventually } from '../support/eventually.ts';
import { newPhone, type Phone } from '../support/sip-phone.fixture.ts';
import { newLine, useExtensions } from './calls.fixture.ts';
import { startCloud, type Cloud, type OwnCloud } from './cloud.ts';
import type { Account } from './peers/accounts.ts';
import { registration } from './peers/scenarios.ts';
import { ownAddress } from './peers/sip-server.ts';
import * as sip from './peers/sipp-dialog.ts';
import { expecting, receive, sdp as sipSdp } from './peers/sipp-elements.ts';
import { callAll } from './peers/sipp.ts';
import { environmentOf, processesOf } from './processes.ts';
import { sharedCloud } from './shared-clouds.ts';
import { logInAsOperator, newAdministeredTenant, type AdministeredTenant, type Body } from './tenant.fixture.ts';

/** A local cloud with several tasks of the SIP sidecar, and calls through them. */

/** Where a task is reached. */
export type TaskAddress = { readonly address: string; readonly port: number };

export type TaskCloud = {
  readonly cloud: Cloud;
  /** Token of an operator of the platform. */
  readonly operator: string;
  readonly tenant: AdministeredTenant;
  /** The addresses of its tasks. */
  readonly tasks: readonly [TaskAddress, ...TaskAddress[]];
};

/** One that belongs to a test file, whose processes it may end. */
export type OwnTaskCloud = TaskCloud & { readonly cloud: OwnCloud };

/** The one with two tasks and a media relay that all test files share. */
export type SharedTaskCloud = TaskCloud & { readonly tasks: readonly [TaskAddress, TaskAddress] };

/** A new tenant of the shared cloud, whose extensions ring. */
export async function sharedTaskCloud(): Promise<SharedTaskCloud> {
  const { cloud, operator } = await sharedCloud('sip');
  const shared = await taskCloudIn(cloud, operator);
  const [here, there] = shared.tasks;
  if (there === undefined) throw new Error('the shared cloud has one task');
  return { ...shared, tasks: [here, there] };
}

/** A cloud of a test file's own, with a tenant whose extensions ring. @param env further environment */
export const startTaskCloud = async (tasks: number, env: NodeJS.ProcessEnv = {}): Promise<OwnTaskCloud> =>
  taskCloudIn(await startCloud({ SIDECARS: String(tasks), RATE_LIMIT_SCALE: '20', ...env }));

/** The addresses of the tasks of a cloud. */
export function tasksOf({ outputs }: Pick<Cloud, 'outputs'>): TaskCloud['tasks'] {
  const [first, ...others] = (outputs['SipAddresses'] ?? '').split(',').map((text): TaskAddress => {
    const [address = '', port = ''] = text.split(':');
    return { address, port: Number(port) };
  });
  if (first === undefined) throw new Error('the cloud has no task');
  return [first, ...others];
}

/** A new tenant of a cloud, whose extensions ring. @param known token of an operator */
export async function taskCloudIn<Kind extends Cloud>(
  cloud: Kind,
  known?: string,
): Promise<TaskCloud & { readonly cloud: Kind }> {
  const operator = known ?? (await logInAsOperator(cloud));
  const tenant = await newAdministeredTenant('tasks', { cloud, operator });
  await useExtensions(tenant);
  return { cloud, operator, tenant, tasks: tasksOf(cloud) };
}

/**
 * Sends a signal to the process of a task. The local cloud starts another one in its place.
 * @returns the id of the process
 */
export function signalTask(
  { cloud }: Pick<OwnTaskCloud, 'cloud'>,
  { port }: TaskAddress,
  signal: 'SIGKILL' | 'SIGTERM',
): { readonly pid: number } {
  const pid = processesOf(cloud.pid).find((each) => environmentOf(each).split('\0').includes(`PORT_SIP_UDP=${port}`));
  if (pid === undefined) throw new Error(`no task has the port ${port}`);
  process.kill(pid, signal);
  return { pid };
}

/** A phone of SIPp that is registered at a task. */
export type TaskPhone = { readonly account: Account; readonly from: string; readonly to: TaskAddress };

export async function phoneAt({ tenant }: TaskCloud, to: TaskAddress, extension: string): Promise<TaskPhone> {
  const [account, from] = [await newLine(tenant, extension), ownAddress()];
  await callAll(registration, { accounts: [account], from, to });
  return { account, from, to };
}

/** The calls in progress of a tenant, with their states. */
export async function liveCalls({ tenant: { ask } }: TaskCloud): Promise<readonly Body[]> {
  const all: Body[] = [];
  for (let token = ''; ;) {
    const { body } = await ask('GET', `/Calls?limit=100${token === '' ? '' : `&page_token=${token}`}`);
    const { calls, next_page_token: next } = body as { calls: Body[]; next_page_token: string };
    all.push(...calls);
    if (next === '') return all;
    token = next;
  }
}

/** Waits until so many calls are answered. */
export const untilAnswered = (cloud: TaskCloud, count: number): Promise<unknown> =>
  eventually(
    async () => (await liveCalls(cloud)).filter(({ status }) => status === 'answered').length === count,
    60_000,
  );

/** All CDRs of a tenant, as stored now. @param filter further parameters of the query */
export async function allCdrs({ ask }: AdministeredTenant, filter = ''): Promise<Body[]> {
  const found: Body[] = [];
  for (let token = ''; ;) {
    const page = token === '' ? '' : `&page_token=${encodeURIComponent(token)}`;
    const { body } = await ask('GET', `/cdr?limit=500${filter}${page}`);
    const { data, next_page_token: next = '' } = body as { data: Body[]; next_page_token?: string };
    found.push(...data);
    if (next === '') return found;
    token = next;
  }
}

/** The CDRs of a caller, when there are at least so many. */
export async function cdrsOfCaller({ tenant }: TaskCloud, caller: string, count: number): Promise<Body[]> {
  let found: Body[] = [];
  await eventually(async () => {
    found = await allCdrs(tenant, `&caller=${caller}`);
    return found.length >= count;
  }, 60_000);
  return found;
}

/** The tag of answering phones. */
const calleeTag = 'callee';
const sdp = (from: string): Buffer =>
  Buffer.from(
    [
      'v=0',
      `o=callee 1 1 IN IP4 ${from}`,
      's=-',
      `c=IN IP4 ${from}`,
      't=0 0',
      'm=audio 6000 RTP/AVP 0',
      'a=rtpmap:0 PCMU/8000',
      '',
    ].join('\r\n'),
  );

/** A phone that is registered at a task, and answers. */
export async function newAnsweringPhone(
  { tenant }: Pick<TaskCloud, 'tenant'>,
  at: TaskAddress,
  { extension, transport }: { readonly extension: string; readonly transport: 'udp' | 'tcp' },
): Promise<Phone> {
  return answeringPhoneOf({ account: await newLine(tenant, extension), from: ownAddress() }, at, transport);
}

/** Such a phone of an account. */
export async function answeringPhoneOf(
  { account, from }: Pick<TaskPhone, 'account' | 'from'>,
  at: TaskAddress,
  transport: 'udp' | 'tcp',
): Promise<Phone> {
  const phone = await newPhone(at, account, { transport, from });
  phone.replies = ({ method }) => {
    if (method === 'ACK') return 'no answer';
    if (method !== 'INVITE') return undefined;
    const headers = new Headers([
      Field.of(textHeader('Contact'), `<sip:${account.username}@${from}:${phone.port}>`),
      Field.of(textHeader('Content-Type'), 'application/sdp'),
    ]);
    return { status: 200, toTag: calleeTag, headers, body: sdp(from) };
  };
  const { status } = await phone.register();
  if (status !== 200) throw new Error(`the registration is answered ${status}`);
  return phone;
}

/** The BYE of such a phone in a call. */
export function byeTo(invite: SipRequest, from: string, port: number): SipRequest {
  const contact = invite.headers.first(header.contact);
  if (contact === undefined || contact === '*' || contact instanceof Fault) throw new Error('no Contact');
  return newRequest({
    method: 'BYE',
    uri: contact.uri,
    via: newVia('UDP', from, port, 'z9hG4bKbye'),
    from: address(invite.to.uri, new Parameters([['tag', calleeTag]])),
    to: invite.from,
    callId: invite.callId,
    sequence: 1,
  });
}

/** A carrier that challenges INVITE and BYE, and gets the Contact of another task and an offer in between. */
export const challengingCarrier = sip.part(
  ...(['INVITE', 'BYE'] as const).flatMap((method) => {
    const lines = [`WWW-Authenticate: Digest realm="carrier", nonce="${method}", qop="auth", algorithm=SHA-256`];
    const proof = expecting(`Authorization: Digest .*nonce="${method}"`);
    return method === 'INVITE'
      ? [
          sip.invited(),
          sip.respond('401 Unauthorized', { lines }),
          receive({ request: 'ACK' }),
          sip.invited(proof),
          sip.ring(),
          sip.answer(),
          ...[1, 2].flatMap(() => [sip.accept('INVITE', { body: sipSdp('callee') }), receive({ request: 'ACK' })]),
        ]
      : [
          receive({ request: 'BYE' }),
          sip.reply('401 Unauthorized', { lines }),
          receive({ request: 'BYE' }, proof),
          sip.reply('200 OK'),
        ];
  }),
);

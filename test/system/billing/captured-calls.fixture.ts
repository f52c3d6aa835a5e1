import { expect } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import type { SoftCall } from '#test/support/soft-call.fixture.ts';
import { Softphone } from '#test/support/softphone.fixture.ts';
import { newLines } from '../calls.fixture.ts';
import { ownAddress } from '../peers/sip-server.ts';
import { captureFields } from '../peers/tshark.ts';
import { allCdrs, type TaskCloud } from '../sidecar-tasks.fixture.ts';
import { outcome, uniqueName, type Body } from '../tenant.fixture.ts';

/** Calls of every outcome from a phone to carriers, and what a capture of their packets says of each. */

/** How a call ends, and what its CDR must say besides the times. */
const kinds = [
  { name: 'ended by the caller', gateways: ['answering'], disposition: 'ANSWERED' },
  { name: 'ended by the carrier', gateways: ['answering'], disposition: 'ANSWERED' },
  { name: 'busy', gateways: ['busy'], disposition: 'BUSY' },
  { name: 'no answer', gateways: ['unavailable'], disposition: 'NO ANSWER' },
  { name: 'cancelled', gateways: ['ringing'], disposition: 'CANCELLED' },
  { name: 'rejected', gateways: ['rejecting'], disposition: 'FAILED' },
  { name: 'answered by the second gateway', gateways: ['failing', 'answering'], disposition: 'ANSWERED' },
  { name: 'failed by both gateways', gateways: ['failing', 'broken'], disposition: 'FAILED' },
] as const;
type Kind = (typeof kinds)[number];

/** What the carriers do with calls. */
const answers = {
  answering: 'answer',
  busy: 486,
  unavailable: 480,
  ringing: 'ring',
  rejecting: 603,
  failing: 503,
  broken: 500,
} as const satisfies Readonly<Record<Kind['gateways'][number], Softphone['answers']>>;

type Carriers = Readonly<Record<keyof typeof answers, Softphone>>;

/** Numbers of a kind have their own leading digits. */
const numberOf = (at: number): string => `07${at % kinds.length}${String(at).padStart(6, '0')}`;

async function newCarriers({ tenant: { ask }, tasks: [server] }: TaskCloud, open: DisposableStack): Promise<Carriers> {
  const made = await Promise.all(
    Object.entries(answers).map(async ([name, answer]) => {
      const phone = open.use(await Softphone.open(server, { from: ownAddress() }));
      phone.answers = answer;
      const { address: host, port } = phone.place;
      const gateway = await ask('PUT', '/sipgateways/new', { name, host, port, ping: { enabled: false } });
      expect(outcome(gateway)).toBe('201');
      return [name, phone] as const;
    }),
  );
  for (const [at, { gateways }] of kinds.entries()) {
    const [gateway, ...others] = gateways;
    const policy = {
      name: uniqueName('captured'),
      status: 'active',
      conditions: { pattern: `^07${at}[0-9]{6}$` },
      actions: { allow: true, gateway, ...(others.length === 0 ? {} : { failover_gateways: others }) },
      priority: at + 1,
    };
    expect(outcome(await ask('PUT', '/dialplan/policy', policy))).toBe('201');
  }
  return Object.fromEntries(made) as Record<keyof typeof answers, Softphone>;
}

const isAnswered = (kind: Kind): boolean => kind.disposition === 'ANSWERED';

/** A call lasts, and calls follow one another, for some time. @param time milliseconds */
async function talkFor(time: number): Promise<void> {
  const began = performance.now();
  await eventually(() => performance.now() - began >= time, Math.max(time, 1_000));
}

/** Waits until a call is over, as its kind says. @param talk milliseconds */
async function play(caller: SoftCall, { kind, talk, callee }: Played): Promise<void> {
  await eventually(() => {
    if (!(isAnswered(kind) ? caller.isUp : kind.name === 'cancelled' ? caller.log.includes('180') : caller.isOver))
      throw new Error(`${kind.name}: ${caller.log.join(', ')}`);
  }, 60_000);
  await talkFor(talk);
  if (kind.name === 'ended by the carrier') callee()?.hangUp();
  else if (isAnswered(kind) || kind.name === 'cancelled') caller.hangUp();
  await eventually(() => caller.isOver, 60_000);
}

type Played = { readonly kind: Kind; readonly talk: number; readonly callee: () => SoftCall | undefined };

const dialedIn = (call: SoftCall): string | undefined =>
  call.invite?.uri.scheme === 'sip' && 'user' in call.invite.uri ? call.invite.uri.user : undefined;

/** What the packets of a call say, in Unix milliseconds. */
export type CapturedCall = {
  readonly number: string;
  readonly kind: string;
  readonly disposition: string;
  readonly start: number;
  readonly answer: number | null;
  readonly end: number;
  /** Status that the caller got; null: the call was answered. */
  readonly status: number | null;
};

const names = [
  'frame.time_epoch',
  'udp.srcport',
  'sip.Call-ID',
  'sip.CSeq.method',
  'sip.Method',
  'sip.Status-Code',
  'sip.r-uri.user',
  'sip.Proxy-Authorization',
] as const;

type Packet = {
  readonly at: number;
  readonly from: number;
  readonly callId: string;
  readonly of: string;
  readonly method: string;
  readonly status: number | null;
  readonly number: string;
  readonly isProven: boolean;
};

const packetOf = ([time, from, callId = '', of = '', method = '', status, number = '', proof]: readonly string[]) =>
  ({
    at: Number(time) * 1_000,
    from: Number(from),
    callId,
    of,
    method,
    status: status ? Number(status) : null,
    number,
    isProven: (proof ?? '') !== '',
  }) satisfies Packet;

/** @param caller the port of the phone that calls */
function capturedCall(number: string, packets: readonly Packet[], caller: number): CapturedCall {
  const kind = kinds[Number(number[2])];
  const start = packets.find(({ from, method, isProven }) => from === caller && method === 'INVITE' && isProven);
  const answer = packets.find(({ of, status, from }) => of === 'INVITE' && status === 200 && from !== caller);
  const bye = packets.find(({ method }) => method === 'BYE' || method === 'CANCEL');
  const failure = packets.findLast(
    ({ of, status, callId }) => of === 'INVITE' && status !== null && status > 299 && callId === start?.callId,
  );
  const end = answer === undefined ? (bye ?? failure) : bye;
  if (kind === undefined || start === undefined || end === undefined)
    throw new Error(`the capture lacks packets of ${number}: ${JSON.stringify(packets)}`);
  return {
    number,
    kind: kind.name,
    disposition: kind.disposition,
    start: start.at,
    answer: answer?.at ?? null,
    end: end.at,
    status: answer === undefined ? (failure?.status ?? null) : null,
  };
}

/** Plays calls and captures their packets. @param calls number @param rate a second */
export async function captureCalls(
  cloud: TaskCloud,
  { calls, rate }: { readonly calls: number; readonly rate: number },
): Promise<{ readonly captured: readonly CapturedCall[]; readonly cdrs: ReadonlyMap<string, Body> }> {
  const [server] = cloud.tasks;
  using open = new DisposableStack();
  const [account] = await newLines(cloud.tenant, ['200']);
  if (account === undefined) throw new Error('the device has no account');
  const phone = open.use(await Softphone.open(server, { from: ownAddress(), account }));
  expect(await phone.register()).toBe(200);
  const carriers = await newCarriers(cloud, open);
  const { answering } = carriers;
  const hosts = new Set([phone, ...Object.values(carriers)].map(({ place }) => place.address));
  await using capture = await captureFields([...hosts], [server.port], names);
  // tshark says that it captures some time before it does.
  await eventually(async () => {
    expect(await phone.register()).toBe(200);
    return capture.lines().length > 0;
  });
  const began = Date.now();
  const played: Promise<void>[] = [];
  for (let at = 0; at < calls; at += 1) {
    const due = began + (at * 1_000) / rate - Date.now();
    await talkFor(due);
    const number = numberOf(at);
    const kind = kinds[at % kinds.length] ?? kinds[0];
    const callee = () => answering.calls.findLast((call) => dialedIn(call) === number);
    played.push(play(phone.call(number), { kind, talk: 100 + ((at * 37) % 2_900), callee }));
  }
  await Promise.all(played);
  const cdrs = new Map<string, Body>();
  await eventually(async () => {
    for (const cdr of await allCdrs(cloud.tenant)) cdrs.set(numberIn(cdr), cdr);
    if (cdrs.size < calls) throw new Error(`${cdrs.size} of ${calls} CDRs are filed`);
  });
  const packets = capture.lines().map(packetOf);
  const numbers = new Map(packets.flatMap(({ callId, number }) => (number.startsWith('07') ? [[callId, number]] : [])));
  const byNumber = Map.groupBy(packets, ({ callId }) => numbers.get(callId) ?? '');
  byNumber.delete('');
  const captured = [...byNumber].map(([number, of]) => capturedCall(number, of, phone.place.port));
  return { captured, cdrs };
}

/** The number that a CDR names, as it was dialed: some are numbers of the tenant's country. */
const numberIn = ({ callee }: Body): string => `07${String(callee).slice(-7)}`;

/** A time of a CDR in Unix milliseconds. */
const timeIn = (cdr: Body, name: 'start' | 'answer' | 'end'): number | null =>
  cdr[`${name}_time`] === null ? null : Date.parse(String(cdr[`${name}_time`])) + Number(cdr[`${name}_ms`]);

/** By how many milliseconds the times of a CDR differ from those of the capture. */
export const differencesOf = (call: CapturedCall, cdr: Body) =>
  (['start', 'answer', 'end'] as const).flatMap((name) => {
    const [captured, filed] = [call[name], timeIn(cdr, name)];
    if (captured === null && filed === null) return [];
    return [{ name, difference: captured === null || filed === null ? Infinity : filed - captured, of: call }];
  });

/** What a CDR and the capture say of the outcome. */
export const outcomesOf = ({ number, disposition, status }: CapturedCall, cdr: Body) => ({
  captured: { number, disposition, status },
  filed: {
    number: numberIn(cdr),
    disposition: cdr['disposition'],
    status: (cdr['cause'] as { readonly sip_code: number | null } | null)?.sip_code,
  },
});

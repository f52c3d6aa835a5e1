import fc from 'fast-check';
import { expect } from 'vitest';
import type { HandlingEntry } from '#telephony/call-handling.ts';
import { minute } from '#schema/time.ts';
import { textHeader } from '#sip/header-kinds.ts';
import { Headers } from '#sip/headers.ts';
import { eventually, past } from '#test/support/eventually.ts';
import { Softphone } from '#test/support/softphone.fixture.ts';
import type { SoftCall } from '#test/support/soft-call.fixture.ts';
import { newCalledUserAt, useHandling, type CalledUser } from '../called-users.fixture.ts';
import { newNumber } from '../calls.fixture.ts';
import {
  callers,
  cases,
  comparableSeen,
  diversionsOf,
  expectedOf,
  isAsExpected,
  phoneEnds,
  ringSeconds,
  settingsOf,
  type Case,
  type Expected,
  type Named,
  type Seen,
} from './generated-handling-cases.fixture.ts';
import { newPlaces, taskOf, type Places } from './generated-handling-places.fixture.ts';
import { ownAddress } from '../peers/sip-server.ts';
import type { TaskCloud } from '../sidecar-tasks.fixture.ts';
import { outcome, texts, uniqueName, type Tenant } from '../tenant.fixture.ts';

/** Calls to users with generated settings, which go where the oracle of call handling says. */

type Callee = CalledUser & { readonly number: string };

/** The users of calls that are made one after the other. */
type Bench = {
  readonly caller: CalledUser;
  /** Forwards each call to the user who is to be called. */
  readonly colleague: Callee;
  readonly callees: Readonly<Record<Case['callee'], Callee>>;
  /** When the user called for help who has. */
  readonly helpedAt: number;
  readonly named: Named;
  /** Ids of the calls that were made. */
  readonly known: Set<string>;
};

async function newBench({ cloud, open, extension, named, registered }: Places): Promise<Bench> {
  const { tenant, operator } = cloud;
  const user = async () => {
    const made = await newCalledUserAt(taskOf(cloud), tenant, extension(), open);
    registered.push(made.phone);
    return made;
  };
  const called = async (made: CalledUser): Promise<Callee> => ({
    ...made,
    number: await newNumber(tenant, { type: 'user', id: made.id }, operator),
  });
  const absent = async (): Promise<CalledUser> => {
    const [username, own] = [uniqueName('absent'), extension()];
    const { id = '' } = texts(await tenant.ask('PUT', '/users', { username, extension: own }));
    return { id, extension: own, phone: open.use(await Softphone.open(taskOf(cloud), { from: ownAddress() })) };
  };
  const [boxed, plain] = [await called(await user()), await called(await user())];
  const [helped, gone] = [await called(await user()), await called(await absent())];
  for (const { extension: mailbox } of [boxed, plain, helped, gone]) {
    const preferences = { max_messages: 1_000, enabled: mailbox !== plain.extension };
    expect(outcome(await tenant.ask('PUT', `/voicemailprefs/${mailbox}`, preferences))).toMatch(/^20[01]$/);
  }
  const [caller, colleague] = [await user(), await called(await user())];
  const callees = { boxed, plain, helped, absent: gone };
  return { caller, colleague, callees, helpedAt: 0, named: { ...named, caller: caller.extension }, known: new Set() };
}

/** For an hour after a call for help, of which a note is stored beside the call, each caller gets through. */
const helpedFor = 40 * minute;

/** A user calls for help. */
async function callForHelp({ tenant }: TaskCloud, { colleague, callees: { helped } }: Bench): Promise<void> {
  await useHandling(tenant, helped, { do_not_disturb: true });
  helped.phone.answers = 'answer';
  const help = helped.phone.call('112');
  await eventually(() => expect(help.isUp).toBe(true), 20_000);
  help.hangUp();
  await eventually(async () => {
    const call = colleague.phone.call(helped.extension);
    await eventually(() => expect(call.isUp || call.isOver).toBe(true), 20_000);
    expect(call.isUp).toBe(true);
    call.hangUp();
  }, 20_000);
}

/** Headers of the INVITE of a caller. */
function headersOf(given: Case): Headers {
  const { trunk, number, isHidden } = callers[given.caller];
  const named: readonly (readonly [string, string])[] = [
    ...(trunk === null ? [] : [['P-Asserted-Identity', `<sip:${number ?? 'anonymous'}@carrier.example.com>`] as const]),
    ...(isHidden && (trunk === null || number !== null) ? [['Privacy', 'id'] as const] : []),
    ...Array.from(
      { length: diversionsOf(given) },
      (_, at) => ['Diversion', `<sip:+4670999999${at}@example.com>`] as const,
    ),
  ];
  return named.reduce((headers, [name, value]) => headers.append(textHeader(name), value), Headers.none);
}

/** What is dialed, by whom, and what finds the CDR: the caller of a withheld call is not named in it. */
function placed(given: Case, { caller, callees, colleague }: Bench, { trunks }: Places) {
  const { trunk } = callers[given.caller];
  const called = given.isByColleague ? colleague : callees[given.callee];
  return trunk === null
    ? { phone: caller.phone, dialed: called.extension, filter: `user_id=${caller.id}` }
    : { phone: trunks[trunk], dialed: called.number, filter: `callee=${encodeURIComponent(called.number)}` };
}

/** Waits until the call is answered or over. One that rings on is given up when the phones have rung long enough. */
async function follow(call: SoftCall, { ringsOn }: Expected): Promise<void> {
  if (ringsOn) {
    await eventually(() => call.isOver || call.log.includes('180'), 30_000);
    await past((ringSeconds + 2) * 1_000);
  } else {
    await eventually(() => expect(call.isUp || call.isOver).toBe(true), 60_000);
  }
  if (call.isOver) return;
  call.hangUp();
  await eventually(() => call.isUp || call.isOver || call.log.includes('answered'), 10_000);
}

type Shown = {
  readonly handling?: readonly HandlingEntry[];
  readonly blocked_by: string | null;
  readonly timestamps: { readonly created: string };
};
type Listed = { readonly data: readonly { readonly call_id: string }[] };

/** The call that a bench has made since an instant, when it is filed. @param filter of its CDR */
async function filedCall({ ask }: Tenant, { known }: Bench, filter: string, since: Date): Promise<Shown> {
  return eventually(async () => {
    const { data } = (await ask('GET', `/cdr?${filter}&limit=10`)).body as Listed;
    for (const { call_id: id } of data.filter((each) => !known.has(each.call_id))) {
      const shown = await ask('GET', `/Calls/${id}`);
      expect(outcome(shown)).toBe('200');
      known.add(id);
      const call = shown.body as Shown;
      // One that was filed too late for its own case.
      if (new Date(call.timestamps.created) >= since) return call;
    }
    return expect.fail('no CDR of a call');
  }, 60_000);
}

/** Makes a call, and reads what became of it. */
async function seenOf(given: Case, expected: Expected, bench: Bench, places: Places): Promise<Seen> {
  const { phone, dialed, filter } = placed(given, bench, places);
  const since = new Date();
  const call = phone.call(dialed, { headers: headersOf(given) });
  await follow(call, expected);
  const { handling = [], blocked_by: block } = await filedCall(places.cloud.tenant, bench, filter, since);
  const trail = handling
    .filter(({ user_id: user }) => user === bench.callees[given.callee].id)
    .map(({ action, reason, denied }) => `${action} ${reason}${denied === null ? '' : ' denied'}`);
  const isAnswered = call.log.includes('answered');
  return {
    trail: comparableSeen(given, trail, isAnswered),
    end: isAnswered ? 'answered' : (call.log.at(-1) ?? ''),
    isBlocked: block !== null,
  };
}

/** Gives the phones their behavior, and the user its settings. */
async function prepare(
  given: Case,
  { callees, colleague, named }: Bench,
  { cloud: { tenant } }: Places,
): Promise<void> {
  const callee = callees[given.callee];
  callee.phone.answers = phoneEnds[given.phones].answers;
  if (given.isByColleague) await useHandling(tenant, colleague, { forward: { always: callee.extension } });
  await useHandling(tenant, callee, settingsOf(given, named));
}

/** A call that is not as expected, with what was generated. */
export type Difference = { readonly given: Case; readonly expected: Expected; readonly seen: Seen };

async function differenceOf(given: Case, bench: Bench, places: Places): Promise<Difference | undefined> {
  // A machine that is busy answers 503 for a moment.
  await eventually(() => prepare(given, bench, places), 30_000);
  const expected = expectedOf(given, bench.named, new Date());
  const seen = await seenOf(given, expected, bench, places).catch((error: unknown): Seen => {
    return { trail: [String(error)], end: 'unknown', isBlocked: false };
  });
  // A window that has begun, or ended, during the call.
  const after = expectedOf(given, bench.named, new Date());
  if (JSON.stringify(expected) !== JSON.stringify(after)) return undefined;
  return isAsExpected(expected, seen) ? undefined : { given, expected, seen };
}

/** How long phones are registered, seconds: a run may take hours. */
const registeredFor = 3_600;

type Run = { readonly calls: number; readonly benches: number; readonly seed: number };

/**
 * Makes calls with generated settings, on some benches at the same time.
 * @param onCall gets each call that differs, or undefined for one that does not
 * @returns those that differ
 */
export async function runGeneratedHandling(
  cloud: TaskCloud,
  { calls, benches, seed }: Run,
  onCall: (difference: Difference | undefined) => void = () => undefined,
): Promise<readonly Difference[]> {
  using open = new DisposableStack();
  const places = await newPlaces(cloud, open, seed);
  const all: Bench[] = [];
  for (let at = 0; at < benches; at += 4)
    all.push(...(await Promise.all(Array.from({ length: Math.min(4, benches - at) }, () => newBench(places)))));
  const renew = () => Promise.all(places.registered.map((phone) => phone.register(registeredFor)));
  await renew();
  const renewal = setInterval(() => void renew(), (registeredFor * 1_000) / 3);
  open.defer(() => clearInterval(renewal));
  const generated = fc.sample(cases, { numRuns: calls, seed }).values();
  const found: Difference[] = [];
  await Promise.all(
    all.map(async (made) => {
      let bench = made;
      for (const given of generated) {
        if (Date.now() > bench.helpedAt + helpedFor) {
          await callForHelp(cloud, bench);
          bench = { ...bench, helpedAt: Date.now() };
        }
        const difference = await differenceOf(given, bench, places);
        if (difference !== undefined) found.push(difference);
        onCall(difference);
      }
    }),
  );
  return found;
}

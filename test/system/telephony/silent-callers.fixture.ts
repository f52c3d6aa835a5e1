import * as fc from 'fast-check';
import { expect } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { newCaller, proof, statusOf, type Caller } from '#test/support/sip-caller.fixture.ts';
import { allCdrs, answeringPhoneOf } from '../sidecar-tasks.fixture.ts';
import { newLine } from '../calls.fixture.ts';
import { ownAddress, sipServer } from '../peers/sip-server.ts';
import { calledAt, nextNumber, storeEntries, type Office, type Offices } from '../sip-tenancy.fixture.ts';
import { expectEnd, requestIn } from '../softphones.fixture.ts';
import { Softphone } from '#test/support/softphone.fixture.ts';

/**
 * Callers that never acknowledge, and phones that vanish, at the offices of `sip-tenancy.fixture.ts`: what their
 * organization is billed for, and what rings.
 */

/** Who calls: a PBX that the operator trusts, one that only its holder has proven, one that is unknown, and a phone. */
const sources = ['trusted', 'proven', 'unknown', 'phone'] as const;
type SourceName = (typeof sources)[number];

const anyCalls = fc.record({
  of: fc.nat({ max: 2 }),
  /** In this order from each source. */
  calls: fc.array(
    fc.record({
      source: fc.constantFrom(...sources),
      transport: fc.constantFrom('udp', 'tcp'),
      isAcknowledged: fc.boolean(),
    }),
    { minLength: 4, maxLength: 12 },
  ),
});
type SilentCall = (typeof anyCalls extends fc.Arbitrary<infer Value> ? Value : never)['calls'][number];

/** Calls without ACK that silence a source which is not trusted. */
const silencing = 3;

type Made = SilentCall & { readonly number: string; readonly expected: 'billed' | 'free' | 'nothing' };

/** The calls of one source at an office, over both transports from the same address. */
class Source implements AsyncDisposable {
  readonly #office: Office;
  readonly #name: SourceName;
  readonly #callers: Readonly<Record<SilentCall['transport'], Caller>>;
  #unacknowledged = 0;

  private constructor(office: Office, name: SourceName, callers: Readonly<Record<SilentCall['transport'], Caller>>) {
    [this.#office, this.#name, this.#callers] = [office, name, callers];
  }

  static async open(office: Office, name: SourceName): Promise<Source> {
    const address = name === 'phone' ? office.phones[0].phone.place.address : ownAddress();
    const [udp, tcp] = [await newCaller(sipServer, address), await newCaller(sipServer, address, 'tcp')];
    if (name === 'trusted' || name === 'proven')
      await storeEntries([{ place: udp, of: office, type: 'pbx', proof: name }]);
    return new Source(office, name, { udp, tcp });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const each of Object.values(this.#callers)) each.close();
  }

  async call(call: SilentCall): Promise<Made> {
    const number = nextNumber();
    const expected = this.#expect(call);
    const { account } = this.#office.phones[0];
    const invite = { uri: `sip:${number}@${account.domain}`, user: account.username };
    const caller = this.#callers[call.transport];
    if (this.#isSilenced)
      await expect(caller.invite({ ...invite, patience: 1_000 })).rejects.toThrow('no final response');
    else {
      const lines = this.#name === 'phone' ? [proof(await caller.invite(invite), account, invite.uri)] : [];
      const { isAcknowledged } = call;
      const status = statusOf(await caller.invite({ ...invite, lines, isAcknowledged }));
      expect(status, JSON.stringify(call)).toBe(expected === 'nothing' ? 407 : 200);
      if (expected !== 'nothing') await this.#end(number, isAcknowledged);
    }
    if (expected === 'free') this.#unacknowledged += 1;
    return { ...call, number, expected };
  }

  #expect({ transport, isAcknowledged }: SilentCall): Made['expected'] {
    const isUnconfirmed = this.#name === 'unknown' || (this.#name === 'proven' && transport === 'tcp');
    if (isUnconfirmed || this.#isSilenced) return 'nothing';
    return isAcknowledged || this.#name === 'phone' ? 'billed' : 'free';
  }

  get #isSilenced(): boolean {
    return this.#name === 'proven' && this.#unacknowledged >= silencing;
  }

  /** The carrier hangs up a call that is acknowledged; another one ends by itself. */
  async #end(number: string, isAcknowledged: boolean): Promise<void> {
    const { carrier } = this.#office;
    const call = await eventually(() => {
      const found = carrier.calls[calledAt(this.#office).indexOf(number)];
      if (found === undefined) throw new Error(`${number} is not called`);
      return found;
    }, 20_000);
    await eventually(() => expect(call.log).toContain('acknowledged'), 20_000);
    // The 2xx is passed on before the ACK comes; a second call bills at least a second.
    if (isAcknowledged) setTimeout(() => call.hangUp(), 1_500);
    await eventually(() => expect(call.isOver).toBe(true), 20_000);
  }
}

/**
 * Makes the calls of a seed. No other office is billed or called, and the one that is pays for what is acknowledged,
 * or proven by a password. @returns the calls
 */
export async function callSilently(offices: Offices, seed: number): Promise<readonly Made[]> {
  const [{ of, calls }] = fc.sample(anyCalls, { seed, numRuns: 1 }) as [{ of: number; calls: SilentCall[] }];
  const office = offices.office(of);
  const others = offices.all.filter((each) => each !== office);
  const start = new Date(Date.now() - 5_000).toISOString();
  const before = others.map(({ carrier }) => carrier.calls.length);
  office.carrier.answers = 'answer';
  try {
    const made = await Promise.allSettled(
      sources.map(async (name) => {
        await using source = await Source.open(office, name);
        const own: Made[] = [];
        for (const call of calls.filter((each) => each.source === name)) own.push(await source.call(call));
        return own;
      }),
    );
    // A source that fails does not leave the others calling into the next seed.
    const all = made.flatMap((each) => {
      if (each.status === 'rejected') throw each.reason;
      return each.value;
    });
    expect(others.map(({ carrier }) => carrier.calls.length)).toEqual(before);
    const called = new Set(calledAt(office));
    expect(all.filter(({ expected, number }) => expected === 'nothing' && called.has(number))).toEqual([]);
    await expectBills(office, all, { seed, start });
    return all;
  } finally {
    office.carrier.answers = 486;
  }
}

/** Waits until the CDRs of an office are those of its calls. */
function expectBills(
  { tenant }: Office,
  made: readonly Made[],
  { seed, start }: { readonly seed: number; readonly start: string },
): Promise<void> {
  const numbers = new Map(made.map((each) => [each.number, each]));
  return eventually(async () => {
    const cdrs = await allCdrs(tenant, `&start=${encodeURIComponent(start)}`);
    const bills = cdrs.flatMap(({ callee, disposition, billable_seconds: seconds }) => {
      const number = /9[0-9]{9}$/.exec(String(callee))?.[0] ?? '';
      return numbers.has(number)
        ? [`${number} ${disposition === 'ANSWERED' && Number(seconds) > 0 ? 'billed' : 'free'}`]
        : [];
    });
    const expected = made.flatMap(({ number, expected: bill }) => (bill === 'nothing' ? [] : [`${number} ${bill}`]));
    expect(bills.toSorted(), `seed ${seed}`).toEqual(expected.toSorted());
  }, 60_000);
}

/** What comes after a phone has lost its connection. Only its own new registration brings it back. */
const returns = ['nothing', 'its registration', 'a stranger in its dialog', 'a colleague', 'another office'] as const;
const anyLosses = (count: number) =>
  fc.array(fc.record({ of: fc.nat({ max: 2 }), then: fc.constantFrom(...returns) }), {
    minLength: count,
    maxLength: count,
  });

let extensions = 0;
/** An extension that no other phone has. */
const nextExtension = (): string => String(400 + (extensions++ % 500));

/** Phones over TCP lose their connections in calls, all at the same time. @returns what came after */
export async function vanish(offices: Offices, seed: number, count: number): Promise<readonly string[]> {
  using open = new DisposableStack();
  const [losses = []] = fc.sample(anyLosses(count), { seed, numRuns: 1 });
  const [kept, lost]: [(() => void)[], (() => Promise<void>)[]] = [[], []];
  for (const { of, then } of losses) {
    const office = offices.office(of);
    const extension = nextExtension();
    const own = { account: await newLine(office.tenant, extension), from: ownAddress() };
    const connect = async (as = own) => {
      const phone = await answeringPhoneOf(as, sipServer, 'tcp');
      open.defer(() => phone.close());
      return phone;
    };
    const phone = await connect();
    const [, { phone: caller }] = office.phones;
    const call = caller.call(extension);
    await eventually(() => expect(call.isUp).toBe(true), 20_000);
    phone.close();
    if (then === 'its registration') {
      await connect();
      kept.push(() => {
        expect(call.isOver, `seed ${seed}: ${then}`).toBe(false);
        call.hangUp();
      });
    } else lost.push(() => expectEnd(call, 'ended by peer'));
    if (then === 'a colleague') await connect({ ...own, from: ownAddress() });
    if (then === 'another office')
      await connect({ account: await newLine(offices.office(of + 1).tenant, extension), from: own.from });
    if (then !== 'a stranger in its dialog') continue;
    const stranger = open.use(await Softphone.open(sipServer, { from: ownAddress() }));
    expect((await stranger.exchange(requestIn(call, 'INFO'))).status).toBe(407);
  }
  await Promise.all(lost.map((expectOver) => eventually(expectOver, 120_000)));
  for (const expectUp of kept) expectUp();
  return losses.map(({ then }) => then);
}

import { callFacts } from '#functions/sip-sidecar/calls/call/calls.fixture.ts';
import { causeNamed } from '#functions/sip-sidecar/calls/call/causes.ts';
import { callInStatus, endRecord, newRecord } from '#functions/sip-sidecar/calls/call/record.ts';
import { callBatches, Departures } from '#functions/sip-sidecar/calls/records/batches.ts';
import { newCallWriter, type CallWriter } from '#functions/sip-sidecar/calls/records/writer.ts';
import { sipSidecar } from '#functions/sip-sidecar/contract.ts';
import { contextOf } from '#runtime/background-context.ts';
import type { CallStatus } from '#telephony/call.ts';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import type { Cloud } from '../cloud.ts';
import { storeOf } from '../people.ts';

/**
 * Calls of a running local cloud without SIP, more than two cores can carry: the writer of the SIP service stores their
 * states, each with its event, in the cloud's own table. From there on all is real.
 */

const realClock = { now: () => new Date(), set: () => undefined, advance: () => undefined };

/** The states of a call, each after the one before. */
const states: readonly CallStatus[] = ['trying', 'ringing', 'answered'];

export class LiveCalls {
  readonly #context;
  readonly #commit;
  readonly #departures = new Departures();
  readonly #organization: number;
  /** By the time of their last change, the oldest first. */
  #writers: CallWriter[] = [];
  #begun = 0;
  readonly faults: unknown[];

  constructor({ outputs }: Pick<Cloud, 'outputs'>, organization: number) {
    const dependencies = testDependencies(storeOf(outputs), {
      clock: realClock,
      environment: { PUBLIC_URL: outputs.ApiUrl },
    });
    this.faults = dependencies.faults;
    this.#context = contextOf(sipSidecar, dependencies);
    this.#commit = callBatches(this.#context);
    this.#organization = organization;
  }

  /** Begins calls, and waits until they are stored. */
  async begin(count: number): Promise<void> {
    await Promise.all(Array.from({ length: count }, () => this.#begin()));
  }

  /** The call that has not changed for longest enters its next state. After its end another call begins. */
  async change(): Promise<void> {
    const [writer, ...others] = this.#writers;
    if (writer === undefined) throw new Error('no call has begun');
    this.#writers = others;
    const next = states[states.indexOf(writer.call.status) + 1];
    const now = new Date();
    if (next !== undefined) {
      this.#writers.push(writer);
      writer.change((call) => callInStatus(call, next, now));
      await writer.settled();
      return;
    }
    const ended = { ...causeNamed('NORMAL_CLEARING'), sip_code: null, by: 'caller' } as const;
    writer.change((call) => endRecord(call, ended, now));
    await Promise.all([writer.settled(), this.#begin()]);
  }

  /** Waits until all is stored. */
  async settled(): Promise<void> {
    await Promise.all(this.#writers.map((writer) => writer.settled()));
  }

  async #begin(): Promise<void> {
    this.#begun += 1;
    const number = this.#begun;
    const facts = callFacts({
      id: this.#context.nextId('call'),
      org_id: this.#organization,
      numbers: {
        caller: `+4930${100_000 + number}`,
        called: '+46890510',
        asserted: null,
        diverter: null,
        billing: null,
      },
    });
    const writer = newCallWriter(
      { context: this.#context, commit: this.#commit, departures: this.#departures },
      { org_id: this.#organization, country: 'DE' },
      { call: newRecord(facts, new Date()), onLost: () => this.faults.push(`${facts.id} was lost`) },
    );
    await writer.create({});
    this.#writers.push(writer);
  }
}

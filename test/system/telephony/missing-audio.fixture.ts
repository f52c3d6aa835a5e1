import { expect } from 'vitest';
import { second } from '#schema/time.ts';
import { eventually } from '#test/support/eventually.ts';
import { RtpParty } from '#test/support/rtp-party.fixture.ts';
import type { SoftCall } from '#test/support/soft-call.fixture.ts';
import { Softphone } from '#test/support/softphone.fixture.ts';
import { audioEvents, callTo } from './audio-events.fixture.ts';
import { newLine } from '../calls.fixture.ts';
import { ownAddress } from '../peers/sip-server.ts';
import type { TaskCloud } from '../sidecar-tasks.fixture.ts';

/** Calls that rtpengine relays, whose parties are heard or not. */

/** A phone, and how it speaks in a call. */
export type Fault = {
  readonly media?: 'web';
  /** Address of its media in its description; default: its own. */
  readonly mediaAddress?: string;
  /** Whether it has early media before it answers. */
  readonly isEarly?: true;
  /** Bytes of a packet of its voice; default: 160 of PCMU. */
  readonly bytes?: number;
  readonly speak: (party: RtpParty, call: SoftCall) => void;
};

export const good: Fault = { speak: (party, call) => party.speakTo(call) };

export type HeardCall = Awaited<ReturnType<HeardCalls['callWith']>>;

/** Makes calls between phones of its own. */
export class HeardCalls {
  readonly #cloud: TaskCloud;
  readonly #everything: DisposableStack;
  /** Its last extension. */
  #last = 300;

  /** @param everything disposes of the phones */
  constructor(cloud: TaskCloud, everything: DisposableStack) {
    this.#cloud = cloud;
    this.#everything = everything;
  }

  /** A call between phones with these faults, and when it was answered. */
  async callWith(source: Fault, destination: Fault) {
    const [caller, callee] = [await this.#phoneWith(source), await this.#phoneWith(destination)];
    callee.phone.answers = (call) => {
      if (destination.isEarly !== true) {
        call.answer();
        return;
      }
      call.beginMedia();
      callee.party.speakTo(call);
      const timer = setTimeout(() => {
        callee.party.silence();
        call.answer();
      }, second);
      this.#everything.defer(() => clearTimeout(timer));
    };
    const call = caller.phone.call(callee.extension);
    await eventually(() => expect(call.log.at(-1)).toBe('answered'), 20_000);
    const answeredAt = Date.now();
    const other = await callee.phone.nextCall();
    source.speak(caller.party, call);
    destination.speak(callee.party, other);
    const id = await callTo(this.#cloud, callee.extension);
    return { caller, callee, call, other, answeredAt, id };
  }

  /** Waits for as long as it takes to report twice that nothing comes, and ends calls of which nothing is reported. */
  async assertHeard(calls: readonly HeardCall[]): Promise<void> {
    const last = Math.max(...calls.map(({ answeredAt }) => answeredAt));
    await eventually(() => expect(Date.now() - last).toBeGreaterThan(25 * second), 40_000);
    for (const { id, call, callee } of calls) {
      expect(await audioEvents(this.#cloud, id, 'call.audio_missing')).toEqual([]);
      expect(callee.party.packets).toBeGreaterThan(0);
      call.hangUp();
    }
  }

  async #phoneWith({ media, mediaAddress, bytes = 160 }: Fault) {
    this.#last += 1;
    const extension = String(this.#last);
    const account = await newLine(this.#cloud.tenant, extension);
    const options = { from: ownAddress(), account, ...(media && { media }), ...(mediaAddress && { mediaAddress }) };
    const phone = this.#everything.use(await Softphone.open(this.#cloud.tasks[0], options));
    expect(await phone.register()).toBe(200);
    const place = { address: phone.place.address, port: phone.mediaPort };
    const party = this.#everything.use(await RtpParty.open(place, 1, () => Buffer.alloc(bytes, 1)));
    return { phone, party, extension };
  }
}

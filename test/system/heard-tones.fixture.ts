import { shareOf } from '#functions/media-relay/recordings/recording.fixture.ts';
import { directionsOf } from '#sip/sdp/sdp.ts';
import { expect } from 'vitest';
import { eventually } from '../support/eventually.ts';
import type { SoftCall } from '../support/soft-call.fixture.ts';
import { Softphone } from '../support/softphone.fixture.ts';
import type { SrtpParty } from '../support/srtp.fixture.ts';
import { TelephoneEvents } from '../support/telephone-events.fixture.ts';
import { packet, type Voice, voices } from '../support/voices.fixture.ts';
import { wavTone } from '../support/wav.fixture.ts';
import { newLine } from './calls.fixture.ts';
import type { Account } from './peers/accounts.ts';
import { ownAddress } from './peers/sip-server.ts';
import type { TaskAddress } from './sidecar-tasks.fixture.ts';
import { uploadSound } from './sounds.fixture.ts';
import type { AdministeredTenant } from './tenant.fixture.ts';

/** Flows whose prompts are tones, and a phone that knows them. */

/** Frequencies of what is played; the others are tones of the platform. */
const tones = { welcome: 700, menu: 1_000, bye: 1_500 } as const;
const platform = { ringing: 425, beep: 1_400 } as const;
type Tone = keyof typeof tones;

/** Uploads a sound of each tone. @param seconds of each @returns their files */
export async function uploadTones(
  tenant: AdministeredTenant,
  seconds: Readonly<Partial<Record<Tone, number>>> = {},
): Promise<Readonly<Record<Tone, string>>> {
  const [welcome, menu, bye] = await Promise.all(
    (Object.keys(tones) as Tone[]).map((tone) => uploadSound(tenant, wavTone(tones[tone], seconds[tone] ?? 0.6))),
  );
  if (welcome === undefined || menu === undefined || bye === undefined) throw new Error('there are no sounds');
  return { welcome, menu, bye };
}

/** A phone that hears tones, and types. */
export class ToneListener implements Disposable {
  readonly phone: Softphone;
  readonly voice: TelephoneEvents;
  /** Id of its device. */
  readonly device: string;

  private constructor(phone: Softphone, voice: TelephoneEvents, device: string) {
    this.phone = phone;
    this.voice = voice;
    this.device = device;
  }

  /** A new phone of a tenant, registered at a task. */
  static async register(
    tenant: AdministeredTenant,
    task: TaskAddress,
    extension: string,
    voice: Voice = voices.PCMU,
  ): Promise<ToneListener> {
    return ToneListener.of(await newLine(tenant, extension), task, voice);
  }

  /** The phone of an account, registered at a task. */
  static async of(
    account: Account,
    task: TaskAddress,
    voice: Voice = voices.PCMU,
    srtp?: { readonly party: SrtpParty; readonly isRequired: boolean },
  ): Promise<ToneListener> {
    const keys = srtp && { srtp };
    const phone = await Softphone.open(task, { from: ownAddress(), account, hasDigits: true, voice, ...keys });
    expect(await phone.register()).toBe(200);
    const events = await TelephoneEvents.open(phone.place.address, phone.mediaPort, voice, srtp?.party);
    return new ToneListener(phone, events, account.device);
  }

  /** A new phone of a tenant that has no telephone events: it types by tones in its audio. */
  static async withoutEvents(tenant: AdministeredTenant, task: TaskAddress, extension: string): Promise<ToneListener> {
    const account = await newLine(tenant, extension);
    const phone = await Softphone.open(task, { from: ownAddress(), account });
    expect(await phone.register()).toBe(200);
    const voice = await TelephoneEvents.open(phone.place.address, phone.mediaPort);
    return new ToneListener(phone, voice, account.device);
  }

  /** A gateway, which is not registered. */
  static async gateway(task: TaskAddress, party?: SrtpParty): Promise<ToneListener> {
    const keys = party && { srtp: { party, isRequired: true } };
    const phone = await Softphone.open(task, { from: ownAddress(), hasDigits: true, ...keys });
    const { address } = phone.place;
    return new ToneListener(phone, await TelephoneEvents.open(address, phone.mediaPort, voices.PCMU, party), '');
  }

  /** Calls a flow, and speaks, so that its digits are no first packet. */
  async call(number: string): Promise<HeardCall> {
    const before = this.voice.heard.length;
    const call = this.phone.call(number);
    await eventually(() => expect(call.log.at(-1)).toBe('answered'), 20_000);
    return this.#hear(call, before);
  }

  /** Calls a number, and hears early media. */
  async listen(number: string): Promise<HeardCall> {
    const before = this.voice.heard.length;
    const call = this.phone.call(number);
    await eventually(() => expect(call.log).toContain('183'), 20_000);
    return this.#hear(call, before);
  }

  /** Answers the call of a flow that the API has placed, and speaks. */
  async answer(): Promise<HeardCall> {
    const before = this.voice.heard.length;
    const call = await this.phone.nextCall();
    await eventually(() => expect(directionsOf(call.remote)).toEqual(['sendrecv']), 20_000);
    return this.#hear(call, before);
  }

  /** The tones of what was heard since. @param before how many packets had come */
  tonesSince(before: number): readonly string[] {
    return tonesIn(this.voice.samples.slice(before));
  }

  /**
   * Milliseconds of what was heard since, without comfort silence: that fills the time which the platform needs before
   * it speaks. @param before how many packets had come
   */
  spokenSince(before: number): number {
    const spoken = this.voice.samples.slice(before).filter((samples) => samples.some((sample) => sample !== 0));
    return spoken.length * packet.milliseconds;
  }

  async #hear(call: SoftCall, before: number): Promise<HeardCall> {
    this.voice.sendTo(call.remote);
    await this.voice.speak(100);
    return { call, tones: () => this.tonesSince(before) };
  }

  [Symbol.dispose](): void {
    this.voice[Symbol.dispose]();
    this.phone[Symbol.dispose]();
  }
}

/** A call, and the tones that its phone has heard so far, in their order. */
export type HeardCall = { readonly call: SoftCall; readonly tones: () => readonly string[] };

function tonesIn(packets: readonly (readonly number[])[]): readonly string[] {
  const names = packets.map(
    (samples) =>
      Object.entries({ ...tones, ...platform }).find(([, frequency]) => shareOf(frequency, samples) > 0.7)?.[0],
  );
  // A busy machine speaks with gaps, which a recording has, too: they divide no tone.
  const named = names.filter((name): name is string => name !== undefined);
  return named.filter((name, at) => name !== named[at - 1]);
}

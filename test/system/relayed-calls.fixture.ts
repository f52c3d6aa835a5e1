import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { RtpParty } from '../support/rtp-party.fixture.ts';
import type { SoftCall } from '../support/soft-call.fixture.ts';
import type { Softphone } from '../support/softphone.fixture.ts';
import { expectAudio } from './phone-pages.fixture.ts';

/** Softphones with voices, whose media pass a relay. */

/** A party of a call that can be heard. */
export type Speaker = { readonly phone: Softphone; readonly party: RtpParty; readonly voice: number };

let voices = 0;

/** Gives a phone a voice of its own, at the port that its descriptions name. */
export async function speakerOf(phone: Softphone): Promise<Speaker> {
  voices += 1;
  const voice = voices;
  const place = { address: phone.place.address, port: phone.mediaPort };
  return { phone, party: await RtpParty.open(place, voice), voice };
}

/** Packets that make it certain that a voice is heard now: half a second of speech. */
const enough = 25;

/** Both speak to where the other side of their call wants it, and hear one another. */
export async function expectHeard(
  [one, ofOne]: readonly [Speaker, SoftCall],
  [other, ofOther]: readonly [Speaker, SoftCall],
): Promise<void> {
  one.party.speakTo(ofOne);
  other.party.speakTo(ofOther);
  const before = [one.party.packetsOf(other.voice), other.party.packetsOf(one.voice)] as const;
  await eventually(() => {
    expect(one.party.packetsOf(other.voice) - before[0]).toBeGreaterThan(enough);
    expect(other.party.packetsOf(one.voice) - before[1]).toBeGreaterThan(enough);
  }, 20_000);
}

/** A phone and a browser hear each other: the browser by the energy of what it plays. */
export async function expectSpeech({ party }: Speaker, call: SoftCall, browser: Page): Promise<void> {
  party.speakTo(call);
  const before = party.packets;
  await eventually(() => expect(party.packets - before).toBeGreaterThan(100), 20_000);
  await expectAudio(browser);
}

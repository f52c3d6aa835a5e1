import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { newSrtpKey, SrtpStream, srtpSuites, type SrtpSuite } from '#test/support/srtp.fixture.ts';
import { needs } from '#test/support/tools.ts';
import { startRtpEngine, type RtpEngine } from '#test/system/peers/rtpengine.ts';
import type { StoredMedia } from './call-media.ts';
import { RelayedMedia } from './relayed-media.ts';

/** Legs with SRTP by keys in their descriptions, with the real rtpengine. */

needs('rtpengine');

let engine: RtpEngine;
const asked: string[] = [];
beforeAll(async () => {
  engine = await startRtpEngine();
});
afterAll(() => engine[Symbol.asyncDispose]());
const faults: unknown[] = [];
afterEach(() => {
  asked.splice(0);
  expect(faults.splice(0)).toEqual([]);
});

let calls = 0;

/** @param stored of a call of another task, which has this id */
function newMedia(moved?: string, stored?: StoredMedia) {
  const relays = {
    choose: () => 'one',
    ask: async (_relay: string, command: Parameters<RtpEngine['ask']>[0]) => {
      asked.push('call-id' in command ? `${command.command} ${command['call-id']}` : command.command);
      return engine.ask(command);
    },
  };
  const fault = (error: unknown) => void faults.push(error);
  const dependencies = { relays, allowsPrivate: true, onRelay: () => undefined, fault };
  if (moved !== undefined && stored !== undefined)
    return RelayedMedia.resume(moved, stored, { source: 'a', destination: 'b' }, dependencies);
  calls += 1;
  return new RelayedMedia(`call_${calls}`, dependencies);
}

const port = (sdp: string): number => Number(/^m=audio (\d+)/m.exec(sdp)?.[1]);
const keysIn = (sdp: string): readonly string[] => [...sdp.matchAll(/inline:([^\s|]+)/g)].map(([, key = '']) => key);

/** A party with RTP, or with SRTP by keys of its own. */
class Party implements Disposable {
  readonly socket: Socket;
  readonly key: string;
  readonly suite: SrtpSuite | undefined;
  readonly heard: number[] = [];
  #received: SrtpStream | undefined;
  #sequence = 1;
  readonly #sent: SrtpStream | undefined;

  private constructor(socket: Socket, suite: SrtpSuite | undefined) {
    [this.socket, this.suite] = [socket, suite];
    this.key = suite === undefined ? '' : newSrtpKey(suite);
    this.#sent = suite === undefined ? undefined : new SrtpStream(suite, this.key);
    socket.on('message', (bytes) => {
      const packet = this.#received === undefined ? bytes : this.#received.unprotect(bytes);
      if (packet?.length === 172) this.heard.push(packet[171] ?? -1);
    });
  }

  static async open(suite: SrtpSuite | undefined): Promise<Party> {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new Party(socket, suite);
  }

  /** @param lines in place of its own key @param tag of its key */
  describe(profile = this.suite === undefined ? 'RTP/AVP' : 'RTP/SAVP', lines?: readonly string[], tag = 1): string {
    const own = this.suite === undefined ? [] : [`a=crypto:${tag} ${this.suite} inline:${this.key}`];
    return [
      ...['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'],
      `m=audio ${this.socket.address().port} ${profile} 0`,
      ...(lines ?? own),
      'a=sendrecv',
      '',
    ].join('\r\n');
  }

  /** The tag of its suite in an offer. */
  tagIn(offer: string): number {
    return Number(new RegExp(`^a=crypto:(\\d+) ${this.suite} `, 'm').exec(offer)?.[1]);
  }

  /** Hears what comes by the key of a description. */
  listen(sdp: string): void {
    if (this.suite === undefined) return;
    const key = new RegExp(`^a=crypto:\\d+ ${this.suite} inline:(\\S+)`, 'm').exec(sdp)?.[1];
    this.#received = new SrtpStream(this.suite, key ?? '');
  }

  say(sdp: string, voice: number): void {
    const packet = Buffer.alloc(172, voice);
    packet.writeUInt32BE(0x80000000 + this.#sequence, 0);
    packet.writeUInt32BE(this.#sequence * 160, 4);
    packet.writeUInt32BE(7 + voice, 8);
    this.#sequence += 1;
    this.socket.send(this.#sent === undefined ? packet : this.#sent.protect(packet), port(sdp), '127.0.0.1');
  }

  [Symbol.dispose](): void {
    this.socket.close();
  }
}

/** Parties that have agreed, with what each one has got. */
async function agree(caller: Party, callee: Party, profile?: string) {
  const media = newMedia();
  media.expect('b1', 'tls', '127.0.0.1');
  if (callee.suite !== undefined) media.encrypt('b1', 'require');
  const offered = await media.pass({ kind: 'offer', from: 'a', to: 'b1', sdp: caller.describe(profile) });
  const sdp = callee.describe(undefined, undefined, callee.tagIn(offered));
  const answered = await media.pass({ kind: 'answer', from: 'b1', to: 'a', sdp });
  return { media, offered, answered };
}

async function expectTalk(caller: Party, callee: Party, { offered, answered }: { offered: string; answered: string }) {
  callee.listen(offered);
  caller.listen(answered);
  await eventually(() => {
    caller.say(answered, 11);
    callee.say(offered, 22);
    expect([caller.heard.at(-1), callee.heard.at(-1)]).toEqual([22, 11]);
  }, 5_000);
}

const cases = [
  ...srtpSuites.map((suite) => [suite, undefined] as const),
  ...srtpSuites.map((suite) => [undefined, suite] as const),
  ['AES_CM_128_HMAC_SHA1_80', 'AES_CM_128_HMAC_SHA1_80'],
  ['AEAD_AES_256_GCM', 'AES_CM_128_HMAC_SHA1_32'],
] as const;

test.each(cases)('a party with %s and one with %s hear each other, each by keys of its own', async (one, other) => {
  using caller = await Party.open(one);
  using callee = await Party.open(other);
  const { media, offered, answered } = await agree(caller, callee);
  expect(answered.match(/^a=crypto:/gm) ?? []).toHaveLength(one === undefined ? 0 : 1);
  expect(answered).toMatch(one === undefined ? /^m=audio \d+ RTP\/AVP /m : /^m=audio \d+ RTP\/SAVP /m);
  expect(offered.match(/^a=crypto:/gm) ?? []).toHaveLength(other === undefined ? 0 : 6);
  expect(offered).not.toMatch(/NULL|F8_|UNENCRYPTED|UNAUTHENTICATED|fingerprint/);
  const keys = [caller.key, callee.key, ...keysIn(offered), ...keysIn(answered)].filter((key) => key !== '');
  expect(new Set(keys).size).toBe(keys.length);
  await expectTalk(caller, callee, { offered, answered });
  await media.close();
  // Nothing of the call stays at the relay.
  const left = (await engine.ask({ command: 'list', limit: 100 })).calls ?? [];
  expect(left).toEqual([]);
});

test('a party that may do without keys gets one back in its profile (OSRTP, RFC 8643)', async () => {
  using caller = await Party.open('AES_CM_128_HMAC_SHA1_80');
  using callee = await Party.open(undefined);
  const { media, offered, answered } = await agree(caller, callee, 'RTP/AVP');
  expect(answered).toMatch(/^m=audio \d+ RTP\/AVP /m);
  expect(answered.match(/^a=crypto:/gm)).toHaveLength(1);
  expect(offered).not.toContain('a=crypto');
  await expectTalk(caller, callee, { offered, answered });
  // A re-INVITE offers it the same key in the same profile.
  const again = await media.pass({ kind: 'offer', from: 'b1', to: 'a', sdp: callee.describe() });
  expect(again).toMatch(/^m=audio \d+ RTP\/AVP /m);
  expect(keysIn(again)).toEqual(keysIn(answered));
  await media.close();
});

const rejection = { status: 488, hangupCause: 'INCOMPATIBLE_DESTINATION' };
const suite = 'AES_CM_128_HMAC_SHA1_80';

test('an offer that has to be encrypted, and has no usable key, is rejected before the relay is asked', async () => {
  using caller = await Party.open(suite);
  const media = newMedia();
  const pass = (sdp: string) => media.pass({ kind: 'offer', from: 'a', to: 'b1', sdp });
  await expect(pass(caller.describe('RTP/SAVP', []))).rejects.toMatchObject(rejection);
  await expect(pass(caller.describe('RTP/SAVP', ['a=crypto:1 NULL_HMAC_SHA1_80 inline:a']))).rejects.toMatchObject(
    rejection,
  );
  media.encrypt('a', 'require');
  await expect(pass(caller.describe('RTP/AVP', []))).rejects.toMatchObject(rejection);
  expect(asked).toEqual([]);
});

test.each([
  ['without encryption', 'RTP/AVP', []],
  ['without a key', 'RTP/SAVP', []],
  ['with a tag that was not offered', 'RTP/SAVP', undefined],
  ['with a suite of another tag', 'RTP/SAVP', [`a=crypto:1 ${suite} inline:${newSrtpKey(suite)}`]],
])('an answer %s to an encrypted offer is rejected', async (_what, profile, lines) => {
  using caller = await Party.open(undefined);
  using callee = await Party.open(suite);
  const media = newMedia();
  media.encrypt('b1', 'prefer');
  await media.pass({ kind: 'offer', from: 'a', to: 'b1', sdp: caller.describe() });
  const sdp = callee.describe(profile, lines, 77);
  await expect(media.pass({ kind: 'answer', from: 'b1', to: 'a', sdp })).rejects.toMatchObject(rejection);
  await media.close();
});

test('a phone that offers SRTP and RTP gets an answer to one, and its next offers have both media', async () => {
  using caller = await Party.open(suite);
  using callee = await Party.open(undefined);
  const media = newMedia();
  const both = `${caller.describe()}${caller.describe('RTP/AVP', []).replace(/^[^]*(?=m=)/, '')}`;
  const offered = await media.pass({ kind: 'offer', from: 'a', to: 'b1', sdp: both });
  expect(offered.match(/^m=.*/gm)).toHaveLength(1);
  const answered = await media.pass({ kind: 'answer', from: 'b1', to: 'a', sdp: callee.describe() });
  expect(answered.match(/^m=audio (?:0 RTP\/AVP|\d+ RTP\/SAVP) 0/gm)).toHaveLength(2);
  await expectTalk(caller, callee, { offered, answered });
  const again = await media.pass({ kind: 'offer', from: 'b1', to: 'a', sdp: callee.describe() });
  expect(again.match(/^m=audio (?:0 RTP\/AVP|\d+ RTP\/SAVP) 0/gm)).toHaveLength(2);
  await media.close();
});

test('an answer that follows another one, and a hold, leave an encrypted phone its port and its key', async () => {
  using caller = await Party.open(suite);
  using callee = await Party.open(undefined);
  const { media, answered } = await agree(caller, callee);
  const early = await media.pass({
    kind: 'answer',
    from: 'b1',
    to: 'a',
    sdp: callee.describe().replace(' 0\r', ' 8\r'),
  });
  await media.pass({ kind: 'offer', from: 'a', to: 'b1', sdp: caller.describe().replace('sendrecv', 'sendonly') });
  const held = await media.pass({
    kind: 'answer',
    from: 'b1',
    to: 'a',
    sdp: callee.describe().replace('sendrecv', 'recvonly'),
  });
  const kept = (sdp: string) => [port(sdp), ...keysIn(sdp)];
  expect([kept(early), kept(held)]).toEqual([kept(answered), kept(answered)]);
  await media.close();
});

test('a phone that is held until it is joined gets the key of the relay', async () => {
  using caller = await Party.open(suite);
  const media = newMedia();
  const held = await media.hold('a', caller.describe());
  expect(held).toContain('a=inactive');
  expect(keysIn(held)).toHaveLength(1);
  expect(keysIn(held)).not.toContain(caller.key);
  await media.close();
});

test('another task goes on with new keys: those of before are not stored', async () => {
  using caller = await Party.open(suite);
  using callee = await Party.open(suite);
  const { media, offered, answered } = await agree(caller, callee);
  const stored = media.stored('a', 'b1');
  const text = JSON.stringify(stored);
  for (const key of [caller.key, callee.key, ...keysIn(offered), ...keysIn(answered)]) expect(text).not.toContain(key);
  media.leave();
  if (stored === undefined) throw new Error('nothing is stored');
  const moved = newMedia(`call_${calls}`, stored);
  // A rejected offer changes nothing, as the keys that were agreed on are not known here.
  await moved.pass({ kind: 'offer', from: 'b', to: 'a', sdp: callee.describe(undefined, undefined, 1) });
  moved.reject('a');
  const next = await moved.pass({ kind: 'offer', from: 'a', to: 'b', sdp: caller.describe() });
  const sdp = callee.describe(undefined, undefined, callee.tagIn(next));
  const last = await moved.pass({ kind: 'answer', from: 'b', to: 'a', sdp });
  expect(port(last)).toBe(port(answered));
  await expectTalk(caller, callee, { offered: next, answered: last });
  await moved.close();
  expect((await engine.ask({ command: 'list', limit: 100 })).calls ?? []).toEqual([]);
});

const browserOffer = [
  ...['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0', 'm=audio 9 UDP/TLS/RTP/SAVPF 0'],
  ...['a=ice-ufrag:abcd', `a=ice-pwd:${'p'.repeat(24)}`, 'a=setup:actpass', 'a=mid:0', 'a=rtcp-mux'],
  `a=fingerprint:sha-256 ${Array.from({ length: 32 }, () => 'A5').join(':')}`,
  '',
].join('\r\n');

test('a browser and an encrypted phone have keys of their own kinds', async () => {
  using phone = await Party.open(suite);
  const media = newMedia();
  media.expect('a', 'wss');
  media.encrypt('b1', 'require');
  const offered = await media.pass({ kind: 'offer', from: 'a', to: 'b1', sdp: browserOffer });
  expect(offered).toMatch(/^m=audio \d+ RTP\/SAVP 0\r$/m);
  expect(offered).not.toMatch(/fingerprint|ice-|setup/);
  const sdp = phone.describe(undefined, undefined, phone.tagIn(offered));
  const answered = await media.pass({ kind: 'answer', from: 'b1', to: 'a', sdp });
  expect(answered).toMatch(/^m=audio \d+ UDP\/TLS\/RTP\/SAVPF 0\r$/m);
  expect(answered).toMatch(/^a=fingerprint:/m);
  expect(answered).not.toContain('a=crypto');
  // The phone offers, and the browser answers.
  const back = await media.pass({ kind: 'offer', from: 'b1', to: 'a', sdp });
  expect(back).toMatch(/^m=audio \d+ UDP\/TLS\/RTP\/SAVPF 0\r$/m);
  const browser = browserOffer.replace('actpass', 'active');
  const last = await media.pass({ kind: 'answer', from: 'a', to: 'b1', sdp: browser });
  expect(last.match(/^a=crypto:/gm)).toHaveLength(1);
  expect(last).not.toMatch(/fingerprint|ice-|setup/);
  await media.close();
});

import { createCipheriv, createDecipheriv, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** SRTP of the tests' phones (RFC 3711): its own implementation, apart from that of the relay. */

/** Sizes in bytes: master key and salt, and the tag of a packet; `kind`: of its cipher. */
const suites = {
  AES_CM_128_HMAC_SHA1_80: { key: 16, salt: 14, tag: 10, kind: 'counter' },
  AES_CM_128_HMAC_SHA1_32: { key: 16, salt: 14, tag: 4, kind: 'counter' },
  AES_256_CM_HMAC_SHA1_80: { key: 32, salt: 14, tag: 10, kind: 'counter' },
  AES_256_CM_HMAC_SHA1_32: { key: 32, salt: 14, tag: 4, kind: 'counter' },
  AEAD_AES_128_GCM: { key: 16, salt: 12, tag: 16, kind: 'gcm' },
  AEAD_AES_256_GCM: { key: 32, salt: 12, tag: 16, kind: 'gcm' },
} as const;
export type SrtpSuite = keyof typeof suites;
export const srtpSuites = Object.keys(suites) as readonly SrtpSuite[];

/** A random key with its salt, as `a=crypto` has it. */
export const newSrtpKey = (suite: SrtpSuite): string =>
  randomBytes(suites[suite].key + suites[suite].salt).toString('base64');

const header = 12;

/** RFC 3711 §4.3.1, with a key derivation rate of 0. @param label 0: cipher, 1: authentication, 2: salt */
function derive(master: Buffer, salt: Buffer, label: number, length: number): Buffer {
  const block = Buffer.alloc(16);
  salt.copy(block, 0);
  block[7] = (block[7] ?? 0) ^ label;
  return createCipheriv(`aes-${master.length * 8}-ctr`, master, block).update(Buffer.alloc(length));
}

const xor = (one: Buffer, other: Buffer): Buffer => Buffer.from(one.map((byte, at) => byte ^ (other[at] ?? 0)));

/** One direction of SRTP: what a party sends, or what it hears. Packets have no extensions and come in their order. */
export class SrtpStream {
  readonly #suite: (typeof suites)[SrtpSuite];
  readonly #cipher: Buffer;
  readonly #authentication: Buffer;
  readonly #salt: Buffer;
  /** By source: how often its sequence numbers have begun again, and the last one. */
  readonly #sources = new Map<number, { rollovers: number; last: number }>();
  #rollovers = 0;

  /** @param key that of `a=crypto` */
  constructor(suite: SrtpSuite, key: string) {
    this.#suite = suites[suite];
    const bytes = Buffer.from(key, 'base64');
    const [master, salt] = [bytes.subarray(0, this.#suite.key), bytes.subarray(this.#suite.key)];
    this.#cipher = derive(master, salt, 0, master.length);
    this.#authentication = derive(master, salt, 1, 20);
    this.#salt = derive(master, salt, 2, salt.length);
  }

  protect(packet: Buffer): Buffer {
    this.#count(packet);
    const [head, payload] = [packet.subarray(0, header), packet.subarray(header)];
    if (this.#suite.kind === 'gcm') {
      const cipher = createCipheriv(this.#gcm(), this.#cipher, this.#nonce(packet), { authTagLength: 16 }).setAAD(head);
      return Buffer.concat([head, cipher.update(payload), cipher.final(), cipher.getAuthTag()]);
    }
    const encrypted = Buffer.concat([head, this.#counter(packet, payload)]);
    return Buffer.concat([encrypted, this.#tagOf(encrypted)]);
  }

  /** Undefined: it is not encrypted with the key. */
  unprotect(packet: Buffer): Buffer | undefined {
    const end = packet.length - this.#suite.tag;
    if (end < header) return undefined;
    this.#count(packet);
    const [head, payload, tag] = [packet.subarray(0, header), packet.subarray(header, end), packet.subarray(end)];
    if (this.#suite.kind !== 'gcm') {
      if (!timingSafeEqual(this.#tagOf(packet.subarray(0, end)), tag)) return undefined;
      return Buffer.concat([head, this.#counter(packet, payload)]);
    }
    const nonce = this.#nonce(packet);
    const cipher = createDecipheriv(this.#gcm(), this.#cipher, nonce, { authTagLength: 16 })
      .setAAD(head)
      .setAuthTag(tag);
    try {
      return Buffer.concat([head, cipher.update(payload), cipher.final()]);
    } catch {
      return undefined;
    }
  }

  #count(packet: Buffer): void {
    const [sequence, source] = [packet.readUInt16BE(2), packet.readUInt32BE(8)];
    const { rollovers, last } = this.#sources.get(source) ?? { rollovers: 0, last: sequence };
    this.#rollovers = sequence < last - 32_768 ? rollovers + 1 : rollovers;
    this.#sources.set(source, { rollovers: this.#rollovers, last: sequence });
  }

  /** RFC 3711 §4.1.1. */
  #counter(packet: Buffer, payload: Buffer): Buffer {
    const block = Buffer.alloc(16);
    this.#salt.copy(block, 0);
    const index = Buffer.alloc(16);
    packet.copy(index, 4, 8, 12);
    index.writeUInt32BE(this.#rollovers, 8);
    packet.copy(index, 12, 2, 4);
    return createCipheriv(`aes-${this.#cipher.length * 8}-ctr`, this.#cipher, xor(block, index)).update(payload);
  }

  #tagOf(encrypted: Buffer): Buffer {
    const rollovers = Buffer.alloc(4);
    rollovers.writeUInt32BE(this.#rollovers);
    const all = createHmac('sha1', this.#authentication).update(encrypted).update(rollovers).digest();
    return all.subarray(0, this.#suite.tag);
  }

  #gcm(): 'aes-128-gcm' | 'aes-256-gcm' {
    return this.#suite.key === 16 ? 'aes-128-gcm' : 'aes-256-gcm';
  }

  /** RFC 7714 §8.1. */
  #nonce(packet: Buffer): Buffer {
    const index = Buffer.alloc(12);
    packet.copy(index, 2, 8, 12);
    index.writeUInt32BE(this.#rollovers, 6);
    packet.copy(index, 10, 2, 4);
    return xor(this.#salt, index);
  }
}

/** A party with a key of its own. */
export class SrtpParty {
  readonly suite: SrtpSuite;
  readonly key: string;
  readonly #sent: SrtpStream;
  #heard: SrtpStream | undefined;
  #tag = '1';

  constructor(suite: SrtpSuite) {
    this.suite = suite;
    this.key = newSrtpKey(suite);
    this.#sent = new SrtpStream(suite, this.key);
  }

  /** The line of its descriptions. */
  get line(): string {
    return `a=crypto:${this.#tag} ${this.suite} inline:${this.key}`;
  }

  /** Answers the key of an offer that has its suite (RFC 4568 §5.1.2). */
  take(offer: string): void {
    this.#tag = new RegExp(`^a=crypto:(\\d+) ${this.suite} `, 'm').exec(offer)?.[1] ?? this.#tag;
  }

  /** Whether the peer has a key. */
  get isEncrypted(): boolean {
    return this.#heard !== undefined;
  }

  /** Hears by the key of the peer's description, and sends so; in clear if it has none. */
  follow(remote: string): void {
    const key = new RegExp(`^a=crypto:\\d+ ${this.suite} inline:(\\S+)`, 'm').exec(remote)?.[1];
    this.#heard = key === undefined ? undefined : new SrtpStream(this.suite, key);
  }

  protect(packet: Buffer): Buffer {
    return this.#heard === undefined ? packet : this.#sent.protect(packet);
  }

  /** Undefined: it is not that of the peer. */
  unprotect(packet: Buffer): Buffer | undefined {
    return this.#heard === undefined ? packet : this.#heard.unprotect(packet);
  }
}

import { hour, minute, second } from '#schema/time.ts';
import { HashedTable, type Row } from '../tables/hashed-table.ts';
import { tokensAt, type BucketLimit } from '../tables/token-bucket.ts';
import { flowKey, type Flow } from './flow.ts';

/** Packets per second and in a burst: of an unknown source, and of one whose phones have authenticated (an office). */
const unknownSource = { rate: 200, burst: 1_000 };
const knownSource = { rate: 5_000, burst: 10_000 };
/** Challenges over UDP, which are longer than the packets that ask for them. */
const unknownChallenges = { rate: 50, burst: 500 };
const knownChallenges = { rate: 2_000, burst: 5_000 };
/** Packets that may answer one request: provisional responses, the final one, and retransmissions. */
const answersPerRequest = 4;
/** A source that authenticated, or belongs to a trunk, counts as known for this time. In milliseconds, as all below. */
const knownFor = hour;
/** Interval between two reports of the same suspicious source. */
const suspicionInterval = minute;
/** Sources at most; beyond, the one that is forgotten first makes room. */
const maxSources = 65_536;

/** Where packets come from. */
type Origin = Pick<Flow, 'transport' | 'remote'>;

type Source = Row<'tokens' | 'filledAt' | 'knownUntil' | 'suspectedAt'>;

/** Sources of packets and of connections are apart, as only the address of a packet may be forged. */
const sourceKey = (transport: Flow['transport'], address: string): string =>
  `${transport === 'udp' ? 'packets' : 'connections'} ${address}`;

/** Limits per source address, checked before a packet is parsed: a token bucket of packets. */
export class SourceLimits {
  readonly #now: () => number;
  readonly #onSuspicion: (address: string) => void;
  readonly #sources: HashedTable<keyof Source>;

  /**
   * @param now milliseconds
   * @param onSuspicion called at most once a minute for a source that exceeds its limit. If it belongs to a trunk, call
   * `trust`.
   */
  constructor(now: () => number, onSuspicion: (address: string) => void) {
    this.#now = now;
    this.#onSuspicion = onSuspicion;
    this.#sources = new HashedTable(['tokens', 'filledAt', 'knownUntil', 'suspectedAt'], maxSources, now);
  }

  /** The size of what is stored, which is constant. */
  get bytes(): number {
    return this.#sources.bytes;
  }

  /** Whether a packet or connection of this address is within the limit of the address. */
  admits({ transport, remote: { address } }: Origin): boolean {
    const key = sourceKey(transport, address);
    if (this.#takeToken(key, this.#read(key).knownUntil > this.#now() ? knownSource : unknownSource)) return true;
    this.#suspect(key, address);
    return false;
  }

  /** Whether a packet is within the limit that its flow has for itself. For the flows of live bindings. */
  admitsFlow(flow: Flow): boolean {
    return this.#takeToken(flowKey(flow), unknownSource);
  }

  /** Whether a challenge to this address is within the limit of the address. */
  admitsChallenge({ transport, remote: { address } }: Origin): boolean {
    if (transport !== 'udp') return true;
    const isKnown = this.#read(sourceKey(transport, address)).knownUntil > this.#now();
    return this.#takeToken(`challenges ${address}`, isKnown ? knownChallenges : unknownChallenges);
  }

  /** A phone or peer at this address has proven that it is there: the address is known for an hour. */
  recordSuccess({ transport, remote: { address } }: Origin): void {
    this.#know(sourceKey(transport, address));
  }

  /** The address belongs to a trunk: it is known for an hour. */
  trust(address: string): void {
    for (const transport of ['udp', 'tcp'] as const) {
      const key = sourceKey(transport, address);
      this.#know(key);
      this.#change(key, { tokens: knownSource.burst });
    }
  }

  /** A request was sent to the address. Its answers do not count, as many gateways may share one address. */
  expectAnswers({ transport, remote: { address } }: Origin): void {
    const key = sourceKey(transport, address);
    this.#change(key, { tokens: this.#read(key).tokens + answersPerRequest });
  }

  #takeToken(key: string, limit: BucketLimit): boolean {
    const at = this.#now();
    const source = this.#read(key);
    const tokens = tokensAt(source, limit, at);
    this.#store(key, { ...source, tokens: tokens < 1 ? tokens : tokens - 1, filledAt: at });
    return tokens >= 1;
  }

  #know(key: string): void {
    this.#change(key, { knownUntil: this.#now() + knownFor });
  }

  #suspect(key: string, address: string): void {
    const at = this.#now();
    if (at - this.#read(key).suspectedAt < suspicionInterval) return;
    this.#change(key, { suspectedAt: at });
    this.#onSuspicion(address);
  }

  #read(key: string): Source {
    return (
      this.#sources.read(key) ?? {
        tokens: unknownSource.burst,
        filledAt: this.#now(),
        knownUntil: -Infinity,
        suspectedAt: -Infinity,
      }
    );
  }

  #change(key: string, change: Partial<Source>): void {
    this.#store(key, { ...this.#read(key), ...change });
  }

  /** Stores a source until it is as if it were new. */
  #store(key: string, source: Source): void {
    const full = source.filledAt + (unknownSource.burst / unknownSource.rate) * second;
    this.#sources.write(key, source, Math.max(full, source.knownUntil, source.suspectedAt + suspicionInterval));
  }
}

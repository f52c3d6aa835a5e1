import { hour, minute, second } from '../../../shared/schema/time.ts';

/** Packets per second and in a burst: of an unknown source, and of one whose phones have authenticated (an office). */
const unknownSource = { rate: 200, burst: 1_000 };
const knownSource = { rate: 5_000, burst: 10_000 };
/** Packets that may answer one request: provisional responses, the final one, and retransmissions. */
const answersPerRequest = 4;
/** A source that authenticated, or belongs to a trunk, counts as known for this time. In milliseconds, as all below. */
const knownFor = hour;
/** This many failed authentications within this time silence a source for this time. */
const maxFailures = 20;
const failureWindow = minute;
const silence = 5 * minute;
/** Interval between two reports of the same suspicious source. */
const suspicionInterval = minute;
/** Sources at most; beyond, the one that was heard first is forgotten. */
const maxSources = 50_000;

type Source = {
  tokens: number;
  filledAt: number;
  provenAt: number;
  failures: number;
  failingSince: number;
  silentUntil: number;
  trustedUntil: number;
  suspectedAt: number;
};

const newSource = (at: number): Source => ({
  tokens: unknownSource.burst,
  filledAt: at,
  provenAt: -Infinity,
  failures: 0,
  failingSince: 0,
  silentUntil: 0,
  trustedUntil: 0,
  suspectedAt: -Infinity,
});

function takeToken(source: Source, at: number, isKnown: boolean): boolean {
  const { rate, burst } = isKnown ? knownSource : unknownSource;
  source.tokens = Math.min(burst, source.tokens + ((at - source.filledAt) * rate) / second);
  source.filledAt = at;
  if (source.tokens < 1) return false;
  source.tokens -= 1;
  return true;
}

/**
 * Limits per source address, checked before a packet is parsed: a token bucket of packets, and silence after repeated
 * failures to authenticate.
 */
export class SourceLimits {
  readonly #now: () => number;
  readonly #onSuspicion: (address: string) => void;
  readonly #sources = new Map<string, Source>();
  #droppedPackets = 0;

  /**
   * @param now milliseconds
   * @param onSuspicion called at most once a minute for a source that exceeds a limit. If it belongs to a trunk, call
   * `trust`.
   */
  constructor(now: () => number, onSuspicion: (address: string) => void) {
    this.#now = now;
    this.#onSuspicion = onSuspicion;
  }

  /** Whether to process a packet from this address. */
  admits(address: string): boolean {
    const at = this.#now();
    const source = this.#sourceOf(address);
    const isTrusted = source.trustedUntil > at;
    const isAdmitted =
      (isTrusted || source.silentUntil <= at) && takeToken(source, at, isTrusted || at - source.provenAt < knownFor);
    if (isAdmitted) return true;
    this.#droppedPackets += 1;
    if (!isTrusted) this.#suspect(address, source);
    return false;
  }

  /** A phone at this address authenticated: the address is known for an hour, and its failures are forgotten. */
  recordSuccess(address: string): void {
    Object.assign(this.#sourceOf(address), { provenAt: this.#now(), failures: 0 });
  }

  /** A phone at this address failed to authenticate. */
  recordFailure(address: string): void {
    const source = this.#sourceOf(address);
    const at = this.#now();
    if (at - source.failingSince > failureWindow) Object.assign(source, { failures: 0, failingSince: at });
    source.failures += 1;
    if (source.failures < maxFailures || source.trustedUntil > at) return;
    Object.assign(source, { silentUntil: at + silence, failures: 0 });
    this.#suspect(address, source);
  }

  /** The address belongs to a trunk: it is known, and never silenced, for an hour. */
  trust(address: string): void {
    const trustedUntil = this.#now() + knownFor;
    Object.assign(this.#sourceOf(address), { trustedUntil, silentUntil: 0, tokens: knownSource.burst });
  }

  /** A request was sent to the address. Its answers do not count, as many gateways may share one address. */
  expectAnswers(address: string): void {
    this.#sourceOf(address).tokens += answersPerRequest;
  }

  /** Packets that were not admitted since the start. */
  droppedPackets(): number {
    return this.#droppedPackets;
  }

  #sourceOf(address: string): Source {
    const source = this.#sources.get(address) ?? newSource(this.#now());
    if (this.#sources.size >= maxSources && !this.#sources.has(address))
      this.#sources.delete(this.#sources.keys().next().value ?? '');
    this.#sources.set(address, source);
    return source;
  }

  #suspect(address: string, source: Source): void {
    if (this.#now() - source.suspectedAt < suspicionInterval) return;
    source.suspectedAt = this.#now();
    this.#onSuspicion(address);
  }
}

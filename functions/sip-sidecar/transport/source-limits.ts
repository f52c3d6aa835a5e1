/**
 * What a source address may cost before its packets are looked at: a token bucket of packets, and silence for a
 * while after it has failed to authenticate again and again. Bounded memory: who was heard longest ago is forgotten.
 */
export type SourceLimits = {
  /** Whether a packet from this address is to be looked at. */
  readonly admits: (address: string) => boolean;
  /** It authenticated: it is no stranger for an hour, and its failures are forgotten. */
  readonly proven: (address: string) => void;
  /** It failed to authenticate. */
  readonly failed: (address: string) => void;
  /** Packets that were not looked at. */
  readonly dropped: () => number;
};

/** Packets a second and at once: of a stranger, and of an address behind which phones have registered (a whole office may). */
const stranger = { rate: 200, burst: 1_000 };
const known = { rate: 5_000, burst: 10_000 };
/** Milliseconds. */
const knownFor = 3_600_000;
const failuresWithin = 60_000;
const silence = 300_000;
const mostFailures = 20;
const mostSources = 50_000;

type Source = { tokens: number; filledAt: number; provenAt: number; failures: number; failingSince: number; silentUntil: number };

/** @param isTrusted addresses of trunks, which are never silenced nor strangers */
export function sourceLimits(now: () => number, isTrusted: (address: string) => boolean): SourceLimits {
  const sources = new Map<string, Source>();
  let dropped = 0;

  const sourceOf = (address: string): Source => {
    const source = sources.get(address) ?? { tokens: stranger.burst, filledAt: now(), provenAt: -Infinity, failures: 0, failingSince: 0, silentUntil: 0 };
    if (sources.size >= mostSources && !sources.has(address)) sources.delete(sources.keys().next().value ?? '');
    sources.set(address, source);
    return source;
  };

  const takeToken = (source: Source, at: number, isKnown: boolean): boolean => {
    const { rate, burst } = isKnown ? known : stranger;
    source.tokens = Math.min(burst, source.tokens + ((at - source.filledAt) * rate) / 1_000);
    source.filledAt = at;
    if (source.tokens < 1) return false;
    source.tokens -= 1;
    return true;
  };

  return {
    dropped: () => dropped,
    admits: (address) => {
      const at = now();
      const source = sourceOf(address);
      const trusted = isTrusted(address);
      const admitted = (trusted || source.silentUntil <= at) && takeToken(source, at, trusted || at - source.provenAt < knownFor);
      if (!admitted) dropped += 1;
      return admitted;
    },
    proven: (address) => {
      Object.assign(sourceOf(address), { provenAt: now(), failures: 0 });
    },
    failed: (address) => {
      const source = sourceOf(address);
      const at = now();
      if (at - source.failingSince > failuresWithin) Object.assign(source, { failures: 0, failingSince: at });
      source.failures += 1;
      if (source.failures >= mostFailures) Object.assign(source, { silentUntil: at + silence, failures: 0 });
    },
  };
}

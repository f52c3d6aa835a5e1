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
  /** It is a trunk's: no stranger, and never silenced, for an hour. */
  readonly trust: (address: string) => void;
  /** A request goes to it, which it may answer beyond its rate: many gateways may lie behind one address. */
  readonly asked: (address: string) => void;
  /** Packets that were not looked at. */
  readonly dropped: () => number;
};

/**
 * Packets a second and at once: of a stranger, and of an address behind which phones have registered (a whole office
 * may).
 */
const stranger = { rate: 200, burst: 1_000 };
const known = { rate: 5_000, burst: 10_000 };
/** Packets that answer one request: provisional ones, the final one, and what is repeated. */
const answers = 4;
/** Milliseconds. */
const knownFor = 3_600_000;
const failuresWithin = 60_000;
const silence = 300_000;
const maxFailures = 20;
const maxSources = 50_000;
/** Milliseconds between two questions whose a source is. */
const askedAgain = 60_000;

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
  tokens: stranger.burst,
  filledAt: at,
  provenAt: -Infinity,
  failures: 0,
  failingSince: 0,
  silentUntil: 0,
  trustedUntil: 0,
  suspectedAt: -Infinity,
});

function takeToken(source: Source, at: number, isKnown: boolean): boolean {
  const { rate, burst } = isKnown ? known : stranger;
  source.tokens = Math.min(burst, source.tokens + ((at - source.filledAt) * rate) / 1_000);
  source.filledAt = at;
  if (source.tokens < 1) return false;
  source.tokens -= 1;
  return true;
}

/**
 * @param suspect is told, now and then, of a source that sends too much or fails too often: it may be a trunk's
 * (`trust`)
 */
export function sourceLimits(now: () => number, suspect: (address: string) => void): SourceLimits {
  const sources = new Map<string, Source>();
  let dropped = 0;

  const sourceOf = (address: string): Source => {
    const source = sources.get(address) ?? newSource(now());
    if (sources.size >= maxSources && !sources.has(address)) sources.delete(sources.keys().next().value ?? '');
    sources.set(address, source);
    return source;
  };

  const ask = (address: string, source: Source): void => {
    if (now() - source.suspectedAt < askedAgain) return;
    source.suspectedAt = now();
    suspect(address);
  };

  return {
    dropped: () => dropped,
    admits: (address) => {
      const at = now();
      const source = sourceOf(address);
      const trusted = source.trustedUntil > at;
      const admitted =
        (trusted || source.silentUntil <= at) && takeToken(source, at, trusted || at - source.provenAt < knownFor);
      if (admitted) return true;
      dropped += 1;
      if (!trusted) ask(address, source);
      return false;
    },
    asked: (address) => {
      sourceOf(address).tokens += answers;
    },
    proven: (address) => {
      Object.assign(sourceOf(address), { provenAt: now(), failures: 0 });
    },
    failed: (address) => {
      const source = sourceOf(address);
      const at = now();
      if (at - source.failingSince > failuresWithin) Object.assign(source, { failures: 0, failingSince: at });
      source.failures += 1;
      if (source.failures < maxFailures || source.trustedUntil > at) return;
      Object.assign(source, { silentUntil: at + silence, failures: 0 });
      ask(address, source);
    },
    trust: (address) => {
      Object.assign(sourceOf(address), { trustedUntil: now() + knownFor, silentUntil: 0, tokens: known.burst });
    },
  };
}

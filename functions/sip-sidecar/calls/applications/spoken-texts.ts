import { createHash } from 'node:crypto';
import { speech } from '#functions/platform/speech/contract.ts';
import type { Invoke } from '#runtime/invoke.ts';
import type { Sound } from '#schema/sound.ts';
import type { SpokenText } from '#schema/speech.ts';
import { minute, second } from '#schema/time.ts';
import { tokensAt } from '../../tables/token-bucket.ts';
import { waitAtMost } from '#concurrency/wait-at-most.ts';

/** The sounds of texts, in their order; undefined: one is not said. */
export type SayTexts = (organization: number, texts: readonly SpokenText[]) => Promise<readonly (Sound | undefined)[]>;

/** Milliseconds for which the sound of a text is known, and for which a caller waits for new ones in silence. */
const times = { known: 10 * minute, wait: 6 * second } as const;
/** Texts, and organizations, that are remembered. */
const max = 10_000;
/** New texts of an organization at a task: so many at once, and then each second. */
const limit = { rate: 1, burst: 60 } as const;

type Dependencies = {
  readonly invoke: Invoke<'speech'>;
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly fault: (error: unknown) => void;
};

/** Remembers up to `max` values, the last used ones. */
function remember<K, V>(values: Map<K, V>, key: K, value: V): void {
  values.delete(key);
  const [oldest] = values.keys();
  if (oldest !== undefined && values.size >= max) values.delete(oldest);
  values.set(key, value);
}

/**
 * Has texts of calls said by the function of speech. A caller decides by digits what is said, so an organization gets a
 * limited number of new texts.
 */
export function spokenTexts({ invoke, now, fault }: Dependencies): SayTexts {
  const known = new Map<string, { readonly sha256: string; readonly until: number }>();
  const buckets = new Map<number, { readonly tokens: number; readonly filledAt: number }>();

  const soundOf = (organization: number, text: SpokenText): Sound | undefined => {
    const found = known.get(keyOf(organization, text));
    return found === undefined || found.until < now()
      ? undefined
      : { organization, sha256: found.sha256, spoken: true };
  };

  /** The first of the texts that the limit allows. */
  const allowed = (organization: number, texts: readonly SpokenText[]): readonly SpokenText[] => {
    const at = now();
    const tokens = tokensAt(buckets.get(organization) ?? { tokens: limit.burst, filledAt: at }, limit, at);
    const granted = texts.slice(0, Math.floor(tokens));
    remember(buckets, organization, { tokens: tokens - granted.length, filledAt: at });
    return granted;
  };

  const say = async (organization: number, texts: readonly SpokenText[]): Promise<void> => {
    const { sounds } = await invoke(speech, { org_id: organization, texts: [...texts] });
    for (const [at, sha256] of sounds.entries()) {
      const text = texts[at];
      if (sha256 !== null && text !== undefined)
        remember(known, keyOf(organization, text), { sha256, until: now() + times.known });
    }
  };

  return async (organization, texts) => {
    const unknown = texts.filter((text) => soundOf(organization, text) === undefined);
    const asked = unknown.length === 0 ? [] : allowed(organization, unknown);
    if (asked.length > 0) await waitAtMost(times.wait, say(organization, asked).catch(fault));
    return texts.map((text) => soundOf(organization, text));
  };
}

const keyOf = (organization: number, { text, language }: SpokenText): string =>
  createHash('sha256')
    .update(JSON.stringify([organization, language, text]))
    .digest('base64');

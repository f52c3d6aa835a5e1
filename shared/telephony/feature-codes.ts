import * as z from 'zod';
import { emergencyNumbers } from './emergency-numbers.ts';

/** Codes that phones dial for features (functions/sip-sidecar/calls/routing/README.md, "Feature codes"). */

/** What may follow a code: nothing, the number of a target, an extension; or a slot, if anything. */
type Argument = 'none' | 'number' | 'extension' | 'slot';

const feature = (code: string, argument: Argument) => ({ code, argument });

/** Each feature, with its default code. */
export const features = {
  mailbox: feature('*97', 'none'),
  any_mailbox: feature('*98', 'none'),
  forward_always: feature('*72', 'number'),
  forward_always_off: feature('*73', 'none'),
  forward_busy: feature('*90', 'number'),
  forward_busy_off: feature('*91', 'none'),
  forward_no_answer: feature('*92', 'number'),
  forward_no_answer_off: feature('*93', 'none'),
  do_not_disturb: feature('*78', 'none'),
  do_not_disturb_off: feature('*79', 'none'),
  pick_up_group: feature('*8', 'none'),
  pick_up: feature('**', 'extension'),
  park: feature('*85', 'slot'),
  intercom: feature('*3', 'extension'),
  echo_test: feature('*43', 'none'),
  own_number: feature('*65', 'none'),
  night_switch: feature('*28', 'none'),
} as const satisfies Readonly<Record<string, { readonly code: string; readonly argument: Argument }>>;
export type FeatureName = keyof typeof features;

export const featureNames = Object.keys(features) as [FeatureName, ...FeatureName[]];

const FeatureCode = z.string().regex(/^[*#0-9]{2,8}$/, 'must be 2 to 8 keys of a telephone');

/** `settings.feature_codes`: what differs from the defaults; null: the feature has no code. */
export const FeatureCodes = z
  .partialRecord(z.enum(featureNames), FeatureCode.nullable())
  .describe('Codes by the names of their features. Null disables a feature, and an absent one has its default code')
  .meta({ example: { echo_test: '*44', night_switch: null } });
export type FeatureCodes = z.output<typeof FeatureCodes>;

/** The code of a feature; undefined: it is disabled. */
const codeOf = (name: FeatureName, codes: FeatureCodes): string | undefined =>
  codes[name] === undefined ? features[name].code : (codes[name] ?? undefined);

/** All codes that phones may dial, by their features. */
const codesInUse = (codes: FeatureCodes): readonly { readonly name: FeatureName; readonly code: string }[] =>
  featureNames.flatMap((name) => {
    const code = codeOf(name, codes);
    return code === undefined ? [] : [{ name, code }];
  });

/** The features that have the code of another one before them, each with that one. */
export function repeatedCodes(codes: FeatureCodes): readonly (readonly [name: FeatureName, first: FeatureName])[] {
  const all = codesInUse(codes);
  return all.flatMap(({ name, code }, at) => {
    const first = all.slice(0, at).find((other) => other.code === code);
    return first === undefined ? [] : [[name, first.name] as const];
  });
}

/** What a phone asks for. `argument`: what follows the code; null: nothing does, or it is no number or extension. */
export type DialedFeature = { readonly name: FeatureName; readonly argument: string | null };

/** What may follow a code at all, and what it must be. */
const followers: Readonly<Record<Argument, readonly [any: RegExp, valid: RegExp]>> = {
  none: [/^$/, /^$/],
  number: [/^\+?[0-9]*$/, /^\+?[0-9]{1,20}$/],
  extension: [/^[0-9]+$/, /^[0-9]{1,16}$/],
  slot: [/^[0-9]{0,6}$/, /^[0-9]{1,6}$/],
};

/**
 * The feature that a dialed string asks for: that of the longest code. Undefined: none, and what is dialed is called.
 * An emergency number is none, whatever the codes are. @param country ISO 3166-1
 */
export function featureOf(dialed: string, codes: FeatureCodes, country: string): DialedFeature | undefined {
  if (emergencyNumbers(country).has(dialed)) return undefined;
  const [found] = codesInUse(codes)
    .filter(({ name, code }) => {
      const [any] = followers[features[name].argument];
      return dialed.startsWith(code) && any.test(dialed.slice(code.length));
    })
    .toSorted((one, other) => other.code.length - one.code.length);
  if (found === undefined) return undefined;
  const rest = dialed.slice(found.code.length);
  const [, valid] = followers[features[found.name].argument];
  return { name: found.name, argument: rest !== '' && valid.test(rest) ? rest : null };
}

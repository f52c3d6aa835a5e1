import { invalid } from '#errors.ts';
import { isEmergencyNumber } from '#telephony/emergency-spellings.ts';
import type { NumberOrigin } from '#telephony/number-format.ts';
import { repeatedCodes, type FeatureCodes } from '#telephony/feature-codes.ts';

/** Codes that an organization sets for its phones (functions/sip-sidecar/calls/routing/README.md, "Feature codes"). */

type WithCodes = { readonly settings: { readonly feature_codes?: FeatureCodes | undefined } };

type WantedCodes = {
  readonly settings?: { readonly feature_codes?: FeatureCodes | null | undefined } | null | undefined;
};

/** @throws AppError VALIDATION_FAILED if two features have one code */
export function assertDistinctCodes({ settings }: WithCodes): void {
  const [repeated] = repeatedCodes(settings.feature_codes ?? {});
  if (repeated === undefined) return;
  const [name, first] = repeated;
  throw invalid(`settings.feature_codes.${name}`, `is the code of ${first}, too`);
}

/**
 * Who dials an emergency number calls for help, so that no feature has it as its code.
 * @throws AppError VALIDATION_FAILED if a code that a request sets is one
 */
export function assertNoEmergencyCodes({ settings }: WantedCodes, origin: NumberOrigin): void {
  for (const [name, code] of Object.entries(settings?.feature_codes ?? {}))
    if (code !== null && isEmergencyNumber(code, origin))
      throw invalid(`settings.feature_codes.${name}`, 'is an emergency number');
}

/** The codes that a request sets. */
export const wantedCodes = ({ settings }: WantedCodes): readonly string[] =>
  Object.values(settings?.feature_codes ?? {}).flatMap((code) => code ?? []);

/** Warnings of what phones cannot call any more, as it is a code now. @param extensions that someone has */
export const warningsOfCodes = (codes: readonly string[], extensions: readonly string[]): readonly string[] =>
  codes
    .filter((code) => extensions.includes(code))
    .map((code) => `Phones cannot call the extension ${code}, as it is a feature code`);

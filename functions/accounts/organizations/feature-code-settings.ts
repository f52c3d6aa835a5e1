import { invalid } from '#errors.ts';
import { isEmergencyNumber } from '#telephony/emergency-spellings.ts';
import type { NumberOrigin } from '#telephony/number-format.ts';
import { repeatedCodes, type FeatureCodes } from '#telephony/feature-codes.ts';

/** What phones and callers of an organization dial (functions/sip-sidecar/calls/routing/README.md, "Feature codes"). */

type WithCodes = { readonly settings: { readonly feature_codes?: FeatureCodes | undefined } };

type WantedCodes = {
  readonly settings?: { readonly feature_codes?: FeatureCodes | null | undefined } | null | undefined;
};
type WantedOperator = { readonly settings?: { readonly operator?: string | null | undefined } | null | undefined };

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

/**
 * A caller who presses 0 in a mailbox has not called for help.
 * @throws AppError VALIDATION_FAILED if the operator that a request sets is an emergency number
 */
export function assertNoEmergencyOperator({ settings }: WantedOperator, origin: NumberOrigin): void {
  const operator = settings?.operator ?? null;
  if (operator !== null && isEmergencyNumber(operator, origin))
    throw invalid('settings.operator', 'is an emergency number');
}

/** The codes that a request sets. */
export const wantedCodes = ({ settings }: WantedCodes): readonly string[] =>
  Object.values(settings?.feature_codes ?? {}).flatMap((code) => code ?? []);

/** Warnings of what phones cannot call any more, as it is a code now. @param extensions that someone has */
export const warningsOfCodes = (codes: readonly string[], extensions: readonly string[]): readonly string[] =>
  codes
    .filter((code) => extensions.includes(code))
    .map((code) => `Phones cannot call the extension ${code}, as it is a feature code`);

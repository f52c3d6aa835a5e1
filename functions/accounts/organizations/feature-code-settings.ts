import { invalid } from '#errors.ts';
import { repeatedCodes, type FeatureCodes } from '#telephony/feature-codes.ts';

/** Codes that an organization sets for features of its phones (functions/sip-sidecar/README.md, "Feature codes"). */

type WithCodes = { readonly settings: { readonly feature_codes?: FeatureCodes | undefined } };

/** @throws AppError VALIDATION_FAILED if two features have one code */
export function assertDistinctCodes({ settings }: WithCodes): void {
  const [repeated] = repeatedCodes(settings.feature_codes ?? {});
  if (repeated === undefined) return;
  const [name, first] = repeated;
  throw invalid(`settings.feature_codes.${name}`, `is the code of ${first}, too`);
}

/** The codes that a request sets. */
export const wantedCodes = ({
  settings,
}: {
  readonly settings?: { readonly feature_codes?: FeatureCodes | null | undefined } | null | undefined;
}): readonly string[] => Object.values(settings?.feature_codes ?? {}).flatMap((code) => code ?? []);

/** Warnings of what phones cannot call any more, as it is a code now. @param extensions that someone has */
export const warningsOfCodes = (codes: readonly string[], extensions: readonly string[]): readonly string[] =>
  codes
    .filter((code) => extensions.includes(code))
    .map((code) => `Phones cannot call the extension ${code}, as it is a feature code`);

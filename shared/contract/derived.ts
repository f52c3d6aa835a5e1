/**
 * What a function reads of the contracts of others, as the build derives it: `derived.ts` in its folder exports the
 * values by the names of their files, which `infra/derived-assets.ts` puts beside the bundle as compressed JSON. The
 * function so bundles no contract of another area, and reads what it needs when it needs it.
 */
export type DerivedFiles = Readonly<Record<`${string}.json`, object>>;

/**
 * The value below which a share of the values lies.
 * @param share 0–1, 0.5 for the median
 */
export const quantileOf = (values: readonly number[], share: number): number =>
  values.toSorted((one, other) => one - other)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? NaN;

import { expect, test } from 'vitest';
import { FeatureCodes } from '#telephony/feature-codes.ts';
import { assertDistinctCodes, wantedCodes, warningsOfCodes } from './feature-code-settings.ts';

test('two features do not have one code', () => {
  const save = (codes: object) => () => assertDistinctCodes({ settings: { feature_codes: FeatureCodes.parse(codes) } });
  expect(save({ echo_test: '*65' })).toThrow('is the code of echo_test');
  expect(save({ echo_test: '*65', own_number: null })).not.toThrow();
  expect(() => assertDistinctCodes({ settings: {} })).not.toThrow();
});

test('a code that is an extension is warned of', () => {
  const codes = wantedCodes({
    settings: { feature_codes: FeatureCodes.parse({ own_number: '300', echo_test: null }) },
  });
  expect(codes).toEqual(['300']);
  expect(warningsOfCodes(codes, ['300'])).toEqual(['Phones cannot call the extension 300, as it is a feature code']);
  expect(warningsOfCodes(['*77'], ['300'])).toEqual([]);
});
